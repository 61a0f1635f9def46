/* alternates.h: the object directories that stand behind a repository's own. */
#ifndef REMIT_REPO_ALTERNATES_H
#define REMIT_REPO_ALTERNATES_H

#include "base/bind.h"

/* Where a repository is, as libgit2 has it: all of it may lead anywhere. */
struct alternates_repo {
	const char *dir; /* its .git; of a linked work tree, the part that is its own */
	const char *common; /* what linked work trees share; else the same as dir */
	const char *objects;
};

/*
 * Appends objects and all that its info/alternates lead to, as absolute paths without symlinks,
 * each once, the nearest first. As git does it, leaves out what is missing and what lies more than
 * five steps away. Whoever wrote what is in the repository may be an enemy, so that anything but an
 * object directory is an error (see objdir.h).
 */
int alternates_resolve(
	const struct alternates_repo *repo, struct strs *out, struct err *err) MUST_USE;

/* True when an object directory names others. */
bool alternates_has(const char *objects);

#endif
