/* local_only.h: libgit2, started without its network code. */
#ifndef REMIT_REPO_LOCAL_ONLY_H
#define REMIT_REPO_LOCAL_ONLY_H

#include "base/err.h"

/*
 * Starts libgit2 and sets the options that every use of it here relies on. To be paired with
 * local_only_stop; calls nest. Nothing of libgit2 runs before the first.
 */
int local_only_start(struct err *err) MUST_USE;
void local_only_stop(void);

#endif
