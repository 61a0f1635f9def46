/* planner.h: from a profile and a command to a plan in which nothing is left open. */
#ifndef REMIT_RUNNER_PLANNER_H
#define REMIT_RUNNER_PLANNER_H

#include "runner/profile.h"

struct plan_request {
	const char *job; /* "" for a bare cage */
	const struct strs *command;
	const struct list *env; /* struct plan_env on top of the profile's; may be NULL */
	bool offline; /* a check: nothing but the cage's own loopback */
	bool observed; /* somebody wants the events: trace and decoys are worth their cost */
};

/*
 * Resolves everything but the workspace: paths and the links in them, environment, filters, Landlock's
 * ABI. What this host can't enforce is -ENOTSUP with the reason and the remedy. ret must be plan_init()ed.
 */
int planner_make(const struct ctx *ctx, const struct profile *profile,
	const struct plan_request *request, struct plan *ret, struct err *err) MUST_USE;

/* Lists a host path under a name in the cage, with every symlink on the way as itself. */
void planner_add_mount(
	struct plan *plan, const char *source, const char *target, enum plan_access access);

/* Puts mounts in the order of their targets, once each; the strictest access of two equal ones stays. */
void planner_sort_mounts(struct plan *plan);

/* The ABI of Landlock that will be in force: the kernel's, or the newest that we know. -errno. */
int planner_landlock_abi(void) MUST_USE;

enum { PLANNER_LANDLOCK_KNOWN = 7 };

#endif
