/*
 * dirty.h: counts files with uncommitted changes in the user's checkout, for a note that the job does not see
 * them. It takes as long as the repository is large, so it is done beside the job and given up when that is faster.
 */
#ifndef REMIT_RUNNER_DIRTY_H
#define REMIT_RUNNER_DIRTY_H

#include <sys/types.h>

#include "base/base.h"

enum { DIRTY_MAX = 1000 }; /* nobody needs to know more exactly */

struct dirty {
	pid_t pid; /* 0: not started */
	int answer;
};

#define DIRTY_INIT           \
	{                    \
		.answer = -1 \
	}

/* Starts counting in a process of its own. Where that can't be, there will be no note. */
void dirty_start(struct dirty *d, const char *repo);

/* Has the counting end; what it came to, 0 if it is not done yet. */
uint64_t dirty_stop(struct dirty *d);

/* Waits for the process to be gone, which is no haste. */
void dirty_done(struct dirty *d);

#endif
