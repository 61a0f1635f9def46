/*
 * flow.h: bytes on their way from one socket to another, by splice(2): they are never copied to us.
 *
 * A flow has a pipe only while bytes are in it; empty ones lie in a pool.
 */
#ifndef REMIT_GATE_FLOW_H
#define REMIT_GATE_FLOW_H

#include "base/err.h"

enum { POOL_PIPES = 64 };

struct pipe {
	int ends[2];
	size_t size; /* bytes that it takes */
};

struct pipes {
	struct pipe free[POOL_PIPES];
	size_t n;
};

void pipes_done(struct pipes *pipes);

struct flow {
	struct pipes *pool;
	int from, to; /* sockets, not blocking; borrowed */
	struct pipe pipe; /* ends -1: none */
	size_t held; /* bytes in the pipe */
	bool ended; /* nothing more comes */
	bool closed; /* the end was handed on */
	uint64_t bytes, most; /* handed on, and the most that may be */
};

enum flow_state {
	FLOW_WAITS, /* for a socket to be ready */
	FLOW_MORE, /* it had its turn, and may go on */
	FLOW_OVER, /* all has been handed on */
};

void flow_init(struct flow *flow, struct pipes *pool, int from, int to);
void flow_done(struct flow *flow);

/* Moves what it can in one turn. enum flow_state, or -errno: -EDQUOT when there were more than most bytes. */
int flow_move(struct flow *flow) MUST_USE;

#endif
