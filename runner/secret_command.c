#include "runner/secret_command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include "base/proc.h"

/* Until its end, the deadline, or no more room. 0 or -errno. */
static int collect(const struct ctx *ctx, int fd, char *out, size_t size, size_t *ret_len)
{
	uint64_t until = ctx->tick_ms() + SECRET_COMMAND_MS;
	struct pollfd p = { fd, POLLIN, 0 };

	for (*ret_len = 0;;) {
		uint64_t now = ctx->tick_ms();
		ssize_t n;

		if (now >= until)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)(until - now)) < 0 && errno != EINTR)
			return -errno;
		n = p.revents ? read(fd, out + *ret_len, size - *ret_len) : -1;
		if (n == 0)
			return *ret_len == size ? -EFBIG : 0;
		if (n < 0 && p.revents && errno != EINTR && errno != EAGAIN)
			return -errno;
		*ret_len += n > 0 ? (size_t)n : 0;
	}
}

static int fail(int r, int code, struct err *err)
{
	if (r == -ETIMEDOUT)
		return err_say(err, r, "the command did not end within %d seconds",
			SECRET_COMMAND_MS / 1000);
	if (r == -EFBIG)
		return err_say(err, r, "the command prints more than %d KiB", 64);
	if (r < 0)
		return err_set(err, r, "read what the command prints");
	return code ? err_say(err, -EIO, "the command failed with status %d", code) : 0;
}

int secret_command_run(const struct ctx *ctx, const char *command, char *out, size_t size,
	size_t *ret_len, struct err *err)
{
	char *argv[] = { "sh", "-c", (char *)command, NULL };
	int ends[2], code = 0, r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(err, -errno, "make a pipe");
	r = proc_start("/bin/sh", argv, NULL,
		(struct proc_fd[]){ { -1, 0 }, { ends[1], 1 }, { 2, 2 } }, 3, &pid, err);
	close(ends[1]);
	if (r == 0) {
		r = collect(ctx, ends[0], out, size, ret_len);
		if (r < 0)
			kill(pid, SIGKILL);
		if (proc_wait(pid, &code) < 0 && r == 0)
			r = -ECHILD;
		r = fail(r, code, err);
	}
	close(ends[0]);
	return r;
}
