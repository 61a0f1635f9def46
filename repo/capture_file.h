/* capture_file.h: the bytes of one file of a job as a blob. */
#ifndef REMIT_REPO_CAPTURE_FILE_H
#define REMIT_REPO_CAPTURE_FILE_H

#include <sys/stat.h>

#include "repo/idmap.h"
#include "repo/objstore.h"

/*
 * How much more than is on disk all files together may hold: a file of holes costs a job nothing.
 */
#define CAPTURE_MAX_HOLES (UINT64_C(4) << 30)

struct capture_files {
	const struct view *view; /* the base's objects */
	struct objstore *store;
	bool overlay; /* files are those of an overlay's upper layer */
	uint64_t holes;
	struct idmap inodes; /* files of several names that were read already */
	struct buf data;
};

void capture_files_done(struct capture_files *f);

/* One regular file as it was found. */
struct capture_source {
	int dirfd;
	const char *name;
	struct stat st;
	const git_oid *base; /* the blob that the base has under this name, or NULL */
};

/*
 * Stores the file unless it is the base's blob; *ret is its name. *ret_why is a reason why a file
 * can't be captured (then it is not), or NULL.
 */
int capture_file(struct capture_files *f, const struct capture_source *source, git_oid *ret,
	const char **ret_why, struct err *err) MUST_USE;

#endif
