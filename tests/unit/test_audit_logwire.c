#include "tests/unit/check.h"

#include <string.h>

#include "base/logwire.h"

static void test_request(void **state)
{
	auto_buf struct buf req = BUF_INIT;

	(void)state;
	logwire_begin(&req);
	ok(logwire_end(&req, NULL) == -EINVAL, "no entry, no request");
	ok(logwire_add(&req, "abc", 3, NULL) == 0 && logwire_add(&req, "", 0, NULL) == 0, "add");
	ok(logwire_end(&req, NULL) == 0, "end");
	ok(req.len == 11 && !memcmp(req.data, "\0\0\0\7\0\3abc\0\0", 11), "as the header says");
	assert_int_equal(logwire_count(req.data), 7);
	logwire_begin(&req);
	ok(logwire_add(&req, "x", 1, NULL) == 0 && logwire_end(&req, NULL) == 0 && req.len == 7,
		"a buffer can be used again");
}

static void test_bounds(void **state)
{
	auto_free char *entry = xcalloc(LOGWIRE_MAX_ENTRY + 1, 1);
	auto_buf struct buf req = BUF_INIT;
	size_t len;
	int r;

	(void)state;
	logwire_begin(&req);
	ok(logwire_add(&req, entry, LOGWIRE_MAX_ENTRY + 1, NULL) == -EFBIG, "65536 bytes");
	ok(req.len == LOGWIRE_COUNT, "nothing of it is there");
	do {
		len = req.len;
		r = logwire_add(&req, entry, LOGWIRE_MAX_ENTRY, NULL);
	} while (r == 0);
	ok(r == -EFBIG && req.len == len && len - LOGWIRE_COUNT <= LOGWIRE_MAX_REQUEST, "too many");
	ok(logwire_end(&req, NULL) == 0 && logwire_count(req.data) == len - LOGWIRE_COUNT,
		"the rest");
}

static void test_answer(void **state)
{
	struct logwire_answer a = { .first = 7, .size = 9, .origin = (char *)"test.example/log" },
			      b;
	auto_buf struct buf line = BUF_INIT;

	(void)state;
	memset(a.root, 0xab, sizeof(a.root));
	logwire_add_ok(&line, &a);
	assert_string_equal(line.data,
		"ok 7 9 q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s= test.example/log\n");
	ok(logwire_parse_answer(line.data, &b, NULL) == 0, "it is read back");
	ok(b.first == 7 && b.size == 9 && !memcmp(a.root, b.root, sizeof(a.root)), "the same");
	assert_string_equal(b.origin, a.origin);
	logwire_answer_done(&b);
}

static void test_error(void **state)
{
	auto_buf struct buf line = BUF_INIT;
	struct logwire_answer a;
	struct err err;

	(void)state;
	logwire_add_error(&line, "no space left");
	assert_string_equal(line.data, "error no space left\n");
	ok(logwire_parse_answer(line.data, &a, &err) == -EREMOTEIO, "an error is told as one");
	assert_string_equal(err.text, "no space left");
}

static void test_not_answers(void **state)
{
	static const char *const bad[] = { "", "\n", "ok", "ok ", "ok 1", "ok 1 2", "error",
		"ok 1 2 q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=",
		"ok 1 2 q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s= \n",
		"ok 1 2 q6urq6urq6urq6s= o",
		"ok 2 2 q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s= o",
		"ok 01 2 q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s= o",
		"ok -1 2 q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s= o",
		"ok  1 2 q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s= o",
		"OK 1 2 q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s= o", "done 1 2" };
	struct logwire_answer a;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ok(logwire_parse_answer(bad[i], &a, NULL) == -EPROTO, bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("a request is its count and its entries", test_request),
		TEST("an entry and a request have their bounds", test_bounds),
		TEST("an answer is written and read back", test_answer),
		TEST("a refusal carries its sentence", test_error),
		TEST("what is not an answer is refused", test_not_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
