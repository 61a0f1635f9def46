/* dial.h: one connection to the first of several addresses that takes it (RFC 8305). */
#ifndef REMIT_GATE_DIAL_H
#define REMIT_GATE_DIAL_H

#include "gate/loop.h"
#include "base/gatewire.h"

enum { DIAL_HEAD_START_MS = 250, DIAL_PATIENCE_MS = 30000 };

struct dial;

struct attempt {
	struct source source; /* first */
	struct dial *dial;
	size_t address;
};

struct dial {
	struct loop *loop;
	struct in6_addr addresses[WIRE_MAX_ADDRESSES];
	size_t n, tried, open;
	uint16_t port;
	uint64_t until;
	int error; /* of the last that failed */
	struct timer timer; /* for the next to be tried, or the end of patience */
	struct attempt attempts[WIRE_MAX_ADDRESSES];
	/* fd is the connected socket, the caller's now; or -errno. Called once, never from dial_start. */
	void (*done)(struct dial *dial, int fd, const struct in6_addr *address);
};

/* Addresses are tried in their order, but families take turns. n is at least 1. */
void dial_start(struct dial *dial, struct loop *loop, const struct in6_addr *addresses, size_t n,
	uint16_t port);

/* Gives up; also after done. */
void dial_stop(struct dial *dial);

#endif
