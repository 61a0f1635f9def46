/*
 * cage.h: one cage, from the plan to the last event.
 *
 * Three processes make a cage:
 *
 *   supervisor   outside. Reads the plan, relays input and output, holds the limits, traces. As root it
 *                gives up root for an unprivileged uid before anything else exists.
 *   init         pid 1 inside. Builds the root, gives up every privilege, starts the job, reaps.
 *   job          execs the command as the last step of its own confinement.
 *
 * init and job run our code on prepared data: after clone() neither allocates nor uses stdio.
 */
#ifndef REMIT_SANDBOX_CAGE_H
#define REMIT_SANDBOX_CAGE_H

#include <linux/filter.h>
#include <sys/types.h>

#include "base/event.h"
#include "base/plan.h"
#include "sandbox/launch.h"
#include "sandbox/relay.h"

/* A directory of the host that the workspace is made of, on its way into the cage. */
struct tree {
	const char *path;
	int mount; /* detached, id-mapped mount made by root; -1: init opens path itself */
};

enum { CAGE_MAX_TREES = 32 };

struct cage {
	struct plan plan;
	struct events events;
	int lifeline; /* readable or closed when whoever started us is gone; -1: none */
	int start; /* the command starts when a byte comes; -1: at once */

	const char *gate_program; /* borrowed */
	int secrets; /* values of the credentials, for who is started beside the gate; -1 */

	uid_t uid; /* host ids that the job runs under */
	gid_t gid;

	char **argv, **envp;
	struct sock_fprog report; /* the filter that tells the supervisor; empty without a trace */
	struct sock_fprog filter; /* the one that is installed last */

	struct tree trees[CAGE_MAX_TREES]; /* lower ..., job directory, expose ... */
	size_t n_trees, n_lower;
	char *job_dir; /* what upper and work lie in */
	const char *upper, *work; /* names in it; work NULL in a copy */
	int upper_fd; /* to measure what the job has written; -1: no workspace */

	struct relays io;
	int control[2]; /* [0] the supervisor's end, [1] that of init and job */
};

/* Fills in what follows from the plan: argv, envp, filters, trees. */
int cage_prepare(struct cage *cage, struct err *err) MUST_USE;
void cage_done(struct cage *cage);

/* Builds the cage, runs the command in it, and sees it end. Called once, by a process with one thread. */
int cage_run(struct cage *cage, struct outcome *ret, struct err *err) MUST_USE;

/* Everything that happens inside, from the first instruction of the clone; never returns. */
_Noreturn void cage_init(struct cage *cage);

/* The job's own part, from fork to exec; never returns. */
_Noreturn void cage_job(struct cage *cage, int slave);

/* Watches a started cage until its last process is gone. */
int cage_supervise(struct cage *cage, pid_t init, struct outcome *ret, struct err *err) MUST_USE;

#endif
