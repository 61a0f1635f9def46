/*
 * keeper.h: the one process that holds secrets: a job speaks HTTP to it, and it speaks HTTPS with the secret to the host.
 *
 * One thread and one loop. A client is a connection of the job's, which the gate hands over; libmicrohttpd reads it. Each
 * request on it becomes one of libcurl's to the one host of the credential. Bodies go both ways through bounded queues; who can't
 * take any more makes the other side wait.
 */
#ifndef REMIT_CREDENTIAL_KEEPER_H
#define REMIT_CREDENTIAL_KEEPER_H

#include "base/gatewire.h"
#include "base/plan.h"
#include "credential/secrets.h"
#include "gate/lookup.h"
#include "gate/loop.h"

struct server;
struct upstream;

struct keeper {
	struct loop loop;
	struct plan_network network;
	struct secrets secrets;
	struct lookups *lookups;
	struct upstream **upstreams; /* one for each credential */
	struct server *server;
	uint64_t out, in; /* bytes that passed, of all credentials together */
	int line; /* the gate's */
};

/* A connection of the job's. */
struct client {
	struct source watch; /* first: a copy of the socket, to see the job leave */
	struct keeper *keeper;
	struct upstream *upstream;
	struct credential_connection from; /* what the gate said of it */
	int fd; /* the number that libmicrohttpd knows it by */
	struct request *request; /* the one that it waits for; NULL: none */
	size_t requests; /* that are not over */
	bool closed;
	uint64_t out, in; /* bytes that passed */
	uint64_t told_out, told_in; /* of these */
	struct task gone;
	struct client *prev, *next;
};

/* Counts; -EDQUOT when it was more than may be. */
int client_count(struct client *c, uint64_t out, uint64_t in) MUST_USE;

/* One request of it less is under way. */
void client_release(struct client *c);

/* Sends an event to the gate, and gives it away. */
void keeper_record(struct keeper *k, const char *type, json_t *fields);

#endif
