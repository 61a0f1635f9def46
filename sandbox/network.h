/*
 * network.h: the cage's network namespace, with nothing but loopback in it.
 *
 * Making one takes the kernel as long as all that is mounted takes. So a helper makes it meanwhile, and init
 * moves over before it gives up the right to. Until then init, which runs nothing but our own code, is where
 * the supervisor is.
 */
#ifndef REMIT_SANDBOX_NETWORK_H
#define REMIT_SANDBOX_NETWORK_H

#include "sandbox/cage.h"

struct network {
	pid_t helper;
	int pidfd, ready; /* ready: a pipe with the helper's result */
};

/* Starts to make the namespace. Does not allocate. */
int network_begin(const struct cage *cage, struct network *ret, struct err *err) MUST_USE;

/* Waits until it is made, with loopback up where the plan has it, and moves into it. */
int network_join(struct network *n, struct err *err) MUST_USE;

/* Hands over to the supervisor what the gate needs: the namespace, and the sockets that listen from the beginning. */
int network_hand_over(const struct cage *cage, struct err *err) MUST_USE;

#endif
