#include "tests/unit/check.h"

#include <limits.h>
#include <string.h>

#include "base/path.h"

static void check_all(int (*check)(const char *, struct err *), const char *const *cases, int code)
{
	for (; *cases; cases++) {
		struct err err = { "" };

		if (check(*cases, &err) != code || !err.text[0] != !code)
			fail_msg("'%s': %s", *cases, err.text);
	}
}

static const char *const absolute[] = { "/", "/a", "/a/b", "/.a", "/..a", "/a.", "/a..", "/...",
	"/a b", "/~", "/\xff", "/a/.b/..c", NULL };

static const char *const never[] = { "", "a", "a/b", "./a", "../a", "//", "//a", "/a/", "/a//b",
	"/.", "/..", "/a/.", "/a/..", "/./a", "/../a", "/a/./b", "/a/../b", "/a\nb", "/a\033",
	"/\x7f", "~", "~a", "~user/x", NULL };

static void test_absolute(void **state)
{
	static const char *const home[] = { "~/", "~/a", NULL };

	(void)state;
	check_all(path_check_absolute, absolute, 0);
	check_all(path_check_absolute, never, -EINVAL);
	check_all(path_check_absolute, home, -EINVAL);
}

static void test_listed(void **state)
{
	static const char *const home[] = { "~/", "~/a", "~/.ssh", "~/a/b", NULL };
	static const char *const not_home[] = { "~//a", "~/a/", "~/..", "~/../b", "~/a/../b",
		"~/\n", NULL };

	(void)state;
	check_all(path_check_listed, absolute, 0);
	check_all(path_check_listed, never, -EINVAL);
	check_all(path_check_listed, home, 0);
	check_all(path_check_listed, not_home, -EINVAL);
}

static void test_long(void **state)
{
	char path[PATH_MAX + 1];
	struct err err = { "" };

	(void)state;
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[PATH_MAX] = '\0';
	ok(path_check_absolute(path, &err) == -ENAMETOOLONG,
		"PATH_MAX bytes and a NUL are too many");
	path[PATH_MAX - 1] = '\0';
	ok(path_check_absolute(path, &err) == 0, "one fewer is not");
}

static void test_beneath(void **state)
{
	(void)state;
	ok(path_is_beneath("/a", "/a") && path_is_beneath("/a/b", "/a"),
		"itself and what is in it");
	ok(!path_is_beneath("/ab", "/a") && !path_is_beneath("/", "/a") &&
			!path_is_beneath("/b", "/a"),
		"a neighbour with a longer name is not in it");
	ok(path_is_beneath("/", "/") && path_is_beneath("/a", "/"), "everything is beneath /");
}

static void test_join(void **state)
{
	auto_free char *a = path_join("/a", "b"), *b = path_join("/", "b"),
		       *c = path_join("a/", "b/c");

	(void)state;
	assert_string_equal(a, "/a/b");
	assert_string_equal(b, "/b");
	assert_string_equal(c, "a/b/c");
}

static void test_parent(void **state)
{
	static const char *const pairs[][2] = { { "/a/b", "/a" }, { "/a", "/" }, { "/", "/" },
		{ "a", "." }, { "a/b/c", "a/b" }, { "", "." } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		auto_free char *parent = path_parent(pairs[i][0]);

		assert_string_equal(parent, pairs[i][1]);
	}
}

static const struct CMUnitTest tests[] = {
	TEST("an absolute path has one spelling", test_absolute),
	TEST("a listed path may begin at home", test_listed),
	TEST("a path fits into PATH_MAX", test_long),
	TEST("beneath means whole components", test_beneath),
	TEST("a join has one slash", test_join),
	TEST("a parent is the directory that a path lies in", test_parent),
};

int main(void)
{
	return cmocka_run_group_tests_name("base/path", tests, NULL, NULL);
}
