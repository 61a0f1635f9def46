#include "runner/dirty.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/io.h"
#include "repo/repo.h"

enum { ANSWER_FD = 3 };

/* Nothing of the job's own stays open here: its lock and its lifeline are to go when remit does. */
static bool settle(int answer, pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		return false;
	if (dup2(answer, ANSWER_FD) < 0 || close_range(ANSWER_FD + 1, ~0U, 0) < 0)
		return false;
	return sched_setscheduler(0, SCHED_IDLE, &(struct sched_param){ 0 }) == 0;
}

static int count(const char *dir, uint64_t *ret)
{
	auto_repo struct repo *repo = NULL;
	int r = repo_open(dir, &repo, NULL);

	return r < 0 ? r : repo_count_dirty(repo, DIRTY_MAX, ret, NULL);
}

static _Noreturn void run(const char *dir, int answer, pid_t parent)
{
	uint64_t n = 0;

	if (!settle(answer, parent) || count(dir, &n) < 0)
		_exit(1);
	_exit(io_write_all(ANSWER_FD, &n, sizeof(n)) < 0);
}

void dirty_start(struct dirty *d, const char *repo)
{
	pid_t parent = getpid();
	int ends[2];

	*d = (struct dirty)DIRTY_INIT;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return;
	d->pid = fork();
	if (d->pid == 0)
		run(repo, ends[1], parent);
	close(ends[1]);
	d->answer = ends[0];
}

uint64_t dirty_stop(struct dirty *d)
{
	uint64_t n = 0;

	if (d->pid <= 0)
		return 0;
	if (read(d->answer, &n, sizeof(n)) != (ssize_t)sizeof(n))
		n = 0;
	kill(d->pid, SIGKILL);
	return n;
}

void dirty_done(struct dirty *d)
{
	if (d->pid > 0) {
		kill(d->pid, SIGKILL);
		while (waitpid(d->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	cleanup_fd(&d->answer);
	*d = (struct dirty)DIRTY_INIT;
}
