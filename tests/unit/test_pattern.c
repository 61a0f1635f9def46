#include "policy/pattern.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "tests/unit/check.h"

/* The line of the pattern that decides, 0 when none does; a path with a slash at the end is a directory. */
static unsigned int find(struct pattern_set *set, const char *path)
{
	size_t len = strlen(path);
	bool is_dir = len && path[len - 1] == '/';
	long found = pattern_set_find(set, path, len - is_dir, is_dir);
	struct pattern_info info;

	if (found < 0)
		return 0;
	pattern_set_info(set, found, &info);
	return info.line;
}

static struct pattern_set *compiled(const char *lines, size_t len)
{
	struct pattern_set *set = pattern_set_new();

	pattern_set_add_file(set, lines, len, "file");
	pattern_set_compile(set);
	return set;
}

struct row {
	const char *lines;
	const char *path;
	unsigned int line;
};

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		auto_patterns struct pattern_set *set = compiled(
			rows[i].lines, strlen(rows[i].lines));
		unsigned int got = find(set, rows[i].path);

		if (got != rows[i].line)
			fail_msg("'%s' against '%s': line %u decides, not %u", rows[i].path,
				rows[i].lines, got, rows[i].line);
	}
}

#define ROWS(name, ...)                                           \
	static void name(void **state)                            \
	{                                                         \
		static const struct row rows[] = { __VA_ARGS__ }; \
		check_rows(rows, ARRAY_SIZE(rows));               \
		(void)state;                                      \
	}

ROWS(test_lines, { "\n#a\n\na", "a", 4 }, { "#a", "#a", 0 }, { "\\#a", "#a", 1 },
	{ "\\!a", "!a", 1 }, { "a  ", "a", 1 }, { "a\\ ", "a ", 1 }, { "a\\  ", "a ", 1 },
	{ "a\\ ", "a", 0 }, { "a\r\nb\r", "b", 2 }, { "a\r", "a", 1 }, { "a\t", "a\t", 1 },
	{ "  ", "a", 0 }, { "!", "a", 0 }, { "/", "a/", 0 }, { "//", "a/", 0 },
	{ "\xef\xbb\xbf"
	  "a",
		"a", 1 },
	{ "a\n\xef\xbb\xbf"
	  "b",
		"b", 0 })

ROWS(test_order, { "a\n!a", "a", 2 }, { "!a\na", "a", 2 }, { "a\n*\na*", "a", 3 },
	{ "a\nab\n*", "a", 3 }, { "*\na\nb", "a", 2 }, { "a*c\nabc\n*bc", "abc", 3 },
	{ "*bc\na*c\nb", "abc", 2 })

ROWS(test_anchors, { "a", "x/y/a", 1 }, { "/a", "a", 1 }, { "/a", "x/a", 0 }, { "x/a", "x/a", 1 },
	{ "x/a", "y/x/a", 0 }, { "/x/a", "x/a", 1 }, { "*.c", "x/a.c", 1 }, { "/*.c", "x/a.c", 0 },
	{ "/*.c", "a.c", 1 }, { "x/*.c", "x/a.c", 1 }, { "x/*.c", "x/y/a.c", 0 },
	{ "a\\/b", "a/b", 1 }, { "a\\/b", "x/a/b", 0 }, { "[a/]b", "ab", 1 },
	{ "[a/]b", "x/ab", 0 })

ROWS(test_directories, { "a/", "a", 0 }, { "a/", "a/", 1 }, { "a/", "a/b", 1 },
	{ "a/", "x/a/b", 1 }, { "/a/", "x/a/b", 0 }, { "a*/", "ab/", 1 }, { "a*/", "ab", 0 },
	{ "x/a*/", "x/ab/c", 1 }, { "*/", "a/b", 1 }, { "*/", "a", 0 }, { "a\n!a/", "a", 1 },
	{ "a\n!a/", "a/", 2 }, { "*.d\n!*.d/", "x.d", 1 }, { "*.d\n!*.d/", "x.d/", 2 })

ROWS(test_parents, { "a\n!a/b", "a/b", 1 }, { "a\n!b", "a/x/b", 1 }, { "*\n!a/\n!b", "a/b", 3 },
	{ "*\n!a/", "a/b", 1 }, { "a/*\n!a/b", "a/b", 2 }, { "a/*\n!a/b", "a/c", 1 },
	{ "!a", "a/b", 0 }, { "a/**\n!a/b\n", "a/b", 2 }, { "a/**\n!a/b/c\n", "a/b/c", 1 },
	{ "x/a\ny", "x/a/y", 1 })

