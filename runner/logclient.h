/* logclient.h: the runner's line to remit-log, which alone holds the key. */
#ifndef REMIT_RUNNER_LOGCLIENT_H
#define REMIT_RUNNER_LOGCLIENT_H

#include <sys/types.h>

#include "base/logwire.h"
#include "base/record.h"
#include "runner/ctx.h"

struct logclient {
	pid_t pid; /* 0: not started */
	int in, out;
	struct buf heard; /* of its answers, not read yet */
	struct buf batch; /* entries that the next flush appends */
	uint64_t now; /* ms since 1970 for the records to come; set by the caller */
};

#define LOGCLIENT_INIT              \
	{                           \
		.in = -1, .out = -1 \
	}

/* Has remit-log get ready meanwhile, if there is a log. What goes wrong is for logclient_start() to say. */
void logclient_prepare(const struct ctx *ctx, struct logclient *c);

/*
 * Starts remit-log, unless it has been prepared, and waits until the log is open; makes the key and the
 * log first where there is none. To be stopped in any case.
 */
int logclient_start(const struct ctx *ctx, struct logclient *c, struct err *err) MUST_USE;

/* Adds a record to the batch. Its time is filled in. */
int logclient_add(struct logclient *c, const struct record *record, struct err *err) MUST_USE;

/*
 * Appends the batch: when this returns 0 every record in it is durable and under a signed checkpoint.
 * -EREMOTEIO: none of it is in the log. Any other error: it may be.
 */
int logclient_flush(struct logclient *c, struct logwire_answer *ret, struct err *err) MUST_USE;

/* Empties the batch. */
void logclient_forget(struct logclient *c);

/* Ends remit-log and waits for it. */
void logclient_stop(struct logclient *c);

/* Makes key, log and first record if there is no log yet; *ret_made says whether. */
int logclient_init(const struct ctx *ctx, bool *ret_made, struct err *err) MUST_USE;

#endif
