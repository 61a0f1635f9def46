/* private_write.h: files of a .git that is being made, owned by whoever owns the workspace. */
#ifndef REMIT_REPO_PRIVATE_WRITE_H
#define REMIT_REPO_PRIVATE_WRITE_H

#include <sys/types.h>

#include "base/err.h"

struct private_dir {
	int fd; /* .git */
	uid_t uid;
	gid_t gid;
};

/*
 * Makes .git in the directory upper, where it must not exist, and opens it. The caller closes
 * d->fd.
 */
int private_open(int upper, struct private_dir *d, struct err *err) MUST_USE;

/* Both make the directories on the way. Paths are ours, relative to .git. */
int private_mkdir(const struct private_dir *d, const char *path, struct err *err) MUST_USE;
int private_put(const struct private_dir *d, const char *path, const char *data, size_t len,
	struct err *err) MUST_USE;

/*
 * Makes remit/N: links to what an object directory of the host holds, as the cage sees it at seen.
 */
int private_link_store(const struct private_dir *d, size_t n, const char *store, const char *seen,
	struct err *err) MUST_USE;

#endif
