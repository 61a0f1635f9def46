/* credlink.h: starts the process that keeps the secrets of a cage, beside its gate. */
#ifndef REMIT_SANDBOX_CREDLINK_H
#define REMIT_SANDBOX_CREDLINK_H

#include <sys/types.h>

#include "base/plan.h"

/* Whether a rule names a credential. */
bool credlink_is_wanted(const struct plan_network *network);

/*
 * Starts remit-credential, which lies in dir, and waits until it is confined. plan: what a process is told of the network; secrets: a pipe with the values, or -1,
 * which is an error. *ret_line, the caller's, is the gate's end of the line between the two.
 */
int credlink_start(const char *dir, int plan, int secrets, pid_t *ret_pid, int *ret_line,
	struct err *err) MUST_USE;

#endif
