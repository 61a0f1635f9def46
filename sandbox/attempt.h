/* attempt.h: one refused attempt, as a denied event describes it. */
#ifndef REMIT_SANDBOX_ATTEMPT_H
#define REMIT_SANDBOX_ATTEMPT_H

#include <linux/seccomp.h>

#include "base/json.h"
#include "base/plan.h"
#include "sandbox/gatelink.h"

/* A program that the job's own debugger would have started. */
json_t *attempt_exec(pid_t pid) MUST_USE;

/* A call that the profile refuses, and the error that it gets. */
json_t *attempt_syscall(const struct seccomp_notif *n, int error) MUST_USE;
int attempt_error(const struct seccomp_notif *n);

/*
 * A connection, or a datagram to an address, that can lead nowhere in this cage; NULL for one that
 * may be. The address is read once, for the record only: what the kernel does with the call it
 * decides by itself, since it has no route out.
 */
json_t *attempt_connect(
	const struct seccomp_notif *n, const struct plan *plan, struct gatelink *gate) MUST_USE;

#endif
