#include <string.h>

#include "base/bind.h"
#include "repo/git.h"
#include "repo/name.h"
#include "repo/quote.h"
#include "tests/unit/check.h"

static void dangerous_names_are_refused(void **state)
{
	static const char *const names[] = { "", ".", "..", "a/b", "/", ".git", ".GIT", ".Git",
		".git ", ".git.", ".git . .", ".git::$INDEX_ALLOCATION", ".git:x", "git~1", "GIT~1",
		"git~2", "git~1.", ".g\xe2\x80\x8cit", "\xef\xbb\xbf.git", ".gi\xe2\x80\x8et",
		".git\\x", "x\\.git", "x\\.GIT \\y", "\\.git", "..\\x", "a\\..\\b", ".git\x01",
		"\x7f.git", ".\xc2\xadgit", ".GITMODULES", ".gitmodules ", "gitmod~1", "GI7EBA~1",
		".gitmodules::$DATA", ".g\xe2\x80\x8citmodules", "gi7eb~10", "GI7EB~99", "gi7e~100",
		"gi7~1234", "gi~99999", "g~123456", "~1234567", "gi7eba~9.", "gi7eb~10 ",
		"gi7eb~10::$DATA" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!name_refused(names[i], GIT_FILEMODE_BLOB))
			fail_msg("taken: '%s'", names[i]);
	ok(name_refused(".gitmodules", GIT_FILEMODE_LINK), "a symlink in place of .gitmodules");
	ok(name_is_dot_git(".Git ") && !name_is_dot_git(".gitmodules"), "names for .git alone");
}

static void harmless_names_are_taken(void **state)
{
	static const char *const names[] = { "a", "...", ".gitignore", ".gitattributes",
		".gitmodules", ".github", ".gitx", "git", "git~x", "git~10x", "x.git",
		".git-blame-ignore-revs", " ", "\n", "new\nline", "\xff\xfe", "a\\x2db.swap",
		"gitx~1", "gi7eba~0", "gi7eb~1", "gi7eb~100", "gi7eb~0a", "gi7eb~01", "gi8eb~10",
		"gi7eba10", "~123456", "~12345678", "~0234567", ".gi", "con", "\xe2\x80\x8c",
		"it's", "a:b", "-", ".mailmap" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (name_refused(names[i], GIT_FILEMODE_BLOB))
			fail_msg("refused: '%s': %s", names[i],
				name_refused(names[i], GIT_FILEMODE_BLOB));
	ok(!name_refused(".gitignore", GIT_FILEMODE_LINK), "git does not follow a symlink there");
}

static void hostile_names_are_told(void **state)
{
	static const char *const hostile[] = { "a\nb", "a\tb", "\x1b[2J", "\x7f", "a\xc2\x85",
		"\xe2\x80\xae.exe", "\xe2\x80\x8b", "\xff", "\xc0\xaf", "a ", "a.", "...", " ",
		"a\\b", "con", "NUL", "aux.c", "Com1", "LPT9.txt", "con .x", "CONIN$", "nul:x",
		"prn." };
	static const char *const others[] = { "a", "README.md", ".x", "..x", "a b", " a", "com0",
		"com10", "con-x", "console", "xcon", "lpt", "auxiliary.c", "a.aux",
		"\xc3\xa9t\xc3\xa9", "-rf", "a:b", "\xe6\x97\xa5\xe6\x9c\xac" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++)
		if (!name_hostile(hostile[i]))
			fail_msg("taken: '%s'", hostile[i]);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (name_hostile(others[i]))
			fail_msg("hostile: '%s': %s", others[i], name_hostile(others[i]));
}

static bool folds_alike(const char *a, const char *b)
{
	auto_free char *fa = name_fold(a);
	auto_free char *fb = name_fold(b);

	return !strcmp(fa, fb);
}

static void names_fold_as_other_systems_fold_them(void **state)
{
	(void)state;
	ok(folds_alike("README", "readme"), "ASCII");
	ok(folds_alike("\xc3\x89t\xc3\xa9", "\xc3\xa9T\xc3\x89"), "letters with accents");
	ok(folds_alike("e\xcc\x81", "\xc3\xa9"), "composed and decomposed");
	ok(folds_alike("stra\xc3\x9f"
		       "e",
		   "STRASSE"),
		"full case folding");
	ok(folds_alike("a\xe2\x80\x8c"
		       "b",
		   "AB"),
		"ignorable code points");
	ok(folds_alike("\xffX", "\xffx"), "bytes that are no text fold as ASCII");
	ok(!folds_alike("\xff", "\xfe"), "and stay apart otherwise");
	ok(!folds_alike("a", "b"), "others are others");
}

static void paths_are_quoted_as_git_quotes_them(void **state)
{
	auto_buf struct buf out = BUF_INIT;

	(void)state;
	quote_add(&out, "a/", "plain name", false);
	ok(!strcmp(out.data, "a/plain name"), "a blank needs no quotes");
	buf_truncate(&out, 0);
	quote_add(&out, "b/", "t\tn\nq\"b\\\x01\xc3\xa9", false);
	ok(!strcmp(out.data, "\"b/t\\tn\\nq\\\"b\\\\\\001\\303\\251\""), "escapes");
	buf_truncate(&out, 0);
	quote_add(&out, "b/", "a b", true);
	ok(!strcmp(out.data, "b/a b\t"), "a tab shows where a name with a blank ends");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("names that git or another system reads as something else are refused",
			dangerous_names_are_refused),
		TEST("names that only look like those are taken", harmless_names_are_taken),
		TEST("names that mislead people, or that Windows can't have, are told",
			hostile_names_are_told),
		TEST("names fold as file systems that ignore case fold them",
			names_fold_as_other_systems_fold_them),
		TEST("paths are quoted as git quotes them", paths_are_quoted_as_git_quotes_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
