/* git.h: what this folder shares of libgit2: the open repository, cleanups, errors, ids. */
#ifndef REMIT_REPO_GIT_H
#define REMIT_REPO_GIT_H

#include <git2.h>

#include "repo/repo.h"

/* Directories nest no deeper than this in anything that is read or written here. */
enum { REPO_MAX_DEPTH = 256 };

struct repo {
	git_repository *git;
	char *name; /* as the caller named it, for messages */
	char *workdir; /* NULL for a bare repository */
	char *objects;
	struct strs stores; /* objects without symlinks, and its alternates */
};

/* err_say with what libgit2 has to say of its own error code; returns the -errno nearest to it. */
int repo_fail(struct err *err, int code, const char *fmt, ...) PRINTF(3, 4);

/* Exactly REPO_ID_HEX hexadecimal digits. */
int repo_parse_id(const char *hex, git_oid *ret, struct err *err) MUST_USE;

/* Kinds of git modes. */
static inline bool mode_is(uint32_t mode, uint32_t kind)
{
	return (mode & 0170000) == (kind & 0170000);
}

DEFINE_CLEANUP(git_tree *, git_tree_free)
DEFINE_CLEANUP(git_tree_entry *, git_tree_entry_free)
DEFINE_CLEANUP(git_commit *, git_commit_free)
DEFINE_CLEANUP(git_object *, git_object_free)
DEFINE_CLEANUP(git_odb *, git_odb_free)
DEFINE_CLEANUP(git_odb_object *, git_odb_object_free)
DEFINE_CLEANUP(git_odb_stream *, git_odb_stream_free)
DEFINE_CLEANUP(git_reference *, git_reference_free)
DEFINE_CLEANUP(git_reference_iterator *, git_reference_iterator_free)
DEFINE_CLEANUP(git_signature *, git_signature_free)
DEFINE_CLEANUP(git_diff *, git_diff_free)
DEFINE_CLEANUP(git_indexer *, git_indexer_free)
DEFINE_CLEANUP(git_config *, git_config_free)
DEFINE_CLEANUP(git_config_iterator *, git_config_iterator_free)
#define auto_git_tree CLEANUP(cleanup_git_tree_free)
#define auto_git_entry CLEANUP(cleanup_git_tree_entry_free)
#define auto_git_commit CLEANUP(cleanup_git_commit_free)
#define auto_git_object CLEANUP(cleanup_git_object_free)
#define auto_git_odb CLEANUP(cleanup_git_odb_free)
#define auto_git_blob CLEANUP(cleanup_git_odb_object_free)
#define auto_git_stream CLEANUP(cleanup_git_odb_stream_free)
#define auto_git_reference CLEANUP(cleanup_git_reference_free)
#define auto_git_refs CLEANUP(cleanup_git_reference_iterator_free)
#define auto_git_signature CLEANUP(cleanup_git_signature_free)
#define auto_git_diff CLEANUP(cleanup_git_diff_free)
#define auto_git_indexer CLEANUP(cleanup_git_indexer_free)
#define auto_git_config CLEANUP(cleanup_git_config_free)
#define auto_git_settings CLEANUP(cleanup_git_config_iterator_free)
#define auto_git_buf CLEANUP(git_buf_dispose)

#endif
