/* fuzz_text.c: numbers, sizes, durations, paths, and text that is to be safe on a terminal. */
#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

typedef int parse_fn(const char *s, uint64_t *ret, struct err *err);

static void check_number(const char *s, parse_fn *parse, void (*add)(struct buf *, uint64_t))
{
	auto_buf struct buf out = BUF_INIT;
	struct err err = { "" };
	uint64_t n, back;

	if (parse(s, &n, &err) < 0) {
		must(err.text[0]);
		return;
	}
	add(&out, n);
	must(out.len <= strlen(s) + 1);
	must(parse(buf_str(&out), &back, &err) == 0 && back == n);
}

static void check_uint(const char *s)
{
	auto_buf struct buf out = BUF_INIT;
	uint64_t n;

	if (text_uint(s, 0, UINT64_MAX, &n, NULL) < 0)
		return;
	buf_addf(&out, "%llu", (unsigned long long)n);
	must(!strcmp(buf_str(&out), s));
	must(text_uint(s, n, n, &n, NULL) == 0);
	must(n == UINT64_MAX || text_uint(s, n + 1, UINT64_MAX, &n, NULL) == -ERANGE);
}

static void check_safe(const char *s, size_t len)
{
	auto_buf struct buf whole = BUF_INIT, twice = BUF_INIT;
	char cut[40];

	text_add_safe(&whole, s, len);
	must(text_is_utf8(buf_str(&whole), whole.len) && strlen(buf_str(&whole)) == whole.len);
	for (size_t i = 0; i < whole.len; i++)
		must((unsigned char)whole.data[i] >= 0x20 && whole.data[i] != 0x7f);
	text_add_safe(&twice, buf_str(&whole), whole.len);
	must(!strcmp(buf_str(&whole), buf_str(&twice)));
	text_safe(s, len, cut, sizeof(cut));
	must(text_starts(buf_str(&whole), cut) && text_is_utf8(cut, strlen(cut)));
	must(whole.len >= sizeof(cut) || !strcmp(cut, buf_str(&whole)));
}

static void check_path(const char *s)
{
	auto_free char *joined = NULL;

	if (path_check_absolute(s, NULL) < 0)
		return;
	must(path_check_listed(s, NULL) == 0);
	must(s[0] == '/' && !strstr(s, "//") && !strstr(s, "/../") && !strstr(s, "/./"));
	must(!s[1] || (!text_ends(s, "/") && !text_ends(s, "/..") && !text_ends(s, "/.")));
	must(path_is_beneath(s, s) && path_is_beneath(s, "/"));
	joined = path_join(s, "x");
	must(path_is_beneath(joined, s));
	must(strlen(joined) > 4000 || path_check_absolute(joined, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "profile", "policy", "workspace", "env", "limits" };
	auto_free char *s = xstrndup((const char *)data, size);
	const char *near;

	check_uint(s);
	check_number(s, text_size, text_add_size);
	check_number(s, text_duration, text_add_duration);
	check_safe((const char *)data, size);
	check_path(s);
	near = text_nearest(s, names, ARRAY_SIZE(names));
	must(!near || strlen(near) <= 2 * strlen(s) + 2);
	return 0;
}
