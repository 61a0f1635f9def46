#include "repo/owner.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/proc.h"
#include "repo/git.h"

struct answer {
	int code;
	struct err err;
};

int owner_find(const struct repo *repo, struct owner *ret, struct err *err)
{
	const char *dir = git_repository_path(repo->git);
	struct stat st;

	if (stat(dir, &st) < 0)
		return err_set(err, -errno, "look at '%s'", dir);
	*ret = (struct owner){ st.st_uid, st.st_gid };
	return 0;
}

bool owner_is_other(const struct owner *owner)
{
	return geteuid() == 0 && owner->uid != 0;
}

/* The order matters: a change of ids takes back the first two of the calls behind it. */
static int become(const struct owner *owner, pid_t parent)
{
	if (setgroups(0, NULL) < 0 || setresgid(owner->gid, owner->gid, owner->gid) < 0 ||
		setresuid(owner->uid, owner->uid, owner->uid) < 0)
		return -errno;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (getppid() != parent)
		return -ESRCH;
	return setuid(0) == 0 ? -EPERM : 0;
}

static _Noreturn void run(const struct owner *owner, pid_t parent, int out,
	int (*fn)(void *ctx, struct err *err), void *ctx)
{
	struct answer a = { 0 };

	a.code = become(owner, parent);
	if (a.code < 0)
		err_set(&a.err, a.code, "become the owner of the repository, user %u", owner->uid);
	else
		a.code = fn(ctx, &a.err);
	_exit(io_write_all(out, &a, sizeof(a)) < 0);
}

static int take_answer(int fd, struct err *err)
{
	struct answer a;
	size_t n;

	if (io_read_full(fd, &a, sizeof(a), &n) < 0 || n != sizeof(a))
		return err_say(err, -EIO, "the process that worked for the owner died");
	a.err.text[sizeof(a.err.text) - 1] = '\0';
	if (a.code < 0 && err)
		*err = a.err;
	return a.code < 0 ? a.code : 0;
}

int owner_do(const struct owner *owner, int (*fn)(void *ctx, struct err *err), void *ctx,
	struct err *err)
{
	pid_t parent = getpid(), pid;
	int ends[2], code, r;

	if (!owner_is_other(owner))
		return fn(ctx, err);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(err, -errno, "make a pipe");
	pid = fork();
	if (pid == 0)
		run(owner, parent, ends[1], fn, ctx);
	r = -errno;
	close(ends[1]);
	r = pid < 0 ? err_set(err, r, "start a process that works for the owner")
		    : take_answer(ends[0], err);
	close(ends[0]);
	/* It has said all it had to say; that it is gone is enough. */
	if (pid > 0 && proc_wait(pid, &code) < 0 && errno != ECHILD)
		return err_set(err, -errno, "wait for the process that works for the owner");
	return r;
}