ROWS(test_stars, { "a*c", "abbc", 1 }, { "a*c", "ac", 1 }, { "x/a*c", "x/ab/c", 0 },
	{ "*", "a", 1 }, { "?", "a", 1 }, { "?", "ab", 0 }, { "x?a", "x/a", 0 },
	{ "*a*", "bab", 1 }, { "*a*", "bbb", 0 }, { "*abc", "c", 0 }, { "a\\*c", "a*c", 1 },
	{ "a\\*c", "abc", 0 }, { "a\\", "a", 0 }, { "a\\", "a\\", 0 }, { "a\\\\", "a\\", 1 },
	{ "a***b", "axb", 1 })

ROWS(test_double_stars, { "**/a", "a", 1 }, { "**/a", "x/y/a", 1 }, { "**/a", "xa", 0 },
	{ "**/a/b", "x/a/b", 1 }, { "**/a/b", "a/b", 1 }, { "**/a/b", "xa/b", 0 },
	{ "a/**", "a/b/c", 1 }, { "a/**", "a", 0 }, { "a/**", "a/", 0 }, { "/**", "a", 1 },
	{ "a/**/b", "a/b", 1 }, { "a/**/b", "a/x/y/b", 1 }, { "a/**/b", "a/xb", 0 },
	{ "a/**/**/b", "a/b", 1 }, { "a/**/**/b", "a/x/b", 1 }, { "a/**b", "a/xb", 1 },
	{ "a/**b", "a/x/b", 0 }, { "a/b**/c", "a/bx/c", 1 }, { "a/[b]**/c", "a/bx/y/c", 0 },
	{ "**/*.c", "x/y.c", 1 }, { "**/x*/y", "a/xb/y", 1 }, { "**", "a/b", 1 },
	{ "a/***/b", "a/x/y/b", 1 }, { "**\\/a", "a", 0 }, { "**\\/a", "x/a", 1 },
	{ "a/**\\/b", "a/b", 0 }, { "a/**\\/b", "a/x/y/b", 1 })

/* The bytes before the first special one are compared by themselves, so "**" behind them stands at a start. */
ROWS(test_double_stars_behind_bytes, { "a**/b", "a/b", 1 }, { "a**/b", "ab", 1 },
	{ "a**/b", "ax/y/b", 1 }, { "a**/b", "axb", 0 }, { "/a**/b", "ab", 1 },
	{ "a**/**/b", "ab", 1 }, { "a**/**/b", "ax/b", 1 }, { "x/a**", "x/ab/c", 1 },
	{ "x/a**", "x/a", 1 }, { "!x/a**", "x/ab/c", 1 }, { "a**b/c", "axxb/c", 1 },
	{ "a**b/c", "ax/b/c", 0 })

ROWS(test_classes, { "[ab]", "b", 1 }, { "[!ab]", "b", 0 }, { "[^ab]", "c", 1 },
	{ "[a-c]", "b", 1 }, { "[c-a]", "b", 0 }, { "[]]", "]", 1 }, { "[]-a]", "^", 1 },
	{ "[!]a]", "]", 0 }, { "[!]a]", "b", 1 }, { "[a-]", "-", 1 }, { "[-a]", "-", 1 },
	{ "[\\]]", "]", 1 }, { "[\\a-c]", "b", 1 }, { "[a-\\c]", "b", 1 }, { "[a-c-e]", "d", 0 },
	{ "[a-c-e]", "-", 1 }, { "x[/]y", "x/y", 0 }, { "x[!a]y", "x/y", 0 }, { "[a", "[a", 0 },
	{ "[", "[", 0 }, { "[]", "[]", 0 }, { "[a\\]", "a", 0 }, { "[\\", "[", 0 },
	{ "[\x80-\xff]", "\xe9", 1 }, { "[!a]", "\xe9", 1 }, { "[.]x", ".x", 1 })

