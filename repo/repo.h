/* repo.h: the user's repository, opened to read objects and to move our own references. */
#ifndef REMIT_REPO_H
#define REMIT_REPO_H

#include "base/bind.h"

enum { REPO_ID_HEX = 40 };

struct repo;

/* A commit that a revision names. */
struct repo_commit {
	char id[REPO_ID_HEX + 1];
	char tree[REPO_ID_HEX + 1];
	char *branch; /* short name of the branch HEAD is on when it points here, else NULL */
	uint64_t time; /* committer's, seconds since 1970 */
};

void repo_commit_done(struct repo_commit *c);

/*
 * Opens the repository that dir is in (work tree, subdirectory, bare or linked worktree). Errors
 * name dir and say what to do: none there (-ENOENT), owned by somebody else (-EPERM), a format that
 * libgit2 does not know (-ENOTSUP).
 */
int repo_open(const char *dir, struct repo **ret, struct err *err) MUST_USE;
void repo_free(struct repo *repo);
DEFINE_CLEANUP(struct repo *, repo_free)
#define auto_repo CLEANUP(cleanup_repo_free)

/*
 * Resolves rev (NULL: HEAD) to a commit. An unborn branch or an empty repository has a sentence of
 * its own.
 */
int repo_resolve(
	struct repo *repo, const char *rev, struct repo_commit *ret, struct err *err) MUST_USE;

/* Absolute paths, borrowed: the work tree, NULL for a bare repository; the object directory. */
const char *repo_workdir(const struct repo *repo);
const char *repo_objects(const struct repo *repo);

/*
 * Bytes of a file in a tree, as they are stored. -ENOENT when there is none, -EINVAL when it is
 * anything but a file (a symlink is none), -EFBIG above max. tree is a hexadecimal id.
 */
int repo_read_file(struct repo *repo, const char *tree, const char *path, size_t max,
	struct buf *out, struct err *err) MUST_USE;

/*
 * Names of all entries, of whatever kind, directly in a directory of a tree ("" is the top), in
 * git's order. -ENOENT when there is no such directory, -ENOTDIR when it is something else.
 */
int repo_list_dir(struct repo *repo, const char *tree, const char *path, struct strs *ret_names,
	struct err *err) MUST_USE;

/*
 * Counts tracked files of the work tree that differ from HEAD or the index, and stops at max.
 * Untracked files don't count.
 */
int repo_count_dirty(struct repo *repo, uint64_t max, uint64_t *ret, struct err *err) MUST_USE;

#endif
