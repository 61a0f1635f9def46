#include "base/proc.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#include "base/io.h"

extern char **environ;

void proc_reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGCHLD, SIG_DFL);
}

static int add_fd(posix_spawn_file_actions_t *a, const struct proc_fd *fd)
{
	if (fd->from < 0)
		return posix_spawn_file_actions_addopen(a, fd->to, "/dev/null", O_RDWR, 0);
	return posix_spawn_file_actions_adddup2(a, fd->from, fd->to);
}

static bool is_listed(const struct proc_fd *fds, size_t n, int fd)
{
	for (size_t i = 0; i < n; i++)
		if (fds[i].to == fd)
			return true;
	return false;
}

/* What whoever started us left open is nothing that the child is to have. */
static int close_others(posix_spawn_file_actions_t *a, const struct proc_fd *fds, size_t n)
{
	int r = 0, end = STDERR_FILENO + 1;

	for (size_t i = 0; i < n; i++)
		if (fds[i].to >= end)
			end = fds[i].to + 1;
	for (int fd = STDERR_FILENO + 1; r == 0 && fd < end; fd++)
		if (!is_listed(fds, n, fd))
			r = posix_spawn_file_actions_addclose(a, fd);
	return r ? r : posix_spawn_file_actions_addclosefrom_np(a, end);
}

static int spawn(const char *path, char *const argv[], char *const env[], const struct proc_fd *fds,
	size_t n_fds, const posix_spawnattr_t *attr, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r)
		return -r;
	for (size_t i = 0; r == 0 && i < n_fds; i++)
		r = add_fd(&actions, &fds[i]);
	if (r == 0)
		r = close_others(&actions, fds, n_fds);
	if (r == 0)
		r = posix_spawn(ret_pid, path, &actions, attr, argv, env ? env : environ);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* The child starts with the default dispositions and no signal blocked, whatever we do. */
static int spawn_clean(const char *path, char *const argv[], char *const env[],
	const struct proc_fd *fds, size_t n_fds, pid_t *ret_pid)
{
	posix_spawnattr_t attr;
	sigset_t none, all;
	int r;

	if (posix_spawnattr_init(&attr))
		return -ENOMEM;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	r = spawn(path, argv, env, fds, n_fds, &attr, ret_pid);
	posix_spawnattr_destroy(&attr);
	return r;
}

/* Numbers that no child uses, so that putting one descriptor in its place never covers another. */
enum { PARKED = 64, MAX_FDS = 16 };

static int park(const struct proc_fd *fds, size_t n, struct proc_fd *parked)
{
	for (size_t i = 0; i < n; i++) {
		parked[i] = fds[i];
		if (fds[i].from < 0)
			continue;
		parked[i].from = fcntl(fds[i].from, F_DUPFD_CLOEXEC, PARKED);
		if (parked[i].from < 0)
			return -errno;
	}
	return 0;
}

int proc_start(const char *path, char *const argv[], char *const env[], const struct proc_fd *fds,
	size_t n_fds, pid_t *ret_pid, struct err *err)
{
	struct proc_fd parked[MAX_FDS];
	int r;

	if (n_fds > MAX_FDS)
		abort();
	for (size_t i = 0; i < n_fds; i++)
		parked[i].from = -1;
	r = park(fds, n_fds, parked);
	if (r == 0)
		r = spawn_clean(path, argv, env, parked, n_fds, ret_pid);
	for (size_t i = 0; i < n_fds; i++)
		if (parked[i].from >= PARKED)
			close(parked[i].from);
	return r < 0 ? err_set(err, r, "start '%s'", path) : 0;
}

int proc_wait(pid_t pid, int *ret_code)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	*ret_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return 0;
}

struct feed {
	int in, out; /* ours; -1 when closed */
	const char *data;
	size_t len;
	size_t max;
};

static void close_end(int *fd)
{
	close(*fd);
	*fd = -1;
}

static int feed_input(struct feed *f)
{
	ssize_t n = f->len ? write(f->in, f->data, f->len) : 0;

	if (n < 0 && errno != EPIPE && errno != EAGAIN)
		return -errno;
	if (n > 0) {
		f->data += n;
		f->len -= (size_t)n;
	}
	if (!f->len || (n < 0 && errno == EPIPE))
		close_end(&f->in);
	return 0;
}

static int take_output(struct feed *f, struct buf *out)
{
	ssize_t n;

	buf_reserve(out, 16384);
	n = read(f->out, out->data + out->len, 16384);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	if (n == 0)
		close_end(&f->out);
	out->len += (size_t)n;
	out->data[out->len] = '\0';
	return out->len > f->max ? -EFBIG : 0;
}

static int exchange(struct feed *f, struct buf *out)
{
	int r = 0;

	while (r == 0 && f->out >= 0) {
		struct pollfd p[2] = { { f->in, POLLOUT, 0 }, { f->out, POLLIN, 0 } };

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return -errno;
		if (p[0].revents)
			r = feed_input(f);
		if (r == 0 && p[1].revents)
			r = take_output(f, out);
	}
	return r;
}

static int start_piped(
	const char *path, char *const argv[], struct feed *f, pid_t *pid, struct err *err)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 };
	struct proc_fd fds[2];
	int r;

	if (pipe2(in, O_CLOEXEC) < 0)
		return err_set(err, -errno, "make a pipe");
	if (pipe2(out, O_CLOEXEC) < 0) {
		r = err_set(err, -errno, "make a pipe");
	} else {
		fds[0] = (struct proc_fd){ in[0], 0 };
		fds[1] = (struct proc_fd){ out[1], 1 };
		r = proc_start(path, argv, NULL, fds, 2, pid, err);
		close(out[1]);
	}
	close(in[0]);
	f->in = in[1];
	f->out = out[0];
	fcntl(f->in, F_SETFL, O_NONBLOCK);
	return r;
}

int proc_run(const char *path, char *const argv[], const void *input, size_t len, size_t max,
	struct buf *out, int *ret_code, struct err *err)
{
	struct feed f = { .in = -1, .out = -1, .data = input, .len = len, .max = max };
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	pid_t pid = -1;
	int r = start_piped(path, argv, &f, &pid, err);

	if (r == 0) {
		int e = exchange(&f, out);

		if (e < 0)
			r = err_set(err, e, "talk to '%s'", path);
	}
	/* Before its pipe breaks, so that it always ends in the same way. */
	if (pid > 0 && r < 0)
		kill(pid, SIGKILL);
	if (f.in >= 0)
		close(f.in);
	if (f.out >= 0)
		close(f.out);
	if (pid > 0 && proc_wait(pid, ret_code) < 0 && r == 0)
		r = err_set(err, -errno, "wait for '%s'", path);
	signal(SIGPIPE, before);
	return r;
}
