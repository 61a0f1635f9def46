/* supervisor.h: what the supervisor of a cage knows, and what it says when the cage has ended. */
#ifndef REMIT_SANDBOX_SUPERVISOR_H
#define REMIT_SANDBOX_SUPERVISOR_H

#include <sys/resource.h>

#include "sandbox/cage.h"
#include "sandbox/decoys.h"
#include "sandbox/gatelink.h"
#include "sandbox/limits.h"
#include "sandbox/trace.h"
#include "sandbox/watchdog.h"

struct supervisor {
	struct cage *cage;
	pid_t init;
	bool init_gone;
	int signals; /* signalfd */
	struct decoys decoys;
	int job; /* pidfd, -1: not started */
	int status; /* wait status of the command; meaningful once ended */
	bool ended;
	int failure; /* status of the first CONTROL_FAILED, 0: none */
	struct err why;
	const char *stopped; /* what ended the cage early, NULL: nothing */
	uint64_t started; /* ms on the monotonic clock */
	uint64_t kill_at; /* when patience ends after SIGTERM; 0: not asked */
	bool interrupted; /* a first Ctrl-C was passed on */
	bool children; /* one of them may have something to tell */
	uint64_t trips;
	bool gate_lost; /* then the command's own success says nothing */
	struct limits limits;
	struct trace *trace;
	struct watchdog watchdog;
	struct gatelink gate;
	struct rusage usage;
};

/* What to exit with. */
int supervisor_status(const struct supervisor *s);

/* Best-effort limits that can't be held here, before the command starts. */
void supervisor_tell_unenforced(struct supervisor *s);

/* The last events, at t_ms. */
void supervisor_tell_end(struct supervisor *s, uint64_t t_ms);

#endif
