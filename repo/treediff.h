/* treediff.h: which entries differ between two trees, found by object names alone. */
#ifndef REMIT_REPO_TREEDIFF_H
#define REMIT_REPO_TREEDIFF_H

#include "repo/view.h"

struct side {
	git_oid id;
	uint32_t mode; /* git's, files as 0100644 or 0100755; 0: nothing there */
};

struct treediff {
	/*
	 * A file, symlink or submodule that differs; a path of another type on either side comes
	 * twice.
	 */
	int (*path)(void *ctx, const char *path, const struct side *old, const struct side *new,
		struct err *err);
	/*
	 * A directory of the new tree that differs from the old one's, before what is in it; "" is
	 * the top. old is NULL where there was none. May be NULL.
	 */
	int (*dir)(void *ctx, const char *path, const git_tree *old, const git_tree *new,
		struct err *err);
	void *ctx;
};

/* More changed paths than this are an error: a tree of a few objects can stand for billions. */
enum { TREEDIFF_MAX_PATHS = 5000000 };

/*
 * Walks both trees (NULL: empty) in git's order. A callback ends the walk with anything but 0.
 * Trees whose entries are out of order or there twice, and trees deeper than REPO_MAX_DEPTH, are
 * errors.
 */
int treediff_walk(const struct view *v, const git_oid *old, const git_oid *new,
	const struct treediff *visitor, struct err *err) MUST_USE;

/* Git's order of the entries of one tree: a directory sorts as if its name ended with a slash. */
int treediff_compare(const char *a, uint32_t a_mode, const char *b, uint32_t b_mode);

#endif
