/* lookup.h: asks the resolver process what an allowed name stands for. */
#ifndef REMIT_GATE_LOOKUP_H
#define REMIT_GATE_LOOKUP_H

#include "gate/loop.h"
#include "base/gatewire.h"

/* Part of whatever waits for an answer. */
struct lookup {
	void (*done)(struct lookup *lookup, const struct lookup_answer *answer);
	struct lookup *prev, *next; /* of those that wait for the same; NULL: not waiting */
};

struct lookups;

/* sock is the resolver's, and taken over. */
struct lookups *lookups_new(struct loop *loop, int sock);
void lookups_free(struct lookups *lookups);

/* The answer, if it is known; else NULL, and done is called once, later, unless the lookup is dropped before. */
const struct lookup_answer *lookup_ask(
	struct lookups *lookups, struct lookup *lookup, const char *name);
void lookup_drop(struct lookup *lookup);

#endif
