/* results.h: what is known of past jobs. */
#ifndef REMIT_RUNNER_RESULTS_H
#define REMIT_RUNNER_RESULTS_H

#include "base/json.h"
#include "runner/ctx.h"

/* Names of all jobs, oldest first. */
int results_list(const struct ctx *ctx, struct strs *ret, struct err *err) MUST_USE;

/*
 * The job that name means: all of an id, a part of it that no other has, or the latest for NULL.
 * The caller owns the id.
 */
int results_find(const struct ctx *ctx, const char *name, char **ret_id, struct err *err) MUST_USE;

/*
 * The result of a job: {"job": ..., "state": ..., ...}, state being "decided", "failed", "running", "interrupted"
 * (its remit is gone) or "unreadable". What is not known of a job is left out.
 */
json_t *results_load(const struct ctx *ctx, const char *id) MUST_USE;

/* Writes the result of a job, whose directory is there. */
int results_write(
	const struct ctx *ctx, const char *id, const json_t *result, struct err *err) MUST_USE;

/* Removes all that a job's directory holds beside the result; or all of it. */
int results_clear(const struct ctx *ctx, const char *id, struct err *err) MUST_USE;
int results_remove(const struct ctx *ctx, const char *id, struct err *err) MUST_USE;

#endif
