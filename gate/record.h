/* record.h: tells the supervisor what happened, which puts it among the events. */
#ifndef REMIT_GATE_RECORD_H
#define REMIT_GATE_RECORD_H

#include <sys/socket.h>

#include "base/json.h"

struct recorder {
	int sock; /* the supervisor's */
	json_t *denied; /* what was denied already, and how often since it was told */
};

void recorder_init(struct recorder *r, int sock);

/* Tells what was denied again and again, with its counts. */
void recorder_done(struct recorder *r);

/* The last that is told: there is nothing more to tell. */
void recorder_end(struct recorder *r);

/* Gives fields away. A supervisor that can't be told ends the gate: what can't be recorded must not go on. */
void record(struct recorder *r, const char *type, json_t *fields);

/* The socket of the job's at the other end. */
struct peer {
	unsigned char protocol; /* IPPROTO_*; 0: there is none */
	uint16_t port;
};

struct peer peer_of(int protocol, const struct sockaddr_storage *address);

/* Of a TCP socket that was accepted. */
struct peer peer_of_socket(int fd);

/*
 * The same for what a job was denied: told when it happens first, with who it was, and how often it was repeated at
 * the end. What is past the first 1,024 different denials is told without name, address and port.
 */
void record_denied(struct recorder *r, json_t *fields, struct peer peer);

#endif
