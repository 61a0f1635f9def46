#include "sandbox/seize.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <time.h>

#include "sandbox/weaken.h"

enum { PATIENCE_NS = 100000000 };

struct seizer {
	timer_t timer;
	sigset_t alarm;
	sigjmp_buf late;
};

/* After a signal the kernel goes on with this very call, whatever its handler wants: it has to be jumped out of. */
static void leave(int sig, siginfo_t *info, void *context)
{
	struct seizer *s = info->si_value.sival_ptr;

	(void)sig;
	(void)context;
	if (info->si_code == SI_TIMER)
		siglongjmp(s->late, 1);
}

int seizer_new(struct seizer **ret, struct err *err)
{
	struct sigaction act = { .sa_sigaction = leave, .sa_flags = SA_SIGINFO };
	auto_free struct seizer *s = xcalloc(1, sizeof(*s));
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGVTALRM,
		.sigev_value = { .sival_ptr = s } };

	sigemptyset(&s->alarm);
	sigaddset(&s->alarm, SIGVTALRM);
	if (sigaction(SIGVTALRM, &act, NULL) < 0 ||
		timer_create(CLOCK_MONOTONIC, &event, &s->timer) < 0)
		return err_set(err, -errno, "make a timer");
	*ret = steal_pointer(&s);
	return 0;
}

void seizer_free(struct seizer *s)
{
	if (s)
		timer_delete(s->timer);
	free(s);
}

static int set_timer(const struct seizer *s, long ns)
{
	const struct itimerspec when = { .it_value = { .tv_nsec = ns } };

	return timer_settime(s->timer, 0, &when, NULL) < 0 ? -errno : 0;
}

static int attach(const struct seizer *s, pid_t tid, unsigned long options)
{
	int r;

	sigprocmask(SIG_UNBLOCK, &s->alarm, NULL);
	r = ptrace(PTRACE_SEIZE, tid, 0, options) < 0 ? -errno : 0;
	sigprocmask(SIG_BLOCK, &s->alarm, NULL);
	return r;
}

/* An alarm that came too late must not be there the next time. */
static void stop_timer(const struct seizer *s)
{
	const struct timespec now = { 0 };

	(void)set_timer(s, 0);
	while (sigtimedwait(&s->alarm, NULL, &now) > 0)
		;
}

int seizer_attach(struct seizer *s, pid_t tid, unsigned long options)
{
	int r = weakened("seize-alarm") ? 0 : set_timer(s, PATIENCE_NS);

	if (r < 0)
		return r;
	r = sigsetjmp(s->late, true) ? -EAGAIN : attach(s, tid, options);
	stop_timer(s);
	return r;
}
