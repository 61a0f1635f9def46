/* live.h: the one line that a terminal shows while a job runs. */
#ifndef REMIT_RUNNER_LIVE_H
#define REMIT_RUNNER_LIVE_H

#include "runner/ctx.h"

struct live {
	const struct ctx *ctx;
	bool on;
	uint64_t started;
	int events; /* the stream, read as it grows; -1 */
	int upper; /* what the job has changed; -1 */
	char tail[256]; /* the beginning of a line that is not complete */
	size_t tail_len;
	uint64_t programs, denied, files, next_count;
};

/* Shows nothing where standard error is no terminal. Takes no descriptor over. */
void live_start(struct live *l, const struct ctx *ctx, const char *events, const char *upper);

/* For cagerun_watch. */
void live_tick(void *arg);

/* Shows a step of remit's own: "checking out 1200 of 50000 files". */
void live_say(struct live *l, const char *fmt, ...) PRINTF(2, 3);

/* Clears the line. */
void live_stop(struct live *l);

#endif
