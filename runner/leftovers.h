/* leftovers.h: what is put right for jobs whose remit died before they ended. */
#ifndef REMIT_RUNNER_LEFTOVERS_H
#define REMIT_RUNNER_LEFTOVERS_H

#include "runner/logclient.h"

/*
 * For every job whose lock nobody holds: records job.stopped if the log knows it as begun and not as ended,
 * says so in its result, and removes the rest, all of it for a job that was never recorded. May run in many
 * processes at once. What can't be done now stays as it is for the next time.
 */
int leftovers_clear(const struct ctx *ctx, struct err *err) MUST_USE;

/* Appends job.stopped; actor may be NULL. */
int leftovers_record_stopped(struct logclient *log, const char *id, json_t *actor, const char *why,
	struct err *err) MUST_USE;

#endif
