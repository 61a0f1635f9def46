/* checkout.h: the files of a tree, written out. */
#ifndef REMIT_REPO_CHECKOUT_H
#define REMIT_REPO_CHECKOUT_H

#include "repo/view.h"

struct checkout {
	const struct view *view;
	uint32_t mtime; /* of every file, seconds since 1970 */
	void (*progress)(void *ctx, uint64_t done, uint64_t total); /* may be NULL */
	void *ctx;
};

struct checkout_result {
	uint64_t files;
	uint64_t bytes; /* what the disk holds for them, about */
	struct buf index; /* the bytes of a .git/index that matches */
};

/*
 * Writes a tree into the empty directory fd: blobs as they are, without any filter, with modes 0644
 * and 0755, symlinks, empty directories for submodules. Nothing that exists is opened or replaced,
 * so a tree that names a file twice, or goes through a symlink of its own, is an error; so are
 * names that git refuses.
 */
int checkout_run(const struct checkout *c, const git_oid *tree, int fd, struct checkout_result *ret,
	struct err *err) MUST_USE;

#endif
