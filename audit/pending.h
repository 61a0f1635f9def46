/*
 * pending.h: files of a log on their way to their places. What is to be written to a log is made here first, in memory,
 * so that it can be judged before anything that is there is touched.
 */
#ifndef REMIT_PENDING_H
#define REMIT_PENDING_H

#include "audit/store.h"

struct pending_file {
	char *path;
	struct buf bytes;
};

struct pending {
	struct pending_file *v;
	size_t n, room;
	struct buf checkpoint; /* empty: the one that is there stays */
	/*
	 * The machine went down: partial files beside tiles that were filled after the log had this size may be torn,
	 * and are to go. UINT64_MAX: none are.
	 */
	uint64_t torn_from;
};

#define PENDING_INIT                    \
	{                               \
		.torn_from = UINT64_MAX \
	}

void pending_done(struct pending *p);
#define auto_pending CLEANUP(pending_done)

/* Adds a file with a copy of the bytes; not twice the same path. */
void pending_add(struct pending *p, const char *path, const void *data, size_t len);

/* Forgets the files that are beneath dir already, byte for byte, and makes the others ready for pending_find(). */
void pending_prune(struct pending *p, int dir);

/* The bytes that path is to have, borrowed; NULL when it stays as it is. */
const struct buf *pending_find(const struct pending *p, const char *path) MUST_USE;

/* True when nothing is to be written. */
bool pending_is_empty(const struct pending *p);

/* Puts them all in their places, not synced, and the checkpoint last. */
int pending_write(const struct pending *p, const struct store *s, struct err *err) MUST_USE;

#endif
