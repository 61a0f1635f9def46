#include "sandbox/guard.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/io.h"
#include "sandbox/weaken.h"

enum { ROUNDS = 500 };

/* Keys and signals that end the supervisor must not end the guard, nor must writing from the background stop it. */
static void ignore_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTOU,
		SIGPIPE };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		signal(signals[i], SIG_IGN);
}

/* An end of one of the job's pipes, held here, would keep its reader waiting for ever. */
static void close_others(int keep)
{
	close_range(3, (unsigned int)keep - 1, 0);
	close_range((unsigned int)keep + 1, ~0U, 0);
}

/* The supervisor's end is the cage's, but not in the same moment: what the last of it still writes goes in the next round. */
static int remove_all(const char *path)
{
	const struct timespec moment = { .tv_nsec = 20000000 };
	int r = tree_remove(AT_FDCWD, path, NULL);

	for (int i = 0; r < 0 && i < ROUNDS && !weakened("guard-rounds"); i++) {
		nanosleep(&moment, NULL);
		r = tree_remove(AT_FDCWD, path, NULL);
	}
	return r;
}

/*
 * Until now it lay in a directory that only we enter. A setuid program that the job made in it is ours to run, and
 * nobody else's.
 */
static int keep(const struct launch_files *files)
{
	if (!weakened("private-save") && chmod(files->keep, 0700) < 0)
		return -1;
	return rename(files->keep, files->keep_as);
}

static _Noreturn void stand_guard(const struct guard *g, int pipe_end)
{
	char byte;
	size_t n;
	int failed;

	ignore_signals();
	close_others(pipe_end);
	failed = io_read_full(pipe_end, &byte, 1, &n);
	if (g->terminal >= 0 && tcsetattr(g->terminal, TCSANOW, &g->saved) < 0)
		failed = -errno;
	if (g->files->keep && keep(g->files) < 0)
		failed = -errno;
	if (g->files->remove && remove_all(g->files->remove) < 0)
		failed = -EIO;
	_exit(failed < 0);
}

static int fork_guard(struct guard *g, struct err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(err, -errno, "make a pipe");
	g->pid = fork();
	if (g->pid == 0) {
		close(ends[1]);
		stand_guard(g, ends[0]);
	}
	close(ends[0]);
	g->pipe = ends[1];
	return g->pid < 0 ? err_set(err, -errno, "start the guard") : 0;
}

int guard_start(struct guard *g, int terminal, const struct launch_files *files, struct err *err)
{
	*g = (struct guard){ .pipe = -1, .terminal = terminal, .files = files };
	if (terminal < 0 && !files->remove && !files->keep)
		return 0;
	if (terminal >= 0 && tcgetattr(terminal, &g->saved) < 0)
		return err_set(err, -errno, "read the terminal's settings");
	return fork_guard(g, err);
}

void guard_end(struct guard *g)
{
	if (g->pid <= 0)
		return;
	close(g->pipe);
	while (waitpid(g->pid, NULL, 0) < 0 && errno == EINTR)
		;
	g->pid = 0;
}
