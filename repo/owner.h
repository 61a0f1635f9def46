/* owner.h: what root writes into the repository of somebody else, it writes as that somebody. */
#ifndef REMIT_REPO_OWNER_H
#define REMIT_REPO_OWNER_H

#include <sys/types.h>

#include "base/err.h"

struct repo;

struct owner {
	uid_t uid;
	gid_t gid;
};

/* Whose the repository is: of a linked work tree, whose the work tree is. */
int owner_find(const struct repo *repo, struct owner *ret, struct err *err) MUST_USE;

/* True when owner_do would change who we are. */
bool owner_is_other(const struct owner *owner);

/*
 * Runs fn, and hands on what it returns. As root, where the owner is not root, it runs in a process
 * that has become the owner for good: a symlink that the owner puts in its way leads to nothing that
 * is not the owner's anyway. What fn changes in memory is lost then; descriptors stay open.
 */
int owner_do(const struct owner *owner, int (*fn)(void *ctx, struct err *err), void *ctx,
	struct err *err) MUST_USE;

#endif