ROWS(test_named_classes, { "[[:alpha:]]", "q", 1 }, { "[[:alpha:]]", "1", 0 },
	{ "[[:digit:]a]", "a", 1 }, { "[![:space:]]", "a", 1 }, { "[[:space:]]", "\t", 1 },
	{ "[[:space:]]", "\v", 0 }, { "[[:cntrl:]]", "\x7f", 1 }, { "[[:punct:]]", "_", 1 },
	{ "[[:xdigit:]]", "F", 1 }, { "[[:xdigit:]]", "g", 0 }, { "[[:graph:]]", " ", 0 },
	{ "[[:print:]]", " ", 1 }, { "[[:print:]]", "\xe9", 0 }, { "[[:upper:][:lower:]]", "a", 1 },
	{ "[[:blank:]]", "\t", 1 }, { "[[:alnum:]]", "_", 0 }, { "[[:none:]]", "n", 0 },
	{ "[[:none:]a]", "a", 0 }, { "[[::]]", ":]", 0 }, { "[[:alpha]", "p", 1 },
	{ "[[:]", "[", 1 }, { "[[:]", ":", 1 }, { "[a-[:alpha:]]", "a:]", 0 })

ROWS(test_bytes, { "\xc3\xa9", "\xc3\xa9", 1 }, { "?", "\xc3\xa9", 0 }, { "??", "\xc3\xa9", 1 },
	{ "*\xff", "a\xff", 1 }, { "A", "a", 0 }, { "a\nb", "a\nb", 0 })

/* A line ends for git where a NUL stands in it. */
static void test_nul(void **state)
{
	static const char lines[] = "ab\0c\n\0\nd";
	auto_patterns struct pattern_set *set = compiled(lines, sizeof(lines) - 1);

	(void)state;
	ok(find(set, "ab") == 1, "what stands before a NUL is the pattern");
	ok(find(set, "d") == 3, "the lines behind it are read");
}

/* Only patterns without a slash are compared with the last component of a path that names no file. */
static void test_odd_paths(void **state)
{
	static const char lines[] = "/**\n**/*\na/*\n//\n*\n!";
	auto_patterns struct pattern_set *set = compiled(lines, sizeof(lines) - 1);
	auto_patterns struct pattern_set *rooted = compiled(lines, strlen("/**\n**/*\na/*\n//"));

	(void)state;
	ok(pattern_set_find(set, "", 0, true) == 5, "the empty pattern matches the empty path");
	ok(pattern_set_find(rooted, "", 0, true) == -1, "no pattern with a slash does");
	ok(pattern_set_find(rooted, "a/", 2, false) == 1,
		"the directory in front decides for 'a/'");
	ok(pattern_set_find(rooted, "/", 1, false) >= -1, "a lone slash does no harm");
	ok(pattern_set_find(rooted, "//a", 3, false) >= -1, "empty components do no harm");
}

static void test_info(void **state)
{
	auto_patterns struct pattern_set *set = pattern_set_new();
	struct pattern_info info;

	(void)state;
	pattern_set_add(set, "a", 1, "one", 7);
	pattern_set_add(set, "#b", 2, "one", 8);
	pattern_set_add(set, "!/b\\ / ", 7, "two", 9);
	pattern_set_compile(set);
	pattern_set_info(set, pattern_set_find(set, "b ", 2, true), &info);
	ok(!strcmp(info.text, "!/b\\ /"), "the text is as it was written, blanks at the end gone");
	ok(!strcmp(info.source, "two") && info.line == 9,
		"source and line are those that were given");
	ok(info.negated, "a pattern that begins with ! is negated");
	ok(!pattern_set_matches(set, "b ", 2, true), "a negated pattern does not match");
	ok(pattern_set_matches(set, "a", 1, false), "another one does");
	ok(!pattern_set_matches(set, "c", 1, false), "nor does none at all");
}

static void test_empty_set(void **state)
{
	auto_patterns struct pattern_set *set = compiled("", 0);

	(void)state;
	ok(find(set, "a/b/c") == 0, "no pattern decides");
	ok(find(set, "") == 0, "nor for the empty path");
	pattern_set_free(NULL);
}

static void add_bytes(struct buf *out, size_t n, char from)
{
	for (size_t i = 0; i < n; i++)
		buf_addc(out, (char)(from + (char)(i % 7)));
}

