/* base.h: read-only checkouts of trees, kept by tree id and shared by all jobs. */
#ifndef REMIT_REPO_BASE_H
#define REMIT_REPO_BASE_H

#include "repo/repo.h"

/*
 * A checkout that is complete and stays while this struct holds its lock:
 *   dir/tree     the files of the tree, bytes as they are in the objects, without any filter
 *   dir/git      .git/index that matches dir/tree, so that git in a cage need not read the files
 * All files are as old as the commit that the checkout was made for, but a minute at least: a build
 * tool finds none of them newer than another.
 */
struct base {
	char *dir; /* absolute */
	char *tree; /* dir/tree */
	char *git; /* dir/git */
	int lock; /* shared lock; -1 when not held */
};

struct base_options {
	const char *bases; /* the cache: absolute path, created when missing */
	/* Above this the least recently used checkouts that nobody holds are removed; 0: never. */
	uint64_t max_bytes;
	void (*progress)(void *ctx, uint64_t done, uint64_t total); /* may be NULL */
	void *ctx;
};

/*
 * Takes the checkout of a commit's tree, making it when it is missing. Safe when many processes ask
 * for the same one at once and when one of them dies half way: a checkout is built beside the
 * cache and renamed into it when every byte of it is on disk.
 */
int base_get(struct repo *repo, const struct repo_commit *commit,
	const struct base_options *options, struct base *ret, struct err *err) MUST_USE;

/* Lets go of the lock. */
void base_done(struct base *base);

#endif
