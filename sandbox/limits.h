/* limits.h: the limits that are held by watching: time, silence, output and disk. */
#ifndef REMIT_SANDBOX_LIMITS_H
#define REMIT_SANDBOX_LIMITS_H

#include "base/json.h"
#include "base/plan.h"

struct limits {
	const struct plan_limits *plan;
	uint64_t started; /* all times in ms on the monotonic clock */
	uint64_t last_output;
	int upper; /* directory whose usage counts; -1: none */
	uint64_t disk_before; /* bytes in it before the job began */
	uint64_t disk_used; /* when it was last known */
	uint64_t depth; /* of its directories, as far as that is over TREE_MAX_DEPTH; else 0 */
	bool unknown; /* it can't be measured */
	uint64_t disk_next; /* when to look again */
	bool finished; /* the command has ended: time no longer counts */
};

/* A limit that was reached. */
struct limit_hit {
	const char *name;
	char text[32]; /* the limit, as a profile spells it */
	uint64_t limit;
	bool at_once; /* no time to end in peace: every moment makes it worse */
};

void limits_init(struct limits *l, const struct plan_limits *plan, int upper, uint64_t now);

void limits_note_output(struct limits *l, uint64_t now);

/* True when a limit is reached; says which. */
bool limits_check(struct limits *l, uint64_t now, uint64_t output, struct limit_hit *ret);

/* After the end: measures once more, and leaves only what can still be exceeded then, output and disk. */
void limits_finish(struct limits *l);

/* How long poll may wait until something must be looked at: ms, -1 for ever. l NULL, kill_at 0: nothing to look at. */
int limits_timeout(const struct limits *l, uint64_t now, uint64_t kill_at);

uint64_t limits_disk_used(const struct limits *l);

json_t *limits_encode(const struct limit_hit *hit) MUST_USE;

#endif
