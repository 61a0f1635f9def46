/*
 * debugged.h: execs of threads that a debugger in the cage traces (gdb, strace).
 *
 * To such a thread we can't attach. The kernel stops it after the exec as well, but for the debugger, which could
 * rewrite its arguments before we have read them. So the debugger, one thread, is held first:
 *
 *   waiting ──debugger is stopped, or sleeps in a call other than ptrace()──► going ──► loaded, failed or gone
 *      └──it is gone, or does not stop──► denied      it is gone, or the program runs──┴──► escaped
 *
 * Nobody but the debugger can let the thread go on from that stop, or write to it. That it is that stop shows
 * in the system call that the thread is in: still the exec. If its arguments are as before, the exec has
 * failed; one that has not clears them. A program that no longer stands still is escaped: to be killed.
 *
 * Nobody tells us of such a stop: the caller comes back every millisecond.
 */
#ifndef REMIT_SANDBOX_DEBUGGED_H
#define REMIT_SANDBOX_DEBUGGED_H

#include <linux/seccomp.h>
#include <sys/types.h>

#include "base/base.h"

struct debugged;

enum debugged_what {
	DEBUGGED_GO, /* the kernel may go on with the exec */
	DEBUGGED_DENIED,
	DEBUGGED_LOADED,
	DEBUGGED_OVER, /* failed, or the process is gone */
	DEBUGGED_ESCAPED,
};

struct debugged_step {
	enum debugged_what what;
	uint64_t id; /* of the notification */
	pid_t pid;
};

struct debugged *debugged_new(void) MUST_USE;
void debugged_free(struct debugged *d);

/*
 * Takes on the exec that asks; *ret_debugger must then be attached to and told to stop. -EPERM where what
 * it loads could not be told; another error is the one that the exec is bound to end with. now is in ms.
 */
int debugged_begin(struct debugged *d, const struct seccomp_notif *n, uint64_t now,
	pid_t *ret_debugger) MUST_USE;

/* True when a thread that has stopped is such a debugger, which stays stopped. */
bool debugged_holds(struct debugged *d, pid_t tid, int status);

/* A thread that we traced is gone. */
void debugged_lost(struct debugged *d, pid_t tid);

/* True with something to do. After anything but DEBUGGED_GO the exec must be ended. */
bool debugged_next(struct debugged *d, uint64_t now, struct debugged_step *ret);

/* True when all that was read since DEBUGGED_LOADED is from a thread that stood still. */
bool debugged_is_sound(const struct debugged *d, uint64_t id);

void debugged_kill(const struct debugged *d, uint64_t id);

/* Forgets an exec. True when its debugger is stopped and needed no longer: with what waitpid said of its stop. */
bool debugged_end(struct debugged *d, uint64_t id, pid_t *ret_debugger, int *ret_status);

/* How long poll may wait, in ms; -1: for ever. */
int debugged_timeout(const struct debugged *d);

#endif
