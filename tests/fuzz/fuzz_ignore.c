/*
 * fuzz_ignore.c: .gitignore files that a job wrote. One that lies in a directory says of what is in there
 * what it would say of the same at the top; and what a directory's says comes after what is above it.
 */
#include <string.h>

#include "base/text.h"
#include "repo/ignore.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_PATHS = 8, MAX_TEXT = 256, MAX_PATH = 64 };

/* Directories whose names mean something in a pattern as well. */
static const char *const dirs[] = { "a", "a/b", "*", "[x]", "\\d", "!n", "#c", "a b " };

static struct ignore *parse(const struct ignore *up, const char *dir, const char *text)
{
	uint64_t left = IGNORE_MAX_TOTAL;

	return ignore_new(up, dir, text, strlen(text), &left);
}

static bool asks(const struct ignore *i, const char *path, bool is_dir)
{
	return ignore_matches(i, path, strlen(path), is_dir);
}

static bool is_path(const char *s)
{
	return *s && *s != '/' && !text_ends(s, "/") && !strstr(s, "//") && strlen(s) <= MAX_PATH;
}

/* Two files, one above the other, are as the two of them one after the other, where both are at the top. */
static void check_levels(const char *first, const char *second, const char *path, bool is_dir)
{
	auto_free char *both = xasprintf("%s\n%s", first, second);
	auto_ignore struct ignore *above = parse(NULL, "", first);
	auto_ignore struct ignore *below = parse(above, "", second);
	auto_ignore struct ignore *one = parse(NULL, "", both);

	must(asks(below ? below : above, path, is_dir) == asks(one, path, is_dir));
}

static void check_place(const char *text, const char *dir, const char *path, bool is_dir)
{
	auto_free char *inside = xasprintf("%s/%s", dir, path),
		       *beside = xasprintf("%sx/%s", dir, path);
	auto_ignore struct ignore *top = parse(NULL, "", text), *deep = parse(NULL, dir, text);

	must(!top == !deep);
	must(asks(top, path, is_dir) == asks(deep, inside, is_dir));
	must(!asks(deep, beside, is_dir));
	must(!asks(deep, dir, true));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed f = { data, size };
	const char *dir = dirs[feed_byte(&f) % ARRAY_SIZE(dirs)];
	auto_free char *first = feed_text(&f), *second = feed_text(&f);

	for (int i = 0; f.left && i < MAX_PATHS; i++) {
		auto_free char *path = feed_text(&f);

		if (!is_path(path) || strlen(first) + strlen(second) > MAX_TEXT)
			continue;
		for (int is_dir = 0; is_dir < 2; is_dir++) {
			check_levels(first, second, path, is_dir);
			check_place(first, dir, path, is_dir);
		}
	}
	return 0;
}
