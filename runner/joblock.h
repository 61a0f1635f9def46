/*
 * joblock.h: who holds the lock of a job is alive. STATE/running/ID is there from before the job's directory is
 * made until nothing but its result is left of it, so what dead jobs left is found without a look at all jobs.
 */
#ifndef REMIT_RUNNER_JOBLOCK_H
#define REMIT_RUNNER_JOBLOCK_H

#include "runner/ctx.h"

/* Takes the lock of a new job. -EEXIST: there is a lock of that name, held or not. */
int joblock_take(const struct ctx *ctx, const char *id, int *ret_fd, struct err *err) MUST_USE;

/* Takes the lock of a job whose holder is dead. -EBUSY: it lives. -ENOENT: there is none. */
int joblock_seize(const struct ctx *ctx, const char *id, int *ret_fd) MUST_USE;

/* Removes the lock and lets go of it: nothing is left to be done. One that can't be removed is that of a dead job. */
void joblock_drop(const struct ctx *ctx, const char *id, int *fd);

/* Whether somebody lives who holds it. */
bool joblock_is_held(const struct ctx *ctx, const char *id);

/* Names of all jobs that have a lock, held or not. */
int joblock_list(const struct ctx *ctx, struct strs *ret, struct err *err) MUST_USE;

#endif
