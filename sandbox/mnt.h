/* mnt.h: the mount calls of Linux 5.12 and later, on descriptors: no path is looked up twice. */
#ifndef REMIT_SANDBOX_MNT_H
#define REMIT_SANDBOX_MNT_H

#include "base/err.h"

struct mnt_option {
	const char *key, *value; /* value NULL: a flag */
};

/* A new file system, mounted nowhere yet. attr: MOUNT_ATTR_*. A descriptor or -errno. */
int mnt_new(const char *type, const struct mnt_option *options, size_t n, uint64_t attr) MUST_USE;

/* A detached copy of the mount at path, one that host mounts no longer spread to. A descriptor or -errno. */
int mnt_clone(int dirfd, const char *path, bool recursive) MUST_USE;

/* Adds attributes to a detached mount, and to all beneath it when recursive. */
int mnt_restrict(int mnt, uint64_t attr, bool recursive) MUST_USE;

/* Maps the owners of a detached mount through a user namespace. */
int mnt_map_ids(int mnt, int userns) MUST_USE;

/* Puts a detached mount on the file or directory that target, an O_PATH descriptor, stands for. */
int mnt_attach(int mnt, int target) MUST_USE;

#endif
