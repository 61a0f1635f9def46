/* private.h: the .git that a job sees: its own, with the real objects behind it, read-only. */
#ifndef REMIT_REPO_PRIVATE_H
#define REMIT_REPO_PRIVATE_H

#include "repo/base.h"

enum private_history { PRIVATE_FULL, PRIVATE_SHALLOW, PRIVATE_NONE };

struct private_options {
	enum private_history history;
	const char *user; /* name and address for commits made inside */
	const char *email;
	const char *seen_at; /* where the cage shows exposed directory N: "SEEN_AT/N" */
};

/* The bytes of the .git/config that private_create writes, to tell what a job made of it. */
void private_config(const struct private_options *options, struct buf *out);

/*
 * Writes .git into upper_fd, the empty upper directory of a job, everything owned by its owner.
 * *ret_lower gets the directories that the overlay stacks below upper, the uppermost first;
 * *ret_expose the host directories that the cage must show read-only at seen_at/0, seen_at/1, ...
 * (object stores, alternates of them included). For PRIVATE_NONE there is no .git at all.
 */
int private_create(struct repo *repo, const struct repo_commit *commit, const struct base *base,
	int upper_fd, const struct private_options *options, struct strs *ret_lower,
	struct strs *ret_expose, struct err *err) MUST_USE;

#endif
