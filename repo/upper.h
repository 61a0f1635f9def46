/* upper.h: an overlay's upper directory, read through descriptors, whatever a job made of it. */
#ifndef REMIT_REPO_UPPER_H
#define REMIT_REPO_UPPER_H

#include <sys/stat.h>

#include "base/bind.h"
#include "base/err.h"

/*
 * What a directory of the upper layer says of what lies below it (kernel: overlayfs, "whiteouts and
 * opaque directories").
 */
enum upper_kind {
	UPPER_MERGED, /* shows what lies below as well */
	UPPER_OPAQUE, /* hides it */
	UPPER_XWHITEOUTS, /* merged, and whiteouts may be marked files */
};

/*
 * Opens a directory or a regular file beneath dirfd, never through a symlink. Their owner may have
 * taken away his own permission to read: it is given back. -EACCES and -EPERM are left for what
 * even so can't be read.
 */
int upper_open_dir(int dirfd, const char *name, int *ret_fd) MUST_USE;
int upper_open_file(int dirfd, const char *name, int *ret_fd) MUST_USE;

/* The names in a directory, sorted as bytes. */
int upper_list(int fd, struct strs *out) MUST_USE;

/*
 * Reads the marks of an overlay. -ENOTSUP when it was mounted so that the upper layer alone is not
 * enough.
 */
int upper_read_kind(int fd, enum upper_kind *ret) MUST_USE;

/* The same of a file: true for a whiteout that is a marked file. */
int upper_read_whiteout(int fd, bool *ret) MUST_USE;

/* A whiteout as the kernel makes them: the character device 0:0. */
bool upper_is_whiteout(const struct stat *st);

#endif
