/* asker.h: which process of the cage has a socket with a given port, for the record of what was denied. */
#ifndef REMIT_SANDBOX_ASKER_H
#define REMIT_SANDBOX_ASKER_H

#include <sys/types.h>

#include "base/gatewire.h"

/* Processes that were seen to connect to the gate, the latest last. */
struct askers {
	pid_t pids[32]; /* 0: none */
	size_t next;
};

void askers_note(struct askers *askers, pid_t pid);

/* The one of them that has the socket; 0: none of them has, any more. init: any process in the cage's network. */
pid_t askers_find(const struct askers *askers, pid_t init, const struct gate_ask *ask) MUST_USE;

#endif
