/*
 * The job, from fork to exec. Each step takes something away; the filter that allows least is the last:
 *
 *   1. a session of its own, with the private pty as its terminal where there is one;
 *   2. pipes or the pty as 0, 1 and 2, and no other descriptor beyond exec;
 *   3. resource limits, working directory, default signals;
 *   4. Landlock;
 *   5. the filter that refuses, whose listener, when it reports, goes to the supervisor;
 *   6. the filter that allows what is allowed; then exec.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sandbox/cage.h"
#include "sandbox/control.h"
#include "sandbox/landlock.h"
#include "sandbox/seccomp.h"
#include "sandbox/weaken.h"

extern char **environ;

static int take_session(int slave, struct err *err)
{
	if (weakened("session"))
		return 0;
	if (setsid() < 0)
		return err_set(err, -errno, "start a session");
	if (slave >= 0 && ioctl(slave, TIOCSCTTY, 0) < 0)
		return err_set(err, -errno, "take the pty as terminal");
	return 0;
}

static int source_of(const struct cage *cage, int slave, int which)
{
	int fd = cage->io.job[which];

	if (fd == RELAY_TTY)
		return slave;
	return fd == RELAY_NULL ? open("/dev/null", O_RDONLY | O_CLOEXEC) : fd;
}

static int take_stdio(const struct cage *cage, int slave, struct err *err)
{
	for (int i = 0; i < RELAYS; i++) {
		int fd = source_of(cage, slave, i);

		if (fd < 0 || dup2(fd, i) < 0)
			return err_set(err, -errno, "set up descriptor %d", i);
	}
	if (!weakened("descriptors") && close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return err_set(err, -errno, "close descriptors");
	return 0;
}

static int limit(int what, uint64_t most, const char *name, struct err *err)
{
	struct rlimit now, wanted;

	if (getrlimit((unsigned int)what, &now) < 0)
		return err_set(err, -errno, "read the limit '%s'", name);
	wanted.rlim_max = most < now.rlim_max ? most : now.rlim_max;
	wanted.rlim_cur = wanted.rlim_max;
	if (setrlimit((unsigned int)what, &wanted) < 0)
		return err_set(err, -errno, "set the limit '%s'", name);
	return 0;
}

static int take_limits(const struct cage *cage, struct err *err)
{
	const struct plan_limits *l = &cage->plan.limits;
	const struct {
		int what;
		uint64_t most;
		const char *name;
	} limits[] = {
		{ RLIMIT_NPROC, l->processes, "processes" },
		{ RLIMIT_NOFILE, l->files, "files" },
		{ RLIMIT_FSIZE, l->disk, "disk" },
	};
	/* With 0 the kernel still hands a crashed process to a handler on the host, if it has one; with 1 it does not. */
	int r = limit(RLIMIT_CORE, weakened("core") ? 0 : 1, "core", err);

	if (r == 0 && !weakened("rtprio"))
		r = limit(RLIMIT_RTPRIO, 0, "rtprio",
			err); /* whoever outranks the supervisor has no limits */

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(limits); i++)
		if (limits[i].most && !weakened(limits[i].name))
			r = limit(limits[i].what, limits[i].most, limits[i].name, err);
	return r;
}

static int take_cwd(const struct cage *cage, struct err *err)
{
	if (chdir(cage->plan.cwd) < 0)
		return err_set(err, -errno, "enter the working directory '%s'", cage->plan.cwd);
	return 0;
}

static int reset_signals(struct err *err)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			signal(sig, SIG_DFL);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return err_set(err, -errno, "reset the signals");
	return 0;
}

/*
 * The supervisor attaches to us at exec, for which we must be open to it. There is nobody else in the
 * cage yet to whom that would matter; init stays closed.
 */
static int take_reporting_filter(const struct cage *cage, struct err *err)
{
	struct control msg = { .type = CONTROL_LISTENER };
	int listener, r;

	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return err_set(err, -errno, "open up to the supervisor");
	listener = seccomp_install_notify(&cage->report);
	if (listener < 0)
		return err_set(err, listener, "install the filter that reports");
	r = control_send(cage->control[1], &msg, listener);
	close(listener);
	return r < 0 ? err_set(err, r, "hand over the filter's listener") : 0;
}

static int take_filters(const struct cage *cage, struct err *err)
{
	int r = 0;

	if (cage->plan.trace == PLAN_TRACE_EXEC && !weakened("trace"))
		r = take_reporting_filter(cage, err);
	if (r < 0 || weakened("seccomp"))
		return r;
	r = seccomp_install(&cage->filter);
	return r < 0 ? err_set(err, r, "install the system call filter") : 0;
}

static int confine(struct cage *cage, int slave, struct err *err)
{
	int r = take_session(slave, err);

	if (r == 0)
		r = take_stdio(cage, slave, err);
	if (r == 0)
		r = take_cwd(cage, err);
	if (r == 0)
		r = reset_signals(err);
	if (r == 0)
		r = landlock_confine(cage, err);
	if (r == 0)
		r = take_limits(cage, err);
	return r < 0 ? r : take_filters(cage, err);
}

/* All is ready. Whoever holds the gate may still have to write down that the command starts. */
static int wait_for_gate(const struct cage *cage, struct err *err)
{
	char go;

	if (cage->start >= 0 && read(cage->start, &go, 1) != 1)
		return err_say(err, -ECANCELED, "the command was not to start");
	return 0;
}

/* What a shell says: 127 for a command that is not there, 126 for one that can't be run. */
static int exec_status(int error)
{
	return error == ENOENT || error == ENOTDIR ? 127 : 126;
}

_Noreturn void cage_job(struct cage *cage, int slave)
{
	struct err err = { "" };
	int status = CAGE_FAILED;
	int r = confine(cage, slave, &err);

	if (r == 0)
		r = wait_for_gate(cage, &err);
	if (r == 0) {
		if (!weakened("environment"))
			environ = cage->envp;
		execvp(cage->argv[0], cage->argv);
		r = -errno;
		status = exec_status(errno);
		r = err_set(&err, r, "run '%s'", cage->argv[0]);
	}
	control_fail(cage->control[1], status, &err);
}
