/* cagerun.h: one cage as the runner sees it: a child that is given a plan and leaves events and output behind. */
#ifndef REMIT_RUNNER_CAGERUN_H
#define REMIT_RUNNER_CAGERUN_H

#include <sys/types.h>

#include "base/plan.h"
#include "runner/ctx.h"

enum cagerun_stdio {
	CAGERUN_QUIET, /* no input; output goes to the file alone */
	CAGERUN_STREAM, /* no input; output is shown, too */
	CAGERUN_STREAM_ERR, /* the same, all of it on standard error */
	CAGERUN_CONNECTED /* our standard descriptors, a terminal included */
};

struct cagerun {
	pid_t pid;
	int lifeline; /* closed when we end, however we end: the cage ends then */
	int start; /* the command starts when this is written to; -1: it has */
	bool connected; /* with our terminal: what Ctrl-C means is the command's to say */
	char *events, *output; /* files */
};

#define CAGERUN_INIT                        \
	{                                   \
		.lifeline = -1, .start = -1 \
	}

/* Called every quarter of a second while the cage runs. */
struct cagerun_watch {
	void (*tick)(void *arg);
	void *arg;
};

/* What a cage is started from. */
struct cagerun_input {
	const char *plan; /* encoded */
	const char *dir; /* gets the files events.jsonl and output */
	int secrets; /* a pipe with the values of the plan's credentials; -1: none */
};

/* Starts remit-sandbox, which builds the cage up to the point where the command would start. */
int cagerun_start(const struct ctx *ctx, const struct cagerun_input *input,
	enum cagerun_stdio stdio, struct cagerun *ret, struct err *err) MUST_USE;

/*
 * Lets the command start and waits for the end of the cage; *ret_code is remit-sandbox's exit status. SIGTERM,
 * SIGHUP and SIGQUIT are handed on. So is a SIGINT to a command that is connected, unless the terminal has sent it
 * there already; any other command is asked to end by it, as by SIGTERM.
 */
int cagerun_wait(struct cagerun *run, const struct cagerun_watch *watch, int *ret_code,
	struct err *err) MUST_USE;

/* Ends the cage if it has not ended. */
void cagerun_done(struct cagerun *run);

#endif
