/* shallow.h: one commit and the files of its tree as an object directory of their own. */
#ifndef REMIT_REPO_SHALLOW_H
#define REMIT_REPO_SHALLOW_H

#include "repo/base.h"

/*
 * Makes the object directory once for a commit and keeps it beside its checkout, with which it
 * goes. *ret is its absolute path; the caller owns it. Submodules' commits are not in it.
 */
int shallow_get(struct repo *repo, const struct repo_commit *commit, const struct base *base,
	char **ret, struct err *err) MUST_USE;

#endif
