/* job_git.h: the files of a .git that a job may have written, read and never trusted. */
#ifndef REMIT_REPO_JOB_GIT_H
#define REMIT_REPO_JOB_GIT_H

#include <git2.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Where HEAD leads: through references and packed-refs. -EBADMSG for whatever is not plain. git is
 * the descriptor of .git.
 */
int job_git_head(int git, git_oid *ret) MUST_USE;

/* The file of one loose object, compressed as it is; -EFBIG above max. */
int job_git_read_loose(int git, const git_oid *id, size_t max, struct buf *out) MUST_USE;

/*
 * Opens the packs, for reading; *ret_n counts what is to be closed, also after an error. -EMFILE for
 * more than max of them, -EFBIG when they are too much altogether.
 */
int job_git_open_packs(int git, int *fds, size_t max, size_t *ret_n) MUST_USE;

#endif
