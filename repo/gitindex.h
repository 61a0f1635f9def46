/* gitindex.h: a git index that lets git take files for unchanged without reading them. */
#ifndef REMIT_REPO_GITINDEX_H
#define REMIT_REPO_GITINDEX_H

#include <git2.h>

#include "base/buf.h"

/* One directory whose entries are being added. */
struct gitindex_dir {
	struct gitindex_dir *up;
	char *name;
	uint64_t files; /* in it and beneath it */
	uint64_t dirs; /* directly in it */
	struct buf cached; /* what the TREE extension says of what is beneath it */
};

struct gitindex {
	struct buf entries;
	uint32_t n;
	uint32_t mtime;
	struct gitindex_dir *dir;
	struct buf cached;
};

/*
 * mtime: seconds, the same for every file. Everything else about a file but its size is left out:
 * to be read with core.checkStat=minimal and core.trustctime=false.
 */
void gitindex_begin(struct gitindex *x, uint32_t mtime);

/* Entries come in git's order of trees. path is relative to the top; size in bytes. */
void gitindex_add(
	struct gitindex *x, const char *path, uint32_t mode, uint64_t size, const git_oid *id);

/* Around the entries of a directory other than the top. */
void gitindex_enter(struct gitindex *x, const char *name);
void gitindex_leave(struct gitindex *x, const git_oid *tree);

/* The bytes of the file: version 2 with a TREE extension (git's Documentation/gitformat-index). */
void gitindex_end(struct gitindex *x, const git_oid *tree, struct buf *out);

void gitindex_done(struct gitindex *x);
#define auto_gitindex CLEANUP(gitindex_done)

#endif
