/* commits.h: the commits that a job made in its private repository, as text for the record. */
#ifndef REMIT_REPO_COMMITS_H
#define REMIT_REPO_COMMITS_H

#include "repo/capture.h"
#include "repo/view.h"

/*
 * Follows first parents from HEAD down to base_commit, or to any commit that the repository has
 * already. What a job wrote as objects is parsed by a process of its own that can do nothing else
 * (see confine.h); when it dies of that, ret holds what came before, and commits_cut is set. scratch: a directory
 * for its use, to be made and removed again.
 */
int commits_read(const struct view *v, int upper, const char *base_commit, const char *scratch,
	struct capture *ret, struct err *err) MUST_USE;

#endif
