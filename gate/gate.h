/*
 * gate.h: the way from a cage to the names that its profile lists, and to nothing else.
 *
 * One thread; it waits for sockets alone. What a job connects to is a socket that listens in the cage's network
 * namespace on the address that stands for a name (book.h), for each port that a rule lists: nothing else answers there.
 */
#ifndef REMIT_GATE_GATE_H
#define REMIT_GATE_GATE_H

#include "base/plan.h"
#include "gate/book.h"
#include "gate/flow.h"
#include "gate/hello.h"
#include "gate/lookup.h"
#include "gate/loop.h"
#include "gate/record.h"

/* What was used of a budget. */
struct usage {
	const struct net_budget *budget;
	uint64_t at_once, connections, out, in;
};

struct conn;
struct handed;
struct listener;

struct gate {
	struct loop loop;
	struct plan_network network;
	struct book *book;
	struct lookups *lookups;
	struct hello_context *hellos; /* made for the first client that speaks TLS */
	struct pipes pipes;
	struct recorder recorder;
	struct usage job, *rules; /* as many as there are rules */
	struct conn *conns;
	size_t n_conns, most_conns; /* so that descriptors never run out */
	size_t n_listeners, most_listeners;
	struct listener *listeners;
	int credentials; /* the line to who takes over connections for a credential; -1: none */
	struct handed *handed; /* those that it has */
};

static inline const struct net_rule *gate_rules(const struct gate *gate)
{
	return gate->network.allow.v;
}

static inline struct usage *gate_usage(struct gate *gate, const struct net_rule *rule)
{
	return &gate->rules[rule - gate_rules(gate)];
}

#endif
