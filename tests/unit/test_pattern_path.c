#include "policy/pattern_path.h"

#include <string.h>

#include "tests/unit/check.h"

struct row {
	const char *in, *out; /* out NULL: refused */
};

static void test_clean(void **state)
{
	static const struct row rows[] = {
		{ "a", "a" },
		{ "a/b", "a/b" },
		{ "a/", "a/" },
		{ ".", "" },
		{ "./", "" },
		{ "./a", "a" },
		{ ".//a//b/", "a/b/" },
		{ "a/.", "a/" },
		{ "a/./b", "a/b" },
		{ "a/..", "" },
		{ "a/b/..", "a/" },
		{ "a/b/../", "a/" },
		{ "a/b/../../c", "c" },
		{ ".a/..b/...", ".a/..b/..." },
		{ "a:b", "a:b" },
		{ "", NULL },
		{ "..", NULL },
		{ "../a", NULL },
		{ "a/../..", NULL },
		{ "/", NULL },
		{ "/a", NULL },
		{ "//a", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_buf struct buf scratch = BUF_INIT;
		struct err err = { "" };
		const char *path;
		size_t len;
		int r = pattern_path_clean(
			rows[i].in, strlen(rows[i].in), &scratch, &path, &len, &err);

		if (r != (rows[i].out ? 0 : -EINVAL))
			fail_msg("'%s': %d: %s", rows[i].in, r, err.text);
		ok(r == 0 || err.text[0], "a refusal says why");
		if (r == 0 && (len != strlen(rows[i].out) || memcmp(path, rows[i].out, len) != 0))
			fail_msg("'%s' comes out as '%.*s'", rows[i].in, (int)len, path);
	}
}

static void test_magic(void **state)
{
	static const struct row rows[] = {
		{ ":", "" },
		{ ":a", "a" },
		{ "::a", "a" },
		{ ":/a", "a" },
		{ "://a", "a" },
		{ ":/:a", "a" },
		{ ":(top)a", "a" },
		{ ":()a", "a" },
		{ ":(,top,)a", "a" },
		{ ":(top)a/b/", "a/b/" },
		{ ":./a", "a" },
		{ "./:a", ":a" },
		{ ":!a", NULL },
		{ ":^a", NULL },
		{ ":-a", NULL },
		{ ":/!a", NULL },
		{ ":(top", NULL },
		{ ":(TOP)a", NULL },
		{ ":(literal)a", NULL },
		{ ":(top)/a", NULL },
		{ ":/a//b", NULL },
		{ ":/a/../b", NULL },
		{ "::/a", NULL },
		{ "::../a", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_buf struct buf scratch = BUF_INIT;
		const char *path;
		size_t len;
		int r = pattern_path_clean(
			rows[i].in, strlen(rows[i].in), &scratch, &path, &len, NULL);

		if (r != (rows[i].out ? 0 : -EINVAL))
			fail_msg("'%s': %d", rows[i].in, r);
		if (r == 0 && (len != strlen(rows[i].out) || memcmp(path, rows[i].out, len) != 0))
			fail_msg("'%s' comes out as '%.*s'", rows[i].in, (int)len, path);
	}
}

static void test_unquote(void **state)
{
	static const struct row rows[] = {
		{ "\"\"", "" },
		{ "\"a b\"", "a b" },
		{ "\"\\a\\b\\t\\n\\v\\f\\r\\\"\\\\\"", "\a\b\t\n\v\f\r\"\\" },
		{ "\"\\303\\251\"", "\xc3\xa9" },
		{ "\"\\0611\"", "11" },
		{ "\"a\"b", "a" },
		{ "\"", NULL },
		{ "\"a", NULL },
		{ "\"a\\\"", NULL },
		{ "\"\\q\"", NULL },
		{ "\"\\400\"", NULL },
		{ "\"\\18\"", NULL },
		{ "\"\\1", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_buf struct buf out = BUF_INIT;
		struct err err = { "" };
		int r = pattern_path_unquote(rows[i].in, strlen(rows[i].in), &out, &err);

		if (r != (rows[i].out ? 0 : -EINVAL) ||
			(r == 0 && strcmp(buf_str(&out), rows[i].out)))
			fail_msg("%s: %d, '%s'", rows[i].in, r, buf_str(&out));
	}
}

static void test_quote(void **state)
{
	static const struct row rows[] = {
		{ "a b'c$", "a b'c$" },
		{ "", "" },
		{ "a\tb", "\"a\\tb\"" },
		{ "a\"\\", "\"a\\\"\\\\\"" },
		{ "\xc3\xa9z", "\"\\303\\251z\"" },
		{ "\x01\x7f", "\"\\001\\177\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_buf struct buf out = BUF_INIT;

		pattern_path_add_quoted(&out, rows[i].in, strlen(rows[i].in));
		assert_string_equal(buf_str(&out), rows[i].out);
	}
}

static void test_back(void **state)
{
	auto_buf struct buf quoted = BUF_INIT, back = BUF_INIT;
	char bytes[256];

	(void)state;
	for (int i = 0; i < 256; i++)
		bytes[i] = (char)i;
	pattern_path_add_quoted(&quoted, bytes, sizeof(bytes));
	ok(pattern_path_unquote(quoted.data, quoted.len, &back, NULL) == 0, "it is quoted well");
	ok(back.len == sizeof(bytes) && !memcmp(back.data, bytes, back.len), "nothing is lost");
}

static const struct CMUnitTest tests[] = {
	TEST("a path comes out without empty, . and .. components", test_clean),
	TEST("magic is taken as far as git check-ignore takes it", test_magic),
	TEST("a quoted line is read back as git reads it", test_unquote),
	TEST("a path is quoted where a byte of it needs it", test_quote),
	TEST("every byte survives quoting", test_back),
};

int main(void)
{
	return cmocka_run_group_tests_name("policy/pattern_path", tests, NULL, NULL);
}
