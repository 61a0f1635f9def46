/* job_git.h: the files of a .git that a job may have written, read and never trusted. */
#ifndef REMIT_REPO_JOB_GIT_H
#define REMIT_REPO_JOB_GIT_H

#include <git2.h>

#include "base/err.h"

/*
 * Where HEAD leads: through references and packed-refs. -EBADMSG for whatever is not plain. git is
 * the descriptor of .git.
 */
int job_git_head(int git, git_oid *ret) MUST_USE;

/* Copies one loose object, if it is there and small, into objects, a directory of ours. */
int job_git_copy_loose(int git, const git_oid *id, const char *objects) MUST_USE;

/*
 * Copies the packs into objects/pack, which is there, and indexes them anew. -EFBIG when they are
 * too much altogether.
 */
int job_git_copy_packs(int git, const char *objects) MUST_USE;

#endif
