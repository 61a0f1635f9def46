/* ctx.h: what main found out about the world, handed to every command: paths, environment, clock, terminal. */
#ifndef REMIT_RUNNER_CTX_H
#define REMIT_RUNNER_CTX_H

#include "base/bind.h"

struct ctx {
	char **env; /* the environment that we were started with */
	uint64_t (*now_ms)(void); /* since 1970 */
	uint64_t (*tick_ms)(void); /* monotonic, for durations */

	char *home;
	char *state; /* see DESIGN, State */
	char *config; /* the user's configuration directory */
	char *share; /* shipped profiles and policies */
	char *sandbox; /* our programs */
	char *log;
	char *gate;

	bool json; /* --json: one document on standard output, nothing else */
	bool terminal; /* standard error is a terminal: progress may be shown */
	bool screen; /* standard output is a terminal: nothing that a job wrote may control it */
	unsigned int columns; /* of the terminal that standard output is, else 100 */
	bool colour; /* standard output is one, and NO_COLOR is not set */
};

/* A variable of the environment that we were started with, or NULL. */
const char *ctx_env(const struct ctx *ctx, const char *name);

/* Wipes a variable's value where the kernel shows it too, and takes it out: no child gets it. */
void ctx_forget_env(const struct ctx *ctx, const char *name);

/* Who we are, by the kernel's word: login name, or the number of the user. The caller owns it. */
char *ctx_user(void) MUST_USE;

/* A path in the state directory; the caller owns it. */
char *ctx_state(const struct ctx *ctx, const char *name) MUST_USE;

/*
 * Before anything is written there: a state directory that somebody else owns, or that everybody may write to, is
 * no place for a log. 0 where there is none yet; -EPERM, and what to do about it.
 */
int ctx_check_state(const struct ctx *ctx, struct err *err) MUST_USE;

/* Where configuration is looked for, the strongest first: /etc/remit, the user's, what is shipped. Borrowed. */
enum { CTX_CONFIGS = 3 };
const char *ctx_config(const struct ctx *ctx, int which);

#endif
