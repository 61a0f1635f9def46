/*
 * fuzz_result.c: the result of a job, as a crash may have left it or a job filled it: it always has a state,
 * and what a person is shown of it does nothing to a terminal.
 */
#include <string.h>

#include "base/text.h"
#include "runner/card.h"
#include "runner/results.h"
#include "tests/fuzz/fuzz.h"

static const char id[] = "20260102-030405-0123";

/* What remit itself has put there is shown as it is. */
static void keep_ours(json_t *result)
{
	static const char *const keys[] = { "subject", "log", "ref", "branch" };
	json_t *paths = json_object_get(result, "paths"), *path;
	size_t i;

	json_put_str(result, "job", id);
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		json_object_del(result, keys[i]);
	json_array_foreach (paths, i, path)
		if (json_is_object(path))
			json_put_str(path, "operation", "modify");
}

static void check_shown(const struct buf *out)
{
	must(text_is_utf8(buf_str(out), out->len) && strlen(buf_str(out)) == out->len);
	for (size_t i = 0; i < out->len; i++)
		must(((unsigned char)out->data[i] >= 0x20 && out->data[i] != 0x7f) ||
			out->data[i] == '\n');
}

static void draw(const struct ctx *ctx, const json_t *result)
{
	auto_buf struct buf card = BUF_INIT, line = BUF_INIT;

	card_draw(ctx, result, &card);
	check_shown(&card);
	card_draw_line(ctx, result, &line);
	check_shown(&line);
	must(!line.len || memchr(line.data, '\n', line.len) == line.data + line.len - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *path = xasprintf("jobs/%s/result.json", id);
	struct ctx ctx = { .state = (char *)fuzz_scratch()->path };
	auto_json json_t *result = NULL;

	must(fuzz_put(path, data, size));
	result = results_load(&ctx, id);
	must(json_is_object(result));
	keep_ours(result);
	draw(&ctx, result);
	return 0;
}
