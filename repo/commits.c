#include "repo/commits.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "base/io.h"
#include "base/proc.h"
#include "repo/commits_child.h"
#include "repo/job_git.h"
#include "repo/upper.h"

/*
 * A few bytes of a pack can stand for gigabytes, and libgit2 has no bound for that; and what parses
 * the bytes of an enemy should have nothing to give away. So a job's objects are read by a child
 * that has only what we hand it. It sends what it finds, the newest first. We open the job's files,
 * and look into none of them.
 */

enum { MAX_PACKETS = 2 * CAPTURE_MAX_COMMITS + 8 };

struct serving {
	const struct view *view; /* the user's objects */
	int git; /* the job's .git */
	git_oid base;
	int fd; /* where the child is */
	struct capture *out;
	bool ended; /* properly: nothing was left out */
};

static bool is_known(const struct serving *s, const git_oid *id)
{
	return !git_oid_cmp(id, &s->base) ||
	       git_odb_exists_ext(s->view->odb, id, GIT_ODB_LOOKUP_NO_REFRESH);
}

static int answer(const struct serving *s, const git_oid *id)
{
	auto_buf struct buf data = BUF_INIT;
	auto_buf struct buf packet = BUF_INIT;
	uint32_t place = COMMITS_ELSEWHERE;

	if (is_known(s, id))
		place = COMMITS_KNOWN;
	else if (job_git_read_loose(s->git, id, COMMITS_MAX_LOOSE, &data) == 0)
		place = COMMITS_LOOSE;
	buf_add(&packet, &place, sizeof(place));
	if (place == COMMITS_LOOSE)
		buf_add(&packet, data.data, data.len);
	return send(s->fd, packet.data, packet.len, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int take_commit(const struct serving *s, const struct commits_packet *p, size_t len)
{
	struct capture *c = s->out;
	struct capture_commit *commit = &c->commits[c->n_commits];

	if (p->author >= COMMITS_MAX_AUTHOR || p->message > CAPTURE_MAX_MESSAGE ||
		(size_t)p->author + p->message != len || c->n_commits == CAPTURE_MAX_COMMITS)
		return -EPROTO;
	git_oid_tostr(commit->id, sizeof(commit->id), &p->id);
	commit->author = xstrndup(p->text, p->author);
	commit->message = xstrndup(p->text + p->author, p->message);
	c->n_commits++;
	return 0;
}

static int serve_one(struct serving *s, struct commits_packet *p)
{
	size_t head = offsetof(struct commits_packet, text);
	ssize_t n;

	do
		n = recv(s->fd, p, sizeof(*p), 0);
	while (n < 0 && errno == EINTR);
	if (n < (ssize_t)head)
		return -EPROTO;
	if (p->op == COMMITS_ASK)
		return answer(s, &p->id);
	if (p->op == COMMITS_TELL)
		return take_commit(s, p, (size_t)n - head);
	s->ended = p->op == COMMITS_END;
	return s->ended ? 0 : -EPROTO;
}

static void reverse(struct capture *c)
{
	for (size_t i = 0; i < c->n_commits / 2; i++) {
		struct capture_commit swapped = c->commits[i];

		c->commits[i] = c->commits[c->n_commits - 1 - i];
		c->commits[c->n_commits - 1 - i] = swapped;
	}
}

static void serve(struct serving *s)
{
	struct commits_packet *p = xcalloc(1, sizeof(*p));
	int r = 0;

	s->out->commits = xcalloc(CAPTURE_MAX_COMMITS, sizeof(*s->out->commits));
	for (unsigned int n = 0; r == 0 && !s->ended && n < MAX_PACKETS; n++)
		r = serve_one(s, p);
	s->out->commits_cut = !s->ended;
	reverse(s->out);
	free(p);
}

static int start(const struct commits_child *c, pid_t *ret, struct err *err)
{
	*ret = fork();
	if (*ret == 0)
		_exit(commits_child_run(c) < 0);
	return *ret < 0 ? err_set(err, -errno, "start a process that reads the job's commits") : 0;
}

/* ours is closed before the child is waited for, so that it does not wait for us. */
static int read_in_child(
	struct serving *s, struct commits_child *child, int theirs, struct err *err)
{
	pid_t pid;
	int code, r = start(child, &pid, err);

	close(theirs);
	if (r == 0)
		serve(s);
	close(s->fd);
	if (r == 0 && (proc_wait(pid, &code) < 0 || code))
		s->out->commits_cut = true;
	return r;
}

/* Packs that are too many or too large are not read: what is in them is then found missing. */
static int read_with_packs(struct serving *s, const git_oid *head, int scratch, struct err *err)
{
	int ends[2], fds[1 + COMMITS_MAX_PACKS], r;
	struct commits_child child = { .confine = { getpid(), scratch, fds, 1 }, .head = *head };
	size_t n = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(err, -errno, "make a socket pair");
	s->fd = ends[0];
	fds[0] = ends[1];
	if (job_git_open_packs(s->git, fds + 1, COMMITS_MAX_PACKS, &n) == 0)
		child.confine.n_fds += n;
	r = read_in_child(s, &child, ends[1], err);
	for (size_t i = 0; i < n; i++)
		close(fds[1 + i]);
	return r;
}

static int read_new(struct serving *s, const git_oid *head, const char *scratch, struct err *err)
{
	auto_fd int dir = -1;
	int r = tree_remove(AT_FDCWD, scratch, err);

	if (r == 0)
		r = dir_make(AT_FDCWD, scratch, 0700, err);
	if (r == 0)
		r = dir_open(AT_FDCWD, scratch, &dir, err);
	if (r < 0)
		return r;
	r = read_with_packs(s, head, dir, err);
	return tree_remove(AT_FDCWD, scratch, r < 0 ? NULL : err) < 0 ? -EIO : r;
}

/* Where the job made no commit, no process is started. */
int commits_read(const struct view *v, int upper, const char *base_commit, const char *scratch,
	struct capture *ret, struct err *err)
{
	struct serving s = { .view = v, .fd = -1, .out = ret };
	auto_fd int git = -1;
	git_oid head;
	int r = repo_parse_id(base_commit, &s.base, err);

	if (r < 0)
		return r;
	if (upper_open_dir(upper, ".git", &git) < 0)
		return 0;
	s.git = git;
	if (job_git_head(git, &head) < 0) {
		ret->commits_cut = true;
		return 0;
	}
	return is_known(&s, &head) ? 0 : read_new(&s, &head, scratch, err);
}
