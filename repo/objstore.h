/* objstore.h: an object directory of ours that takes new objects: the quarantine of a change. */
#ifndef REMIT_REPO_OBJSTORE_H
#define REMIT_REPO_OBJSTORE_H

#include "repo/view.h"

struct objstore;

/*
 * Objects are loose until there are loose_max of them; the next ones go into one pack, but for
 * large files, which are always loose because only loose objects can be streamed. dir is made when
 * missing.
 */
enum { OBJSTORE_LOOSE_MAX = 500, OBJSTORE_LARGE = 8 << 20 };
int objstore_open(
	const char *dir, size_t loose_max, struct objstore **ret, struct err *err) MUST_USE;

int objstore_write(struct objstore *s, git_object_t type, const void *data, size_t len,
	git_oid *ret, struct err *err) MUST_USE;

/*
 * A blob of exactly size bytes from fd, in memory that does not grow with it. -EIO when there are
 * fewer or more.
 */
int objstore_write_file(
	struct objstore *s, int fd, uint64_t size, git_oid *ret, struct err *err) MUST_USE;

/* Takes an object over from a view. */
int objstore_copy(
	struct objstore *s, const struct view *v, const git_oid *id, struct err *err) MUST_USE;

/* After the last object: nothing of a pack can be read before. */
int objstore_finish(struct objstore *s, struct err *err) MUST_USE;

void objstore_free(struct objstore *s);
DEFINE_CLEANUP(struct objstore *, objstore_free)
#define auto_objstore CLEANUP(cleanup_objstore_free)

#endif
