/*
 * gatewire.h: what the gate says to those that it works with, over sockets that keep messages apart.
 *
 * With the supervisor: at first that sends what listens in the cage from the beginning. Then the gate sends records and
 * asks for listeners, and waits for those. When the cage is over, the supervisor closes its half of the line.
 * With the resolver: names, and what they stand for.
 */
#ifndef REMIT_GATEWIRE_H
#define REMIT_GATEWIRE_H

#include "base/hostname.h"

#define GATE_OVER_BUDGET "over budget"

enum { WIRE_MAX_RECORD = 4096, WIRE_MAX_ADDRESSES = 8, WIRE_MAX_PORTS = 64 };

/* The first byte of a message of the gate's to the supervisor. */
enum gate_message {
	GATE_RECORD = 'r', /* a JSON object follows: an event with its "type" */
	GATE_LISTEN = 'l', /* a struct gate_listen is all of it */
	GATE_ASK =
		'w', /* a struct gate_ask is all of it: the answer is a JSON object of who that is */
	GATE_END = 'e', /* it has told everything */
};

/* Asks for sockets that listen on these ports of one address that stands for a name. */
struct gate_listen {
	unsigned char message; /* GATE_LISTEN */
	struct in6_addr address;
	uint32_t n;
	uint16_t ports[WIRE_MAX_PORTS];
};

/* Asks who in the cage has a socket with this port of its own. */
struct gate_ask {
	unsigned char message; /* GATE_ASK */
	unsigned char protocol; /* IPPROTO_TCP or IPPROTO_UDP */
	uint16_t port;
};

/* The supervisor's messages. Descriptors come with them, in the order in which they were asked for. */
struct gate_listeners {
	int32_t error; /* 0, or -errno: no descriptors came */
	uint32_t n;
};

/*
 * The first of these brings the resolver's sockets, UDP and TCP, and then for each port of each range of
 * addresses in the rules, in their order, one that listens on all of IPv4 or, for a range of IPv6, all of IPv6.
 */
enum { GATE_UDP, GATE_TCP, GATE_FIRST_RANGE };

/*
 * To the process that holds the secrets: one connection of the job's to the host of a credential; the socket comes with it.
 */
struct credential_connection {
	uint32_t ticket;
	char credential[HOSTNAME_MAX + 1]; /* its name in the plan */
	uint64_t most_out,
		most_in; /* bytes of bodies and heads that may pass; UINT64_MAX: no bound */
};

/* The first byte of its messages to the gate. */
enum credential_message {
	CREDENTIAL_READY = '+', /* all of the first, for who started it: it is confined */
	CREDENTIAL_RECORD =
		'r', /* a JSON object follows: an event, "connect" for a request or "denied" */
	CREDENTIAL_USED = 'u', /* a struct credential_used is all of it: more has passed */
	CREDENTIAL_END = 'e', /* the same, and this was the last of the connection */
};

struct credential_used {
	unsigned char message; /* CREDENTIAL_USED or CREDENTIAL_END */
	uint32_t ticket;
	uint64_t out, in; /* bytes that passed since the last of these */
};

/* No more than that passes on a connection between two of these. */
enum { CREDENTIAL_REPORT = 256 << 10 };

struct lookup_question {
	uint32_t ticket;
	struct hostname name;
};

struct lookup_address {
	struct in6_addr address;
	bool mapped; /* an IPv6 record that holds an IPv4 address */
};

struct lookup_answer {
	uint32_t ticket;
	int32_t error; /* 0, or -errno: -ENOENT when there is no such name, -EAGAIN when nobody could be asked */
	uint32_t n;
	struct lookup_address addresses[WIRE_MAX_ADDRESSES]; /* in the order in which to try them */
};

#endif
