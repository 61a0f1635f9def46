/* control.h: what init and job tell the supervisor, before the command runs and after it has ended. */
#ifndef REMIT_SANDBOX_CONTROL_H
#define REMIT_SANDBOX_CONTROL_H

#include "base/err.h"

enum control_type {
	CONTROL_FAILED, /* the cage can't be built: text says why; value is the status to end with */
	CONTROL_TERMINAL, /* descriptor: master side of the private pty */
	CONTROL_DECOY, /* descriptor: decoy number value of the plan, open for reading */
	CONTROL_LISTENER, /* descriptor: seccomp notifications */
	CONTROL_JOB, /* descriptor: pidfd of the job, which is about to confine itself */
	CONTROL_NETWORK, /* descriptor: the cage's network namespace */
	CONTROL_SOCKET, /* descriptor: the next of what gatelink_socket makes */
	CONTROL_ENDED, /* value: wait status of the job; init is about to exit */
	CONTROL_TYPES
};

struct control {
	enum control_type type;
	int value;
	char text[1024];
};

/* Sends one message, and a copy of fd unless it is -1. */
int control_send(int sock, const struct control *msg, int fd) MUST_USE;

/*
 * Receives one message; *ret_fd is -1 or a descriptor that the caller owns. -EAGAIN; -EPIPE at the end; -EPROTO
 * for what is no message, or brings more than one descriptor: then none is left open.
 */
int control_receive(int sock, struct control *ret, int *ret_fd) MUST_USE;

/* Says why the cage can't be, or why the command can't run, and ends the process with status. */
_Noreturn void control_fail(int sock, int status, const struct err *err);

#endif
