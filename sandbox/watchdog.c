#include "sandbox/watchdog.h"

#include <signal.h>

#include "sandbox/weaken.h"

/* Long enough for a slow disk that events are written to. */
enum { PATIENCE_S = 60, SHORT_PATIENCE_S = 2 };

int watchdog_init(struct watchdog *w, struct err *err)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL };

	if (timer_create(CLOCK_MONOTONIC, &event, &w->timer) < 0)
		return err_set(err, -errno, "make a timer");
	return 0;
}

void watchdog_done(struct watchdog *w)
{
	timer_delete(w->timer);
}

static int set_timer(const struct watchdog *w, time_t s, struct err *err)
{
	const struct itimerspec when = { .it_value = { .tv_sec = s } };

	if (timer_settime(w->timer, 0, &when, NULL) < 0)
		return err_set(err, -errno, "set a timer");
	return 0;
}

int watchdog_watch(const struct watchdog *w, struct err *err)
{
	if (weakened("watchdog"))
		return 0;
	return set_timer(w, weakened("short-patience") ? SHORT_PATIENCE_S : PATIENCE_S, err);
}

int watchdog_rest(const struct watchdog *w, struct err *err)
{
	return set_timer(w, 0, err);
}
