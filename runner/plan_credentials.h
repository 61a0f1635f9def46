/* plan_credentials.h: what a plan says of the credentials that its rules name. */
#ifndef REMIT_RUNNER_PLAN_CREDENTIALS_H
#define REMIT_RUNNER_PLAN_CREDENTIALS_H

#include "base/plan.h"
#include "runner/ctx.h"

/*
 * Once mounts and network are there. credentials: struct credential, as profile_load has checked them; their files of certificates
 * are read now. A secret's file that the job would see is -EINVAL.
 */
int plan_credentials(const struct ctx *ctx, const struct list *credentials, struct plan *plan,
	struct err *err) MUST_USE;

#endif
