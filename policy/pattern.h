/* pattern.h: many gitignore patterns, compiled so that a path is matched against all of them at once. */
#ifndef REMIT_PATTERN_H
#define REMIT_PATTERN_H

#include "base/err.h"

/*
 * Patterns are gitignore(5)'s with git's wildmatch (WM_PATHNAME): `!` negates, a later pattern
 * beats an earlier one, and what lies in a matched directory is matched whatever comes later. Bytes are
 * bytes: no case folding, no Unicode.
 */
struct pattern_set;

struct pattern_set *pattern_set_new(void) MUST_USE;
void pattern_set_free(struct pattern_set *set);
DEFINE_CLEANUP(struct pattern_set *, pattern_set_free)
#define auto_patterns CLEANUP(cleanup_pattern_set_free)

/*
 * Adds one line as git reads a line of .gitignore: blank lines and comments add nothing, trailing blanks
 * go. source (borrowed: it must outlive the set) and line are what pattern_info says of it later.
 */
void pattern_set_add(struct pattern_set *set, const char *text, size_t len, const char *source,
	unsigned int line);

/* Adds every line of a .gitignore-style file, a UTF-8 byte order mark at its start left out. */
void pattern_set_add_file(
	struct pattern_set *set, const char *text, size_t len, const char *source);

/* Once, after the last pattern and before the first match. */
void pattern_set_compile(struct pattern_set *set);

/*
 * How many bytes of decided directories to keep for later paths: 256 KiB, unless this is called. More of
 * them only help where paths do not come in order.
 */
void pattern_set_keep(struct pattern_set *set, size_t bytes);

struct pattern_info {
	const char *text; /* as written, trailing blanks gone */
	const char *source;
	unsigned int line;
	bool negated;
};

/*
 * Which pattern decides for a path: a relative path as git prints it, without "." and ".." components.
 * is_dir: the path itself is a directory. Returns the index of the pattern, or -1 when none matches.
 * Time is bounded by len of the path times the patterns, whatever they are.
 */
long pattern_set_find(struct pattern_set *set, const char *path, size_t len, bool is_dir);

/* True when a pattern decides and is not negated. */
bool pattern_set_matches(struct pattern_set *set, const char *path, size_t len, bool is_dir);

void pattern_set_info(const struct pattern_set *set, long index, struct pattern_info *ret);

#endif
