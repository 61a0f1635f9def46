/*
 * watchdog.h: the kernel's promise to end the supervisor, and with it the cage, should it ever come to wait for
 * something but the next event: a limit that nobody looks at is none.
 */
#ifndef REMIT_SANDBOX_WATCHDOG_H
#define REMIT_SANDBOX_WATCHDOG_H

#include <time.h>

#include "base/err.h"

struct watchdog {
	timer_t timer;
};

int watchdog_init(struct watchdog *w, struct err *err) MUST_USE;
void watchdog_done(struct watchdog *w);

/* The calling process is killed unless watchdog_rest is called within a minute. */
int watchdog_watch(const struct watchdog *w, struct err *err) MUST_USE;
int watchdog_rest(const struct watchdog *w, struct err *err) MUST_USE;

#endif
