/* ignore.h: the .gitignore files in force for one directory: its own and those above it. */
#ifndef REMIT_REPO_IGNORE_H
#define REMIT_REPO_IGNORE_H

#include "base/base.h"

struct ignore;

/* Above this a .gitignore is not read: files that it would leave out are captured. */
enum { IGNORE_MAX_BYTES = 1 << 20 };

/*
 * Patterns of all levels are compiled anew for each directory that adds some; a job that writes a
 * large .gitignore at the top and small ones beneath it gets no further than this.
 */
enum { IGNORE_MAX_TOTAL = 64 << 20 };

/*
 * What is in force in the directory dir ("" for the top): its own .gitignore on top of what is in
 * force above it (NULL: nothing). The caller keeps up for as long. *left counts down the bytes of
 * patterns that may still be compiled; NULL when they don't suffice, or when there is nothing to
 * add: then up goes on.
 */
struct ignore *ignore_new(const struct ignore *up, const char *dir, const char *text, size_t len,
	uint64_t *left) MUST_USE;
void ignore_free(struct ignore *i);
DEFINE_CLEANUP(struct ignore *, ignore_free)
#define auto_ignore CLEANUP(cleanup_ignore_free)

/* i may be NULL: nothing is ignored. path is relative to the top. */
bool ignore_matches(const struct ignore *i, const char *path, size_t len, bool is_dir);

#endif
