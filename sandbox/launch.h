/* launch.h: the way in: from a plan and a few descriptors to how its cage ended. */
#ifndef REMIT_SANDBOX_LAUNCH_H
#define REMIT_SANDBOX_LAUNCH_H

#include "base/plan.h"

/* What becomes of directories when the cage is gone, however it went. */
struct launch_files {
	const char *keep, *keep_as; /* renamed, first; NULL: nothing */
	const char *remove; /* removed; NULL: nothing */
};

struct launch {
	int events; /* gets the events; -1: nobody wants them */
	int transcript; /* gets a copy of the output; -1 */
	int lifeline; /* the cage ends when this can be read or is closed; -1 */
	int start; /* the command does not start before a byte can be read here; -1 */
	const char *gate; /* the program that is started where the plan has rules for the network */
	int secrets; /* a pipe with the values of the credentials; -1: none are named */
	struct launch_files files;
};

/* How a cage ended. */
struct outcome {
	int status; /* what to exit with */
	struct err why; /* empty when the command simply ended */
};

/* Status for a cage that could not be built. */
enum { CAGE_FAILED = 125 };

/*
 * Closes every descriptor but 0, 1, 2 and those of launch, and one more (keep, or -1), so that
 * nothing of the caller's reaches the cage. Standard descriptors that are closed become /dev/null.
 */
int launch_close_others(const struct launch *launch, int keep, struct err *err) MUST_USE;

/*
 * Builds the cage, runs the command, and returns when the last process in it is gone. Takes the plan over.
 * The calling process becomes the supervisor for good: as root it gives up root, and its signals
 * are blocked. To be called once, with one thread.
 */
int launch_cage(struct plan *plan, const struct launch *launch, struct outcome *ret,
	struct err *err) MUST_USE;

#endif
