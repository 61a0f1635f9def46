/* io.h: whole reads and writes on descriptors, and files named beneath a directory descriptor. */
#ifndef REMIT_IO_H
#define REMIT_IO_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Writes all of data, going on after EINTR and short writes. 0 or -errno. */
int io_write_all(int fd, const void *data, size_t len) MUST_USE;

/* Reads up to len bytes, going on after EINTR and short reads; *ret_len is less only at the end. */
int io_read_full(int fd, void *data, size_t len, size_t *ret_len) MUST_USE;

/* Appends to out everything up to the end; -EFBIG when there is more than max. */
int io_read_all(int fd, size_t max, struct buf *out) MUST_USE;

/*
 * Reads a regular file of at most max bytes. dirfd may be AT_FDCWD. Anything but a regular
 * file is -EINVAL: a fifo would hold the caller up.
 */
int file_read(int dirfd, const char *path, size_t max, struct buf *out, struct err *err) MUST_USE;

enum file_flags {
	FILE_SYNC = 1 << 0, /* durable, with its name, before the call returns */
	FILE_EXCL = 1 << 1, /* -EEXIST rather than replacing what is there */
};

/* Writes a file so that a reader sees all of it or what was there before. */
int file_write(int dirfd, const char *path, mode_t mode, const void *data, size_t len,
	unsigned int flags, struct err *err) MUST_USE;

/* Makes the name durable: what path, beneath dirfd, is called in the directory that it lies in. 0 or -errno. */
int file_sync_name(int dirfd, const char *path) MUST_USE;

/* flock(2), and on with it after a signal. 0 or -errno; -EBUSY: somebody has it, and LOCK_NB says not to wait. */
int file_lock(int fd, int how) MUST_USE;

/* mkdir -p. Existing directories are left as they are; -ENOTDIR where something else has the name. */
int dir_make(int dirfd, const char *path, mode_t mode, struct err *err) MUST_USE;

/* Opens a directory, O_NOFOLLOW. */
int dir_open(int dirfd, const char *path, int *ret_fd, struct err *err) MUST_USE;

/*
 * Removes a name and whatever is beneath it, in a tree that a hostile job may have written:
 * never follows a symlink, never leaves the file system, opens up directories of mode 0. Missing is no error.
 */
int tree_remove(int dirfd, const char *name, struct err *err) MUST_USE;

/*
 * openat2(2), close-on-exec. Never leaves dirfd: RESOLVE_BENEATH (-EXDEV) unless resolve, which may carry
 * further RESOLVE_* flags, has RESOLVE_IN_ROOT. fd or -errno.
 */
int open_beneath(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve) MUST_USE;

/* Directories one in the other that tree_usage looks into. */
enum { TREE_MAX_DEPTH = 256 };

/*
 * What the disk holds for everything beneath dirfd (blocks, each inode once a name), also in
 * directories of mode 0. -ELOOP for a tree deeper than TREE_MAX_DEPTH.
 */
int tree_usage(int dirfd, uint64_t *ret_bytes, uint64_t *ret_files) MUST_USE;

#endif
