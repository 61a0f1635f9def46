/* stores.h: object directories, and no others, as one database of libgit2. */
#ifndef REMIT_REPO_STORES_H
#define REMIT_REPO_STORES_H

#include <git2.h>

#include "base/bind.h"

/*
 * libgit2 of its own follows whatever info/alternates says, and by other rules than git; here only
 * the directories listed are read, the first of them first. 0 or an error code of libgit2.
 */
int stores_open(const struct strs *dirs, git_odb **ret) MUST_USE;

/* Adds one more. */
int stores_add(git_odb *odb, const char *dir, int priority) MUST_USE;

#endif
