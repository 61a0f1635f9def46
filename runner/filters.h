/* filters.h: compiled system call filters, made once for each profile and kept. */
#ifndef REMIT_RUNNER_FILTERS_H
#define REMIT_RUNNER_FILTERS_H

#include "base/plan.h"
#include "runner/ctx.h"

/*
 * Fills in what a plan says of seccomp. profile is "default" or the path of an OCI profile; what the
 * shipped profile refuses stays refused. A compiled pair is kept in the state directory for as long as none of the
 * files changes that it was made from; where nothing can be kept, it is made again each time.
 */
int filters_get(const struct ctx *ctx, const char *profile, bool notify, struct plan_seccomp *ret,
	struct err *err) MUST_USE;

#endif
