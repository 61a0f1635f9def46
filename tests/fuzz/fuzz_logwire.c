/* fuzz_logwire.c: requests to the log and its answers, as both sides read and write them. */
#include <string.h>

#include "audit/bundle.h"
#include "base/logwire.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

/* The input cut into entries: the log finds the same ones, and nothing beside them. */
static void check_request(struct feed f)
{
	auto_buf struct buf request = BUF_INIT;
	struct feed again = f;
	struct bundle body;
	struct entry e;
	struct err err = { "" };

	logwire_begin(&request);
	if (!f.left) {
		must(logwire_end(&request, &err) == -EINVAL && err.text[0]);
		return;
	}
	while (f.left) {
		size_t len = feed_u16(&f);

		len = len < f.left ? len : f.left;
		must(logwire_add(&request, f.p, len, &err) == 0);
		f.p += len;
		f.left -= len;
	}
	must(logwire_end(&request, &err) == 0);
	body = (struct bundle){ request.data + LOGWIRE_COUNT, request.len - LOGWIRE_COUNT };
	must(logwire_count(request.data) == body.left);
	while (again.left) {
		size_t len = feed_u16(&again);

		len = len < again.left ? len : again.left;
		must(bundle_next(&body, &e) > 0 && e.len == len && !memcmp(e.data, again.p, len));
		again.p += len;
		again.left -= len;
	}
	must(bundle_next(&body, &e) == 0);
}

static void check_answer(const char *text)
{
	auto_buf struct buf line = BUF_INIT;
	struct logwire_answer a = { .origin = NULL };
	struct err err = { "" };
	size_t len = strcspn(text, "\n");
	int r = logwire_parse_answer(text, &a, &err);

	if (r < 0) {
		must((r == -EREMOTEIO) == text_starts(text, "error ") && !a.origin);
		must(r == -EREMOTEIO || (r == -EPROTO && err.text[0]));
		return;
	}
	must(a.first < a.size && a.origin[0]);
	logwire_add_ok(&line, &a);
	must(line.len == len + 1 && !memcmp(line.data, text, len) && line.data[len] == '\n');
	logwire_answer_done(&a);
}

/* Whatever the log has to say against a request is one line, and is heard. */
static void check_refusal(const char *sentence)
{
	auto_buf struct buf line = BUF_INIT;
	auto_free char *first = xstrndup(sentence, strcspn(sentence, "\n"));
	struct logwire_answer a = { .origin = NULL };
	struct err err = { "" };
	char safe[sizeof(err.text)];

	logwire_add_error(&line, first);
	must(logwire_parse_answer(line.data, &a, &err) == -EREMOTEIO && !a.origin);
	text_safe(first, strlen(first), safe, sizeof(safe));
	must(strlen(err.text) >= sizeof(err.text) - 16 || !strcmp(err.text, safe));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	struct feed f = { data, size };

	check_request(f);
	check_answer(text);
	check_refusal(text);
	return 0;
}
