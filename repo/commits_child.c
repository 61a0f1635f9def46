#include "repo/commits_child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/io.h"
#include "base/path.h"
#include "repo/capture.h"
#include "repo/job_git.h"

enum { MAX_COMMIT = 1 << 20, MAX_MEMORY = 1 << 30, MAX_SECONDS = 30 };

struct reader {
	const struct commits_job *job;
	git_odb *odb; /* over job->objects */
	git_repository *repo;
	bool has_packs;
};

static const struct rlimit memory = { MAX_MEMORY, MAX_MEMORY };
static const struct rlimit seconds = { MAX_SECONDS, MAX_SECONDS };
static const struct rlimit none = { 0, 0 };

/* A sanitizer has more memory of its own than the limit would leave it. */
#ifdef __has_feature
#define HAS_SANITIZER __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_SANITIZER 1
#else
#define HAS_SANITIZER 0
#endif

static bool take_limits(void)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && setrlimit(RLIMIT_CPU, &seconds) == 0 &&
	       setrlimit(RLIMIT_CORE, &none) == 0 &&
	       (HAS_SANITIZER || setrlimit(RLIMIT_DATA, &memory) == 0);
}

static bool is_small_commit(struct reader *rd, const git_oid *id)
{
	git_object_t type = GIT_OBJECT_INVALID;
	size_t size = 0;

	return git_odb_read_header(&size, &type, rd->odb, id) == 0 && type == GIT_OBJECT_COMMIT &&
	       size <= MAX_COMMIT;
}

/*
 * Brings a commit over into our object directory. Packs come over once, when a loose object is
 * missing.
 */
static bool bring(struct reader *rd, const git_oid *id)
{
	if (job_git_copy_loose(rd->job->git, id, rd->job->objects) == 0)
		return is_small_commit(rd, id);
	if (!rd->has_packs && job_git_copy_packs(rd->job->git, rd->job->objects) < 0)
		return false;
	rd->has_packs = true;
	return is_small_commit(rd, id);
}

static int send_commit(const struct reader *rd, const git_commit *commit)
{
	const git_signature *who = git_commit_author(commit);
	const char *message = git_commit_message(commit);
	char author[COMMITS_MAX_AUTHOR];
	struct commits_sent s = { .id = *git_commit_id(commit) };
	int r;

	snprintf(author, sizeof(author), "%s <%s>", who->name, who->email);
	s.author = (uint32_t)strlen(author);
	s.message = (uint32_t)strnlen(message, CAPTURE_MAX_MESSAGE);
	r = io_write_all(rd->job->out, &s, sizeof(s));
	if (r == 0)
		r = io_write_all(rd->job->out, author, s.author);
	return r < 0 ? r : io_write_all(rd->job->out, message, s.message);
}

static int send_end(const struct reader *rd)
{
	const struct commits_sent end = { 0 };

	return io_write_all(rd->job->out, &end, sizeof(end));
}

/* One commit; *id becomes its first parent, or stays empty at a root. */
static int step(struct reader *rd, git_oid *id)
{
	auto_git_commit git_commit *commit = NULL;
	git_oid none_left = { 0 };

	if (!bring(rd, id) || git_commit_lookup(&commit, rd->repo, id) < 0 ||
		send_commit(rd, commit) < 0)
		return -1;
	*id = git_commit_parentcount(commit) ? *git_commit_parent_id(commit, 0) : none_left;
	return 0;
}

static bool is_known(const struct reader *rd, const git_oid *id)
{
	return git_oid_is_zero(id) || !git_oid_cmp(id, &rd->job->base) ||
	       git_odb_exists_ext(rd->job->view->odb, id, GIT_ODB_LOOKUP_NO_REFRESH);
}

static int walk(struct reader *rd)
{
	git_oid id = rd->job->head;

	for (unsigned int n = 0; n <= CAPTURE_MAX_COMMITS; n++) {
		if (is_known(rd, &id))
			return send_end(rd);
		if (n == CAPTURE_MAX_COMMITS || step(rd, &id) < 0)
			return -1;
	}
	return -1;
}

int commits_send(const struct commits_job *job)
{
	struct reader rd = { .job = job };
	auto_free char *packs = path_join(job->objects, "pack");
	int r = take_limits() ? 0 : -1;

	/* libgit2 looks for packs only where this was there from the start. */
	if (r == 0)
		r = dir_make(AT_FDCWD, packs, 0700, NULL);
	if (r == 0)
		r = git_odb_open(&rd.odb, job->objects);
	if (r == 0)
		r = git_repository_wrap_odb(&rd.repo, rd.odb);
	if (r == 0)
		r = walk(&rd);
	git_repository_free(rd.repo);
	git_odb_free(rd.odb);
	return r;
}
