/* collide.h: names of one directory that are one name to a file system that ignores case. */
#ifndef REMIT_REPO_COLLIDE_H
#define REMIT_REPO_COLLIDE_H

#include "repo/git.h"

typedef void (*collide_fn)(void *ctx, const char *path, const char *other);

/*
 * Calls each for every name in new that is not in old (NULL: empty) and folds to the same as
 * another one in new. -EINVAL for a tree that holds one name twice.
 */
int collide_check(const char *dir, const git_tree *old, const git_tree *new, collide_fn each,
	void *ctx, struct err *err) MUST_USE;

#endif
