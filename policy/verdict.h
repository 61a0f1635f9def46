/* verdict.h: the lattice of what may be done with a change, from strictest to weakest. */
#ifndef REMIT_VERDICT_H
#define REMIT_VERDICT_H

#include "base/base.h"

/* Zero is the strictest, so that what was never decided is denied. */
enum verdict { VERDICT_DENY, VERDICT_HUMAN, VERDICT_REVIEW, VERDICT_ALLOW };

/* "deny", "human", "review", "allow", ended by NULL. */
extern const char *const verdict_names[];

static inline enum verdict verdict_strictest(enum verdict a, enum verdict b)
{
	return a < b ? a : b;
}

/* Exit status of a command that ends with this verdict: 12, 11, 10, 0. */
int verdict_exit(enum verdict v);

#endif
