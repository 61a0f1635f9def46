/* secret_command.h: a command that prints a secret. */
#ifndef REMIT_RUNNER_SECRET_COMMAND_H
#define REMIT_RUNNER_SECRET_COMMAND_H

#include "runner/ctx.h"

enum { SECRET_COMMAND_MS = 30000 };

/*
 * Runs it with /bin/sh, without input, and puts what it prints, at most size bytes, to out, of which *ret_len are filled.
 * -ETIMEDOUT after SECRET_COMMAND_MS; -EFBIG when there was more; -EIO when it failed. Its standard error is ours.
 */
int secret_command_run(const struct ctx *ctx, const char *command, char *out, size_t size,
	size_t *ret_len, struct err *err) MUST_USE;

#endif
