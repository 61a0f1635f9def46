#include "repo/commits.h"

#include <fcntl.h>
#include <string.h>

#include "base/io.h"
#include "base/proc.h"
#include "repo/commits_child.h"
#include "repo/job_git.h"
#include "repo/upper.h"

/*
 * A few bytes of a pack can stand for gigabytes, and libgit2 has no bound for that. So a job's
 * objects are read by a child with limits, which sends what it finds, the newest first.
 */

static char *take_text(int fd, size_t len)
{
	char *text = xcalloc(len + 1, 1);
	size_t n;

	if (io_read_full(fd, text, len, &n) == 0 && n == len)
		return text;
	free(text);
	return NULL;
}

/* 1 for a commit, 0 at a proper end, -1 when the child stopped short of it. */
static int take_commit(int fd, struct capture_commit *ret)
{
	struct commits_sent s;
	size_t n;

	if (io_read_full(fd, &s, sizeof(s), &n) < 0 || n != sizeof(s))
		return -1;
	if (git_oid_is_zero(&s.id))
		return 0;
	if (s.author >= COMMITS_MAX_AUTHOR || s.message > CAPTURE_MAX_MESSAGE)
		return -1;
	git_oid_tostr(ret->id, sizeof(ret->id), &s.id);
	ret->author = take_text(fd, s.author);
	ret->message = ret->author ? take_text(fd, s.message) : NULL;
	if (ret->message)
		return 1;
	free(ret->author);
	return -1;
}

static void reverse(struct capture *c)
{
	for (size_t i = 0; i < c->n_commits / 2; i++) {
		struct capture_commit swapped = c->commits[i];

		c->commits[i] = c->commits[c->n_commits - 1 - i];
		c->commits[c->n_commits - 1 - i] = swapped;
	}
}

static void take_all(int fd, struct capture *c)
{
	int r = 1;

	c->commits = xcalloc(CAPTURE_MAX_COMMITS, sizeof(*c->commits));
	while (r == 1 && c->n_commits < CAPTURE_MAX_COMMITS) {
		r = take_commit(fd, &c->commits[c->n_commits]);
		c->n_commits += r == 1;
	}
	if (r == 1)
		r = take_commit(fd, &(struct capture_commit){ 0 });
	c->commits_cut = r != 0;
	reverse(c);
}

static int read_in_child(struct commits_job *job, struct capture *ret, struct err *err)
{
	int ends[2], code;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(err, -errno, "make a pipe");
	job->out = ends[1];
	pid = fork();
	if (pid == 0)
		_exit(commits_send(job) < 0);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return err_set(err, -errno, "start a process that reads the job's commits");
	}
	take_all(ends[0], ret);
	close(ends[0]);
	if (proc_wait(pid, &code) < 0 || code)
		ret->commits_cut = true;
	return 0;
}

static int read_new(
	struct commits_job *job, const char *scratch, struct capture *ret, struct err *err)
{
	int r = tree_remove(AT_FDCWD, scratch, err);

	if (r == 0)
		r = dir_make(AT_FDCWD, scratch, 0700, err);
	if (r < 0)
		return r;
	job->objects = scratch;
	r = read_in_child(job, ret, err);
	return tree_remove(AT_FDCWD, scratch, r < 0 ? NULL : err) < 0 ? -EIO : r;
}

int commits_read(const struct view *v, int upper, const char *base_commit, const char *scratch,
	struct capture *ret, struct err *err)
{
	auto_fd int git = -1;
	struct commits_job job = { .view = v };
	int r = repo_parse_id(base_commit, &job.base, err);

	if (r < 0)
		return r;
	if (upper_open_dir(upper, ".git", &git) < 0)
		return 0;
	job.git = git;
	if (job_git_head(git, &job.head) < 0) {
		ret->commits_cut = true;
		return 0;
	}
	return git_oid_cmp(&job.head, &job.base) ? read_new(&job, scratch, ret, err) : 0;
}
