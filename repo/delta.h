/* delta.h: the changed paths of a change, with renames and copies found as git finds them. */
#ifndef REMIT_REPO_DELTA_H
#define REMIT_REPO_DELTA_H

#include "repo/treediff.h"

enum { DELTA_MAX_SCORE = 60000 };

struct delta {
	char *path;
	struct side old, new; /* as they are at path, before renames are found */
	const struct delta *source; /* a rename or copy: whose old side the new one comes from */
	int score; /* of that, 0 to DELTA_MAX_SCORE */
	bool copied; /* a copy: the source stays, or went to a later path */
	bool moved; /* a deletion that is the old side of a rename: not to be shown */
	unsigned int used; /* how many new sides still come from this old one */
};

struct deltas {
	struct delta *v; /* sorted by path as bytes */
	size_t n;
};

/* old NULL: the empty tree. */
int deltas_collect(const struct view *v, const git_oid *old, const git_oid *new, struct deltas *ret,
	struct err *err) MUST_USE;
void deltas_done(struct deltas *d);
#define auto_deltas CLEANUP(deltas_done)

/* The old side that the delta is to be compared with, and its path. */
const struct side *delta_old(const struct delta *d);
const char *delta_old_path(const struct delta *d);

/*
 * Finds renames and copies among them, as `git diff -M -C` does with its defaults: similarity of
 * 50%, sources of copies are changed files, and nothing but exact matches where more than 1000 x
 * 1000 pairs would have to be compared (or where that would be too much work for other reasons).
 */
int rename_find(const struct view *v, struct deltas *d, struct err *err) MUST_USE;

#endif
