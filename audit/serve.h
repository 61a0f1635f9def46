/* serve.h: the requests of logwire.h, answered. */
#ifndef REMIT_SERVE_H
#define REMIT_SERVE_H

#include "audit/log.h"

/*
 * Answers requests from one descriptor on another until the first one ends. Requests that wait at
 * the same time are one batch, with one sync. 0 at the end; -errno and a sentence when it can't go
 * on, in which case requests without an answer may be in the log or not. Trouble that concerns no
 * request is told to warn.
 */
int serve(struct log *l, int in, int out, void (*warn)(const struct err *err),
	struct err *err) MUST_USE;

#endif
