#include "tests/unit/check.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

static void test_set(void **state)
{
	struct err err = { "" };

	(void)state;
	ok(err_set(&err, -ENOENT, "open '%s'", "a") == -ENOENT, "the code comes back");
	assert_string_equal(err.text, "open 'a': No such file or directory");
}

static void test_say(void **state)
{
	struct err err = { "left over" };

	(void)state;
	ok(err_say(&err, -EINVAL, "%d is odd", 3) == -EINVAL, "the code comes back");
	assert_string_equal(err.text, "3 is odd");
}

static void test_prefix(void **state)
{
	struct err err = { "" };

	(void)state;
	err_set(&err, -EACCES, "open 'a'");
	ok(err_prefix(&err, -EACCES, "load '%s'", "p") == -EACCES, "the code comes back");
	err_prefix(&err, -EACCES, "run");
	assert_string_equal(err.text, "run: load 'p': open 'a': Permission denied");
}

static void test_null(void **state)
{
	(void)state;
	ok(err_set(NULL, -EIO, "x") == -EIO && err_say(NULL, -EIO, "x") == -EIO &&
			err_prefix(NULL, -EIO, "x") == -EIO,
		"nobody has to take the sentence");
}

static void test_hostile(void **state)
{
	struct err err = { "" };

	(void)state;
	err_say(&err, -EINVAL, "'%s'", "\033]0;owned\a\n\xff\xe2\x80\xae");
	assert_string_equal(err.text, "'\\x1b]0;owned\\x07\\n\\xff\\u{202e}'");
	err_prefix(&err, -EINVAL, "a\rb");
	assert_string_equal(err.text, "a\\x0db: '\\x1b]0;owned\\x07\\n\\xff\\u{202e}'");
}

/* A job chooses how long its paths are: that must not push the reason out of the sentence. */
static void test_long_subject(void **state)
{
	auto_free char *path = xcalloc(5000, 1);
	struct err err = { "" };

	(void)state;
	memset(path, 'p', 4999);
	err_set(&err, -ENOSPC, "write '%s'", path);
	ok(text_ends(err.text, ": No space left on device"), "the cause is still there");
	err_prefix(&err, -ENOSPC, "capture '%s'", path);
	ok(text_starts(err.text, "capture 'ppp"), "the outer part is there");
	ok(strstr(err.text, ": write 'ppp"), "the inner part begins");
	ok(strlen(err.text) < sizeof(err.text), "and it fits");
}

static void test_cut(void **state)
{
	auto_free char *text = xcalloc(5000, 1);
	struct err err = { "" };

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		memset(text, 'x', shift);
		for (size_t i = shift; i + 3 < 4990; i += 3)
			memcpy(text + i, "\xe2\x82\xac", 3);
		err_say(&err, -EINVAL, "%s", text);
		err_prefix(&err, -EINVAL, "%s", text);
		err_prefix(&err, -EINVAL, "outer");
		ok(text_is_utf8(err.text, strlen(err.text)), "a cut sentence is valid UTF-8");
	}
}

static const struct CMUnitTest tests[] = {
	TEST("a failed call names its subject and what errno means", test_set),
	TEST("what we found ourselves stands alone", test_say),
	TEST("a chain reads from the outside in", test_prefix),
	TEST("a NULL err is allowed", test_null),
	TEST("control bytes in a sentence do nothing to a terminal", test_hostile),
	TEST("a subject of any length leaves the cause readable", test_long_subject),
	TEST("a sentence is cut at a whole character", test_cut),
};

int main(void)
{
	return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
