/*
 * routes.h: has the cage's loopback answer for the addresses that stand for names, and for ranges that a profile lists
 * (rtnetlink(7)). Nothing sent there leaves the cage: what listens is the gate's.
 */
#ifndef REMIT_SANDBOX_ROUTES_H
#define REMIT_SANDBOX_ROUTES_H

#include "base/plan.h"

/* In the network namespace that the caller is in, with the right to change it. Does not allocate. 0 or -errno. */
int routes_add(const struct plan_network *network) MUST_USE;

#endif