/* Patterns with that many bytes behind or between stars, and for each a path that has them. */
static void check_long(size_t n)
{
	static const char *const fronts[] = { "*", "x/*", "*" }, *const backs[] = { "*", "*", "" };
	auto_buf struct buf lines = BUF_INIT;
	auto_patterns struct pattern_set *set = NULL;

	for (unsigned int i = 0; i < 3; i++) {
		buf_adds(&lines, fronts[i]);
		add_bytes(&lines, n, (char)('a' + i));
		buf_addf(&lines, "%s\n", backs[i]);
	}
	set = compiled(lines.data, lines.len);
	for (unsigned int i = 0; i < 3; i++) {
		auto_buf struct buf path = BUF_INIT;
		char last;

		buf_adds(&path, "x/yy");
		add_bytes(&path, n, (char)('a' + i));
		last = path.data[path.len - 1];
		ok(find(set, buf_str(&path)) == i + 1, "a path made for it is matched");
		path.data[path.len - 1] = '#';
		ok(find(set, buf_str(&path)) == 0, "one byte that differs at the end is seen");
		path.data[path.len - 1] = last;
		buf_addc(&path, '#');
		ok(find(set, buf_str(&path)) == (i < 2 ? i + 1 : 0), "a star takes what is behind");
	}
}

static void test_long(void **state)
{
	(void)state;
	for (size_t n = 1; n < 140; n++)
		check_long(n);
	check_long(4096);
	check_long(10000);
}

/* Places lie in words of 64, one pattern behind the other: what is skipped may be the last of a word. */
static void test_alignment(void **state)
{
	(void)state;
	for (size_t n = 1; n < 140; n++) {
		auto_buf struct buf lines = BUF_INIT;
		auto_patterns struct pattern_set *set = NULL;

		buf_adds(&lines, "**/");
		add_bytes(&lines, n, 'a');
		buf_adds(&lines, "/*\n**/x/y\n/");
		add_bytes(&lines, n, 'a');
		buf_adds(&lines, "*\nz*/**/x/z\n");
		set = compiled(lines.data, lines.len);
		ok(find(set, "x/y") == 2, "a double star and slash at the start may be nothing");
		ok(find(set, "zz/x/z") == 4, "so may one behind a slash");
	}
}

/* The same, where one pattern takes up several words. */
static void test_long_paths(void **state)
{
	(void)state;
	for (size_t n = 50; n < 140; n++) {
		auto_buf struct buf lines = BUF_INIT, path = BUF_INIT;
		auto_patterns struct pattern_set *set = NULL;
		size_t len;

		add_bytes(&lines, n, 'a');
		buf_adds(&lines, "*/**/x*/y\n?q\n");
		set = compiled(lines.data, lines.len);
		add_bytes(&path, n, 'a');
		len = path.len;
		buf_adds(&path, "/x/y");
		ok(find(set, buf_str(&path)) == 1, "a double star and slash may be nothing");
		buf_truncate(&path, len);
		buf_adds(&path, "z/k/l/xx/y");
		ok(find(set, buf_str(&path)) == 1, "or some directories");
		buf_truncate(&path, len);
		buf_adds(&path, "/kx/y");
		ok(find(set, buf_str(&path)) == 0, "but not a part of a name");
		buf_truncate(&path, len - 1);
		buf_adds(&path, "/x/y");
		ok(find(set, buf_str(&path)) == 0, "and what stands in front is needed");
		ok(find(set, "aq") == 2, "and the next pattern has its place");
	}
}

/* A matcher that tries one way after the other takes years for these. */
static void test_time(void **state)
{
	auto_buf struct buf lines = BUF_INIT, path = BUF_INIT;
	auto_patterns struct pattern_set *set = NULL;

	(void)state;
	for (int i = 0; i < 40; i++)
		buf_adds(&lines, "*a");
	buf_adds(&lines, "b\nx");
	for (int i = 0; i < 40; i++)
		buf_adds(&lines, "/**/a*");
	buf_adds(&lines, "b\n");
	for (int i = 0; i < 40; i++)
		buf_adds(&lines, "**/**/");
	buf_adds(&lines, "b\n");
	set = compiled(lines.data, lines.len);
	for (int i = 0; i < 5000; i++)
		buf_addc(&path, 'a');
	alarm(20);
	ok(find(set, buf_str(&path)) == 0, "stars against one long name");
	buf_truncate(&path, 0);
	buf_adds(&path, "x");
	for (int i = 0; i < 1000; i++)
		buf_adds(&path, "/aaaa");
	ok(find(set, buf_str(&path)) == 0, "double stars against many directories");
	alarm(0);
}

