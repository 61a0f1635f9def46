/* commits_child.h: the half of commits.c that reads what a job wrote, in its own process. */
#ifndef REMIT_REPO_COMMITS_CHILD_H
#define REMIT_REPO_COMMITS_CHILD_H

#include "repo/view.h"

/*
 * What goes through the pipe for each commit, its author and message behind it. An empty id: the
 * end, nothing was left out.
 */
struct commits_sent {
	git_oid id;
	uint32_t author, message; /* lengths */
};

enum { COMMITS_MAX_AUTHOR = 1024 };

struct commits_job {
	const struct view *view; /* the user's objects */
	int git; /* the job's .git */
	const char *objects; /* an object directory of ours, empty */
	git_oid head, base;
	int out;
};

/* Takes limits upon the process, and sends. 0, or -1 where something could not be read. */
int commits_send(const struct commits_job *job);

#endif
