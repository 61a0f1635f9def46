/* repo_fixture.h: real repositories for tests, and jobs that work on them in a real overlay. */
#ifndef REMIT_TESTS_REPO_FIXTURE_H
#define REMIT_TESTS_REPO_FIXTURE_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/io.h"
#include "base/path.h"
#include "repo/base.h"
#include "repo/capture.h"
#include "repo/change.h"
#include "repo/private.h"
#include "tests/unit/check.h"

#define MAYBE __attribute__((unused)) static

/* A directory of the test's own, with repo in it once fixture_repo made it. */
struct fixture {
	char *dir;
	struct repo *repo;
	struct err err;
};

/* Runs a shell script in dir and returns its exit status. */
MAYBE int fixture_try(const struct fixture *f, const char *script)
{
	auto_free char *command = xasprintf("cd '%s' && sh -eu ./script", f->dir);
	auto_free char *path = path_join(f->dir, "script");
	int status;

	ok(file_write(AT_FDCWD, path, 0755, script, strlen(script), 0, NULL) == 0,
		"the script is written");
	fflush(NULL);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

MAYBE void fixture_run(const struct fixture *f, const char *script)
{
	if (fixture_try(f, script) != 0)
		fail_msg("script failed: %s", script);
}

/* What a script prints, without the last newline. */
MAYBE char *fixture_ask(const struct fixture *f, const char *script)
{
	auto_free char *whole = xasprintf("{ %s\n} > ./answer", script);
	auto_free char *path = path_join(f->dir, "answer");
	struct buf text = BUF_INIT;

	fixture_run(f, whole);
	ok(file_read(AT_FDCWD, path, 64 << 20, &text, NULL) == 0, "the answer is read");
	if (text.len && text.data[text.len - 1] == '\n')
		buf_truncate(&text, text.len - 1);
	return buf_steal(&text);
}

MAYBE void fixture_new(struct fixture *f)
{
	const char *tmp = getenv("TMPDIR");

	*f = (struct fixture){ 0 };
	f->dir = xasprintf("%s/remit-test-XXXXXX", tmp ? tmp : "/tmp");
	ok(mkdtemp(f->dir), "a directory for the test");
	setenv("HOME", f->dir, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_AUTHOR_DATE", "1700000000 +0000", 1);
	setenv("GIT_COMMITTER_DATE", "1700000000 +0000", 1);
	unsetenv("XDG_CONFIG_HOME");
	fixture_run(f, "git config --global user.name Tess\n"
		       "git config --global user.email tess@example.com\n"
		       "git config --global init.defaultBranch main\n"
		       "git config --global core.excludesFile /dev/null\n"
		       "git config --global protocol.file.allow always\n"
		       "git config --global advice.detachedHead false\n");
}

MAYBE void fixture_done(struct fixture *f)
{
	repo_free(f->repo);
	ok(tree_remove(AT_FDCWD, f->dir, &f->err) == 0, "the test's directory is removed");
	free(f->dir);
}

/* Makes repo with one commit of what the script leaves there, and opens it. */
MAYBE void fixture_repo(struct fixture *f, const char *script)
{
	auto_free char *whole = xasprintf("git init -q repo && cd repo\n%s\n"
					  "git add -A && git commit -q --allow-empty -m base\n",
		script);
	auto_free char *path = path_join(f->dir, "repo");

	fixture_run(f, whole);
	if (repo_open(path, &f->repo, &f->err) < 0)
		fail_msg("%s", f->err.text);
}

/* A checkout in bases, which lies beside the repository. */
MAYBE struct repo_commit fixture_resolve(struct fixture *f, const char *rev)
{
	struct repo_commit c;

	if (repo_resolve(f->repo, rev, &c, &f->err) < 0)
		fail_msg("%s", f->err.text);
	return c;
}

MAYBE int fixture_get(struct fixture *f, const char *rev, uint64_t max, struct base *base)
{
	auto_free char *bases = path_join(f->dir, "bases");
	struct base_options options = { .bases = bases, .max_bytes = max };
	struct repo_commit c = fixture_resolve(f, rev);
	int r = base_get(f->repo, &c, &options, base, &f->err);

	repo_commit_done(&c);
	return r;
}

MAYBE void fixture_must_get(struct fixture *f, const char *rev, uint64_t max, struct base *base)
{
	if (fixture_get(f, rev, max, base) < 0)
		fail_msg("%s", f->err.text);
}

/* One job: the checkout that it works on, its upper directory, and what was captured. */
struct job {
	struct fixture *f;
	struct repo_commit commit;
	struct base base;
	struct private_options options;
	struct strs lower, expose;
	char *upper, *seen, *quarantine;
	int fd;
	struct capture capture;
	struct facts facts;
};

MAYBE void job_prepare(struct job *j, struct fixture *f, enum private_history history)
{
	auto_free char *bases = path_join(f->dir, "bases");
	struct base_options options = { .bases = bases };
	auto_free char *job = path_join(f->dir, "job");

	*j = (struct job){ .f = f, .fd = -1 };
	if (repo_resolve(f->repo, NULL, &j->commit, &f->err) < 0 ||
		base_get(f->repo, &j->commit, &options, &j->base, &f->err) < 0)
		fail_msg("%s", f->err.text);
	ok(tree_remove(AT_FDCWD, job, &f->err) == 0, "an earlier job's directory is removed");
	fixture_run(f, "mkdir -p job/upper job/work job/merged job/seen");
	j->upper = path_join(job, "upper");
	j->seen = path_join(job, "seen");
	j->quarantine = path_join(job, "objects");
	j->options =
		(struct private_options){ history, "Agent \"A\" B", "agent@example.com", j->seen };
	ok(dir_open(AT_FDCWD, j->upper, &j->fd, &f->err) == 0, "the upper directory is opened");
	if (private_create(f->repo, &j->commit, &j->base, j->fd, &j->options, &j->lower, &j->expose,
		    &f->err) < 0)
		fail_msg("%s", f->err.text);
}

/* The script that mounts the workspace and runs another in it. */
MAYBE char *job_script(const struct job *j, const char *script)
{
	struct buf s = BUF_INIT;

	buf_adds(&s, "cat > job/script <<'END_OF_JOB'\n");
	buf_adds(&s, script);
	buf_adds(&s, "\nEND_OF_JOB\nD=$PWD\nexport D\ncat > job/setup <<'END'\ncd $D\n");
	for (size_t i = 0; i < j->expose.n; i++)
		buf_addf(&s,
			"mkdir -p '%s/%zu' && mount --bind '%s' '%s/%zu' && mount -o remount,bind,ro '%s/%zu'\n",
			j->seen, i, j->expose.v[i], j->seen, i, j->seen, i);
	buf_adds(&s, "mount -t overlay -o userxattr,lowerdir=");
	for (size_t i = 0; i < j->lower.n; i++)
		buf_addf(&s, "%s%s", i ? ":" : "", j->lower.v[i]);
	buf_addf(&s, ",upperdir=%s,workdir=%s/job/work overlay job/merged\n", j->upper, j->f->dir);
	buf_adds(&s, "cd job/merged && exec sh -eu ../script\nEND\n"
		     "unset HOME; export HOME=/nonexistent\n"
		     "unshare -Urm sh -eu job/setup\n");
	return buf_steal(&s);
}

/* False where the kernel does not let this user mount an overlay. */
MAYBE bool job_has_overlay(void)
{
	return system("d=$(mktemp -d) && mkdir $d/l $d/m && unshare -Urm sh -c \"mount -t tmpfs t $d/m && "
		      "cd $d/m && mkdir u w o && mount -t overlay -o userxattr,lowerdir=$d/l,upperdir=u,workdir=w x "
		      "o\" >/dev/null 2>&1; r=$?; rm -rf $d; exit $r") == 0;
}

MAYBE void job_work(struct job *j, const char *script)
{
	auto_free char *whole = job_script(j, script);

	fixture_run(j->f, whole);
}

MAYBE int job_try_capture(struct job *j)
{
	struct capture_options options = {
		.base_tree = j->commit.tree,
		.base_commit = j->commit.id,
		.upper = j->fd,
		.quarantine = j->quarantine,
		.private = j->options.history == PRIVATE_NONE ? NULL : &j->options,
	};

	capture_done(&j->capture);
	facts_done(&j->facts);
	return capture_run(j->f->repo, &options, &j->capture, &j->facts, &j->f->err);
}

MAYBE void job_capture(struct job *j)
{
	if (job_try_capture(j) < 0)
		fail_msg("%s", j->f->err.text);
}

MAYBE void job_done(struct job *j)
{
	cleanup_fd(&j->fd);
	capture_done(&j->capture);
	facts_done(&j->facts);
	repo_commit_done(&j->commit);
	base_done(&j->base);
	strs_done(&j->lower);
	strs_done(&j->expose);
	free(j->upper);
	free(j->seen);
	free(j->quarantine);
}

/* The tree that git itself makes of the same script, run in a plain clone. */
MAYBE char *job_expected_tree(const struct fixture *f, const char *script)
{
	auto_free char *whole = xasprintf(
		"rm -rf plain && git clone -q repo plain && cd plain\n"
		"cat > ../plain-script <<'END_OF_JOB'\n%s\nEND_OF_JOB\n"
		"sh -eu ../plain-script >/dev/null 2>&1\n"
		"chmod -R u+rwX . && git -c core.fileMode=true add -A && git write-tree\n",
		script);

	return fixture_ask(f, whole);
}

MAYBE const struct fact_anomaly *job_anomaly(
	const struct job *j, enum fact_anomaly_kind kind, const char *path)
{
	for (size_t i = 0; i < j->facts.n_anomalies; i++)
		if (j->facts.anomalies[i].kind == kind && !strcmp(j->facts.anomalies[i].path, path))
			return &j->facts.anomalies[i];
	return NULL;
}

MAYBE int fixture_stop(void **state)
{
	struct fixture *f = *state;

	fixture_done(f);
	free(f);
	return 0;
}

MAYBE int fixture_start(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	fixture_new(f);
	*state = f;
	return 0;
}

/* A test with a fixture of its own. */
#define REPO_TEST(sentence, fn)                                 \
	{                                                       \
		sentence, fn, fixture_start, fixture_stop, NULL \
	}

#endif
