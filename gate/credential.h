/*
 * credential.h: connections to the host of a credential, which are handed to the process that holds the secrets.
 *
 * Its records go on to the supervisor. A copy of each socket stays here, so that a connection can be ended when its budget is
 * used up, or when that process dies.
 */
#ifndef REMIT_GATE_CREDENTIAL_H
#define REMIT_GATE_CREDENTIAL_H

#include "gate/conn.h"

/* Hears what comes over gate->credentials from now on. 0 or -errno. */
int credential_begin(struct gate *gate) MUST_USE;

/* Takes fd over. */
void credential_hand_over(struct gate *gate, int fd, const struct target *target);

/* Lets it tell the last, for a moment, and ends what is left. */
void credential_end(struct gate *gate);

#endif
