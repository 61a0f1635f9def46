/*
 * store.h: the files of one log. With PATH the log's directory as the caller gave it:
 *
 *     PATH/checkpoint, PATH/tile/...   the log itself: what anybody may copy, serve and verify
 *     PATH.journal                     what is durable of it first (journal.h)
 *     PATH.lock                        held by whoever writes
 *     PATH.new                         a file on its way to its name; for the holder of the lock
 */
#ifndef REMIT_STORE_H
#define REMIT_STORE_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

#define STORE_JOURNAL ".journal"
#define STORE_LOCK ".lock"
#define STORE_NEW ".new"
#define STORE_CHECKPOINT "checkpoint"

struct store {
	int parent; /* the directory that PATH lies in */
	int dir; /* PATH; -1 until store_enter */
	int lock; /* PATH.lock; -1 until store_open_lock */
	char *path; /* without slashes at its end */
	char *name; /* its last component */
};

/* parent, dir and lock closed */
#define STORE_INIT                                  \
	{                                           \
		.parent = -1, .dir = -1, .lock = -1 \
	}

/* Opens the parent. -EINVAL for a path that does not end in a name of its own. */
int store_open(const char *path, struct store *ret, struct err *err) MUST_USE;

/* Opens PATH itself; -ENOENT when there is none. */
int store_enter(struct store *s, struct err *err) MUST_USE;

/* The lock that every look at a log that may grow needs. flags: O_RDWR | O_CREAT, or O_RDONLY to look. */
int store_open_lock(struct store *s, int flags, struct err *err) MUST_USE;

/*
 * Takes it to write, waiting for as long as another process has it; or to look, among others who do, not waiting: then
 * -EBUSY.
 */
int store_lock(const struct store *s, struct err *err) MUST_USE;
int store_try_share(const struct store *s, struct err *err) MUST_USE;
void store_unlock(const struct store *s);

void store_close(struct store *s);
#define auto_store CLEANUP(store_close)

/* PATH and a suffix; the caller owns it. */
char *store_path(const struct store *s, const char *suffix) MUST_USE;

/* Opens PATH with that suffix, O_NOFOLLOW. */
int store_open_beside(const struct store *s, const char *suffix, int flags, int *ret_fd,
	struct err *err) MUST_USE;

/*
 * Writes a file below PATH, with the directories that it needs, so that a reader sees all of it or
 * what was there before. Not synced. Only for the holder of the lock.
 */
int store_put(const struct store *s, const char *path, const void *data, size_t len,
	struct err *err) MUST_USE;

/* The same for PATH with a suffix, mode 0600, synced with its name. */
int store_put_beside(const struct store *s, const char *suffix, const void *data, size_t len,
	struct err *err) MUST_USE;

/*
 * Reads a file beneath a log's directory, which an outsider may have written: no symlinks, only
 * regular files, -EFBIG above max bytes. -ENOENT leaves err alone: what is missing can be somewhere
 * else.
 */
int store_get(int dir, const char *path, size_t max, struct buf *out, struct err *err) MUST_USE;

/* Makes a file or a directory below PATH durable. Missing is -ENOENT, err left alone. */
int store_sync(const struct store *s, const char *path, struct err *err) MUST_USE;

/*
 * Makes a new file, whole or not at all, durably: -EEXIST rather than touching one that is there.
 */
int store_create(
	const char *path, mode_t mode, const void *data, size_t len, struct err *err) MUST_USE;

/* mkdir -p, each directory durable in its parent; of path, or of what path lies in. */
int store_make_dirs(const char *path, mode_t mode, struct err *err) MUST_USE;
int store_make_parents(const char *path, mode_t mode, struct err *err) MUST_USE;

/* Makes durable the names of all directories on the way to path, and its own: who made them may not have. */
int store_sync_way(const char *path, struct err *err) MUST_USE;

#endif