/* Whatever was asked before, the answer is that of a set that was never asked. */
static void check_same(struct pattern_set *used, const char *lines, size_t len, const char *path)
{
	auto_patterns struct pattern_set *fresh = compiled(lines, len);

	if (find(used, path) != find(fresh, path))
		fail_msg("not the same for '%s' when it is asked later", path);
}

static void test_memory(void **state)
{
	static const char lines[] =
		"d1*\n!d17\n/d2?/*/x\n**/k/*z\nd3/**/m\n/d4*/k/\n*q*\nd5/k/**\n";
	auto_patterns struct pattern_set *set = compiled(lines, sizeof(lines) - 1);

	(void)state;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 300; i++) {
			char path[64];

			snprintf(
				path, sizeof(path), "d%d/%c/%s", i * 7 % 60, "klmq" [i % 4],
				(const char *[]) {
					"x", "m", "yz", "k/yz", "a/b/c/d/e/m", ""
				}[i % 6]);
			check_same(set, lines, sizeof(lines) - 1, path);
		}
}

static void test_return(void **state)
{
	static const char lines[] = "/p/*/m\n";
	auto_patterns struct pattern_set *set = compiled(lines, sizeof(lines) - 1);

	(void)state;
	ok(find(set, "p/q") == 0 && find(set, "z/z") == 0, "two directories are known");
	ok(find(set, "p/k/m") == 1, "a third is worked out from the first");
	ok(find(set, "") == 0 && find(set, "p/k/m") == 1, "the empty path leaves nothing behind");
	ok(find(set, "p/k/n") == 0 && find(set, "p/k/m/n") == 1, "nor does any other");
}

/* Directories are kept up to a bound, then forgotten: here each of them takes up a kilobyte. */
static void test_many_directories(void **state)
{
	auto_buf struct buf lines = BUF_INIT;
	auto_patterns struct pattern_set *set = NULL;

	(void)state;
	for (int i = 0; i < 600; i++)
		buf_addf(&lines, "**/%d/*/x%d*y\n", i, i);
	buf_adds(&lines, "/a*/b/c/d/e\n!/a77*/b/c/d/\n");
	set = compiled(lines.data, lines.len);
	for (int i = 0; i < 50000; i++) {
		char path[64];

		snprintf(path, sizeof(path), "a%d/b/c/d/e", i);
		assert_int_equal(find(set, path), 601);
		if (i % 10000 == 7777)
			check_same(set, lines.data, lines.len, "a77/b/c/d/e/f");
	}
	ok(find(set, "z/5/q/x5zy") == 6, "what is kept does not leak into others");
	ok(mallinfo2().uordblks + mallinfo2().hblkhd < 48 << 20, "memory stays within bounds");
}

static const struct CMUnitTest tests[] = {
	TEST("lines are read as git reads them", test_lines),
	TEST("the last pattern that matches decides", test_order),
	TEST("a slash anywhere but at the end ties a pattern to the top", test_anchors),
	TEST("a slash at the end asks for a directory", test_directories),
	TEST("a directory that is matched decides for all that is in it", test_parents),
	TEST("a star stays within its component", test_stars),
	TEST("a double star between slashes goes through directories", test_double_stars),
	TEST("a double star right behind plain bytes does, too", test_double_stars_behind_bytes),
	TEST("classes are wildmatch's, broken ones included", test_classes),
	TEST("named classes are those of git's own ctype", test_named_classes),
	TEST("bytes are bytes", test_bytes),
	TEST("a NUL ends a line's pattern", test_nul),
	TEST("paths without a name are decided for as in git", test_odd_paths),
	TEST("a pattern is told as it was given", test_info),
	TEST("a set without patterns decides nothing", test_empty_set),
	TEST("patterns of any length are matched whole", test_long),
	TEST("a pattern matches whatever patterns stand beside it", test_alignment),
	TEST("so does one that goes on from word to word", test_long_paths),
	TEST("no pattern takes more than its length times that of the path", test_time),
	TEST("what was asked before does not change an answer", test_memory),
	TEST("a directory is gone on from wherever it was left", test_return),
	TEST("memory for directories is bounded and nothing is lost by that",
		test_many_directories),
};

int main(void)
{
	return cmocka_run_group_tests_name("policy/pattern", tests, NULL, NULL);
}
