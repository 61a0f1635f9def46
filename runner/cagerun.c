#include "runner/cagerun.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "base/io.h"
#include "base/path.h"
#include "base/proc.h"

enum { TICK_MS = 250 };

/* The numbers by which the child knows what it is given. */
enum {
	PLAN_FD = 3,
	EVENTS_FD = 4,
	OUTPUT_FD = 5,
	LIFELINE_FD = 6,
	START_FD = 7,
	SECRETS_FD = 8, /* the last: there may be none */
	N_FDS = 9
};

static int open_plan(const char *plan, int *ret_fd, struct err *err)
{
	auto_fd int fd = memfd_create("plan", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : io_write_all(fd, plan, strlen(plan));

	if (r < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_set(err, r < 0 ? r : -errno, "hand over the plan");
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int open_file(
	const char *dir, const char *name, char **ret_path, int *ret_fd, struct err *err)
{
	*ret_path = path_join(dir, name);
	*ret_fd = open(*ret_path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	return *ret_fd < 0 ? err_set(err, -errno, "create '%s'", *ret_path) : 0;
}

static int open_pipe(int *ret_read, int *ret_write, struct err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(err, -errno, "make a pipe");
	*ret_read = ends[0];
	*ret_write = ends[1];
	return 0;
}

static int start(const struct ctx *ctx, int fds[N_FDS], struct cagerun *run, struct err *err)
{
	char *argv[] = { ctx->sandbox, "run", "--plan", "3", "--events", "4", "--transcript", "5",
		"--lifeline", "6", "--start", "7", "--gate", ctx->gate,
		fds[SECRETS_FD] < 0 ? NULL : "--secrets", "8", NULL };
	struct proc_fd list[N_FDS];

	for (int i = 0; i < N_FDS; i++)
		list[i] = (struct proc_fd){ fds[i], i };
	return proc_start(
		ctx->sandbox, argv, NULL, list, N_FDS - (fds[SECRETS_FD] < 0), &run->pid, err);
}

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

int cagerun_start(const struct ctx *ctx, const struct cagerun_input *input,
	enum cagerun_stdio stdio, struct cagerun *ret, struct err *err)
{
	static const int standard[][3] = {
		[CAGERUN_QUIET] = { -1, -1, -1 },
		[CAGERUN_STREAM] = { -1, 1, 2 },
		[CAGERUN_STREAM_ERR] = { -1, 2, 2 },
		[CAGERUN_CONNECTED] = { 0, 1, 2 },
	};
	const int *s = standard[stdio];
	int fds[N_FDS] = { s[0], s[1], s[2], -1, -1, -1, -1, -1, input->secrets };
	int r;

	*ret = (struct cagerun)CAGERUN_INIT;
	ret->connected = stdio == CAGERUN_CONNECTED;
	r = open_plan(input->plan, &fds[PLAN_FD], err);
	if (r == 0)
		r = open_file(input->dir, "events.jsonl", &ret->events, &fds[EVENTS_FD], err);
	if (r == 0)
		r = open_file(input->dir, "output", &ret->output, &fds[OUTPUT_FD], err);
	if (r == 0)
		r = open_pipe(&fds[LIFELINE_FD], &ret->lifeline, err);
	if (r == 0)
		r = open_pipe(&fds[START_FD], &ret->start, err);
	if (r == 0)
		r = start(ctx, fds, ret, err);
	close_all(fds + PLAN_FD, SECRETS_FD - PLAN_FD);
	return r;
}

static int take_signals(sigset_t *before)
{
	static const int wanted[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		sigaddset(&set, wanted[i]);
	if (sigprocmask(SIG_BLOCK, &set, before) < 0)
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static void hand_on(const struct cagerun *run, int signals)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		int signal = (int)info.ssi_signo;
		bool seen = signal == SIGINT && info.ssi_code == SI_KERNEL;

		if (signal == SIGINT && !run->connected)
			kill(run->pid, SIGTERM);
		else if (signal != SIGCHLD && !seen)
			kill(run->pid, signal);
	}
}

static int wait_loop(
	struct cagerun *run, int signals, const struct cagerun_watch *watch, int *ret_code)
{
	struct pollfd p = { .fd = signals, .events = POLLIN };
	int status;

	for (;;) {
		pid_t pid = waitpid(run->pid, &status, WNOHANG);

		if (pid == run->pid) {
			run->pid = 0;
			*ret_code = WIFEXITED(status) ? WEXITSTATUS(status)
						      : 128 + WTERMSIG(status);
			return 0;
		}
		if (pid < 0 || (poll(&p, 1, watch->tick ? TICK_MS : -1) < 0 && errno != EINTR))
			return -errno;
		hand_on(run, signals);
		if (watch->tick)
			watch->tick(watch->arg);
	}
}

/* A cage that is gone already has its own reason. */
static int start_command(struct cagerun *run)
{
	int r = io_write_all(run->start, "", 1);

	cleanup_fd(&run->start);
	run->start = -1;
	return r == -EPIPE ? 0 : r;
}

int cagerun_wait(
	struct cagerun *run, const struct cagerun_watch *watch, int *ret_code, struct err *err)
{
	sigset_t before;
	auto_fd int signals = take_signals(&before);
	int r = signals < 0 ? signals : start_command(run);

	if (r == 0)
		r = wait_loop(run, signals, watch, ret_code);

	if (signals >= 0)
		sigprocmask(SIG_SETMASK, &before, NULL);
	return r < 0 ? err_set(err, r, "wait for the cage") : 0;
}

void cagerun_done(struct cagerun *run)
{
	int code;

	cleanup_fd(&run->start);
	cleanup_fd(&run->lifeline);
	if (run->pid > 0 && proc_wait(run->pid, &code) < 0)
		run->pid = 0;
	free(run->events);
	free(run->output);
	*run = (struct cagerun)CAGERUN_INIT;
}
