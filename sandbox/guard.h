/* guard.h: a process that outlives the supervisor by a moment and puts right what it left behind. */
#ifndef REMIT_SANDBOX_GUARD_H
#define REMIT_SANDBOX_GUARD_H

#include <sys/types.h>
#include <termios.h>

#include "sandbox/launch.h"

/*
 * The guard waits for the end of a pipe that the supervisor holds, so it notices however the
 * supervisor ends, by SIGKILL too. Then it restores the terminal, keeps what is to be kept and removes the rest.
 */
struct guard {
	pid_t pid; /* 0: there is nothing to guard */
	int pipe;
	int terminal; /* -1: none */
	struct termios saved;
	const struct launch_files *files;
};

/* Starts the guard if terminal (or -1) or files give it something to do. */
int guard_start(
	struct guard *g, int terminal, const struct launch_files *files, struct err *err) MUST_USE;

/* Lets the guard do its work and waits until it is done. */
void guard_end(struct guard *g);

#endif
