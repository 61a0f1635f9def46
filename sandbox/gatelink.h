/*
 * gatelink.h: the supervisor's side of the gate: it starts it, makes the sockets in the cage that it asks for, and puts
 * what it tells among the events. A gate that dies takes the cage with it; nothing gets out without one.
 */
#ifndef REMIT_SANDBOX_GATELINK_H
#define REMIT_SANDBOX_GATELINK_H

#include "base/event.h"
#include "base/fdpass.h"
#include "base/plan.h"
#include "base/gatewire.h"
#include "sandbox/asker.h"

/* What listens on the addresses of one name; NULL: nothing on that one. */
struct opening {
	struct gate_listen *ipv4, *ipv6;
};

struct gatelink {
	const struct plan_network *network;
	struct opening *openings; /* by the name's number */
	unsigned int n_openings;
	pid_t pid; /* 0: there is no gate */
	pid_t resolver; /* likewise */
	pid_t keeper; /* of the credentials; 0: there is none */
	int sock; /* -1: none, or it has ended */
	int netns; /* the cage's */
	int sockets[FDPASS_MAX]; /* what listens from the beginning, until all are there */
	size_t n_sockets, n_expected;
	uint64_t denied; /* attempts that it told of */
	struct askers askers;
	pid_t init; /* of the cage; 0: not known yet */
	bool ended; /* it has told everything */
};

#define GATELINK_INIT                   \
	{                               \
		.sock = -1, .netns = -1 \
	}

/* What listens from the beginning: the resolver's two, and one for each port of each range. */
size_t gatelink_sockets(const struct plan_network *network);

/* Makes the nth of those, in the network namespace that the caller is in. Does not allocate. fd or -errno. */
int gatelink_socket(const struct plan_network *network, size_t n) MUST_USE;

/* Starts program, and programs beside it, where the network has rules. secrets: a pipe with the credentials' values; -1: none. */
int gatelink_start(struct gatelink *g, const char *program, const struct plan_network *network,
	int secrets, struct err *err) MUST_USE;

/* Whether TCP to there finds somebody: the gate, on behalf of whom the job asked for. */
bool gatelink_listens(const struct gatelink *g, const struct in6_addr *address, uint16_t port);

/* Whether the cage has a route to there. */
bool gatelink_routes(const struct gatelink *g, const struct in6_addr *address);

/* init hands over the namespace, and then each of the sockets. Both take fd over. */
void gatelink_take_netns(struct gatelink *g, int fd);
int gatelink_take_socket(struct gatelink *g, int fd) MUST_USE;

/* Serves one message of the gate's. -EPIPE: it has ended; -EPROTO: it says what it never would; -EDQUOT: a budget was passed. */
int gatelink_serve(struct gatelink *g, struct events *events, uint64_t t_ms) MUST_USE;

/* Whether a child that has ended was one of these. Without the keeper of the credentials, their hosts can't be reached any more. */
bool gatelink_take_end(struct gatelink *g, pid_t pid);

/* The cage is over: takes what is left to tell, and sees the gate end. -EPIPE: it did not tell all, and may have died while the job ran. */
int gatelink_end(struct gatelink *g, struct events *events, uint64_t t_ms) MUST_USE;

#endif
