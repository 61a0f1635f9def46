/* answer.h: the cage's resolver, over UDP and TCP. */
#ifndef REMIT_GATE_ANSWER_H
#define REMIT_GATE_ANSWER_H

#include "gate/gate.h"

struct answerer;

/* Takes both sockets over. */
struct answerer *answerer_new(struct gate *gate, int udp, int tcp, struct err *err);
void answerer_free(struct answerer *answerer);

#endif
