/* confine.h: what a process gives up before it parses the first byte that a job wrote. */
#ifndef REMIT_REPO_CONFINE_H
#define REMIT_REPO_CONFINE_H

#include <sys/types.h>

#include "base/err.h"

/* What is left open: descriptors are numbered from here on, in the order that they are given. */
enum { CONFINE_FIRST_FD = 3, CONFINE_MAX_FDS = 32 };

struct confine {
	pid_t parent; /* the process dies with it */
	int dir; /* becomes the working directory, and the only one there is to read or write */
	const int *fds;
	size_t n_fds; /* at most CONFINE_MAX_FDS */
};

/*
 * For a process that was forked for this, has one thread and never execs. Afterwards it has the
 * descriptors listed and /dev/null as standard ones, can open no file outside of dir (Landlock), has
 * no privilege and, as root, an id that nobody else has. Memory, files, processor time and time are
 * bounded. Any system call but those that files, memory and time need ends it (seccomp). -errno: then
 * the process must end.
 */
int confine_self(const struct confine *c) MUST_USE;

#endif
