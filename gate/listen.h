/* listen.h: the sockets that answer in the cage. The supervisor makes them there. */
#ifndef REMIT_GATE_LISTEN_H
#define REMIT_GATE_LISTEN_H

#include "gate/gate.h"

/* Sees to it that the name can be connected to with IPv4 or IPv6. Waits for the supervisor. */
int listen_for(struct gate *gate, struct entry *entry, bool ipv4) MUST_USE;

/* Waits for what listens from the beginning: the resolver's two sockets are the caller's. */
int listen_begin(struct gate *gate, int *ret_udp, int *ret_tcp, struct err *err) MUST_USE;

void listen_end(struct gate *gate);

#endif
