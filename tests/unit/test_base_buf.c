#include "tests/unit/check.h"

#include <string.h>

#include "base/buf.h"

static void test_empty(void **state)
{
	struct buf b = BUF_INIT;
	char *text;

	(void)state;
	assert_string_equal(buf_str(&b), "");
	text = buf_steal(&b);
	assert_string_equal(text, "");
	free(text);
	buf_done(&b);
	ok(!b.data && !b.len && !b.cap, "done leaves it empty");
}

static void test_grow(void **state)
{
	auto_buf struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < 10000; i++) {
		buf_addc(&b, (char)('a' + i % 26));
		ok(b.data[b.len] == '\0' && b.len == i + 1, "a NUL follows, not counted");
	}
	for (size_t i = 0; i < 10000; i++)
		ok(b.data[i] == (char)('a' + i % 26), "what was there stays");
	ok(b.cap < 2 * 10000 + 128, "the room grows in proportion");
}

static void test_bytes(void **state)
{
	auto_buf struct buf b = BUF_INIT;

	(void)state;
	buf_add(&b, "a\0b", 3);
	buf_add(&b, NULL, 0);
	buf_adds(&b, "");
	ok(b.len == 3 && !memcmp(b.data, "a\0b", 4), "any byte can be held");
}

static void test_format(void **state)
{
	auto_buf struct buf b = BUF_INIT;
	auto_free char *wide = xcalloc(100001, 1);

	(void)state;
	memset(wide, 'w', 100000);
	buf_addf(&b, "%d-%s;", 7, "x");
	assert_string_equal(buf_str(&b), "7-x;");
	buf_addf(&b, "%s", "");
	buf_addf(&b, "%s", wide);
	ok(b.len == 100004 && !strcmp(b.data + 4, wide), "a long text is added whole");
}

static void test_truncate(void **state)
{
	auto_buf struct buf b = BUF_INIT;

	(void)state;
	buf_truncate(&b, 0);
	buf_adds(&b, "abc");
	buf_truncate(&b, 5);
	assert_string_equal(buf_str(&b), "abc");
	buf_truncate(&b, 1);
	assert_string_equal(buf_str(&b), "a");
	ok(b.len == 1, "the length follows");
}

static void test_steal(void **state)
{
	struct buf b = BUF_INIT;
	char *text;

	(void)state;
	buf_adds(&b, "mine");
	text = buf_steal(&b);
	buf_adds(&b, "new");
	assert_string_equal(text, "mine");
	assert_string_equal(buf_str(&b), "new");
	free(text);
	buf_done(&b);
}

static void test_helpers(void **state)
{
	char *copy = xasprintf("%s-%d", "a", 1), *moved;
	auto_free char *part = xstrndup("abcdef", 3);
	int fd = 7;

	(void)state;
	moved = steal_pointer(&copy);
	ok(!copy && !strcmp(moved, "a-1"), "a stolen pointer leaves NULL");
	free(moved);
	assert_string_equal(part, "abc");
	ok(steal_fd(&fd) == 7 && fd == -1, "a stolen descriptor leaves -1");
}

static const struct CMUnitTest tests[] = {
	TEST("an empty buffer reads as an empty text", test_empty),
	TEST("a buffer grows and keeps its bytes", test_grow),
	TEST("a buffer holds any bytes", test_bytes),
	TEST("a formatted text is added whole", test_format),
	TEST("a buffer is cut but never extended", test_truncate),
	TEST("a stolen text is the caller's and the buffer starts anew", test_steal),
	TEST("ownership moves out of what cleans up", test_helpers),
};

int main(void)
{
	return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
