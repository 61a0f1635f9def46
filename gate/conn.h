/* conn.h: one connection of a job, from when the gate takes it to when it is recorded. */
#ifndef REMIT_GATE_CONN_H
#define REMIT_GATE_CONN_H

#include "gate/gate.h"

/* What a job connected to. */
struct target {
	const char *name; /* NULL: address is what it asked for */
	struct in6_addr address;
	uint16_t port;
	const struct net_rule *rule;
};

/* Takes fd over. */
void conn_start(struct gate *gate, int fd, const struct target *target);

/* Ends and records those that are left. */
void conn_end_all(struct gate *gate);

#endif
