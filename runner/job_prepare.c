#include "runner/job.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/path.h"
#include "runner/joblock.h"
#include "runner/planner.h"

enum { BASES_MAX_GIB = 20, MAX_PROFILE = 1 << 20 };

static int read_profile(void *arg, const char *name, struct buf *out, struct err *err)
{
	const struct job *job = arg;
	auto_free char *path = xasprintf(".remit/profiles/%s.yaml", name);

	return repo_read_file(job->repo, job->base_commit.tree, path, MAX_PROFILE, out, err);
}

/* What would keep the change from its place at the end is said before the job, not after it. */
static int check_place(const struct job *job, struct err *err)
{
	static const char *const places[] = { "refs/heads/remit", "refs/remit/denied" };

	return change_check_place(job->repo, places, ARRAY_SIZE(places), err);
}

static const char *repo_name(const struct job *job)
{
	return job->spec.repo ? job->spec.repo : ".";
}

int job_resolve(struct job *job, struct err *err)
{
	struct profile_repo from_repo = { read_profile, job };
	const struct jobspec *s = &job->spec;
	int r = repo_open(repo_name(job), &job->repo, err);

	if (r == 0)
		r = repo_resolve(job->repo, s->base, &job->base_commit, err);
	if (r == 0)
		r = check_place(job, err);
	if (r == 0)
		r = layers_load(
			job->ctx, s->policy, job->repo, job->base_commit.tree, &job->layers, err);
	if (r == 0)
		r = profile_load(
			job->ctx, s->profile ? s->profile : "base", &from_repo, &job->profile, err);
	if (r == 0 && !s->command.n)
		r = err_say(err, -EINVAL,
			"there is no command to run: `remit run [JOB.yaml] -- COMMAND`");
	if (r == 0)
		r = job_list_checks(job, err);
	if (r == 0)
		r = secrets_read(job->ctx, &job->profile, &job->secrets, err);
	/* From now on no child can have a secret from our environment. */
	if (r == 0)
		logclient_prepare(job->ctx, &job->log);
	job->resolved = r == 0;
	return r;
}

/* Sorts by time: 20260102-030405-xxxx. The rest keeps jobs of the same second apart. */
static int make_id(struct job *job, struct err *err)
{
	static const char alphabet[] = "abcdefghjkmnpqrstvwxyz0123456789";
	char time[RECORD_TIME_LEN + 1];
	unsigned char random[4];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return err_set(err, -errno, "make a name for the job");
	record_time(job->started, time);
	snprintf(job->id, sizeof(job->id), "%.4s%.2s%.2s-%.2s%.2s%.2s-%c%c%c%c", time, time + 5,
		time + 8, time + 11, time + 14, time + 17, alphabet[random[0] % 32],
		alphabet[random[1] % 32], alphabet[random[2] % 32], alphabet[random[3] % 32]);
	return 0;
}

/* The name of a job that is there, or was, is not taken again. */
static int take_id(struct job *job, const char *jobs, struct err *err)
{
	int r;

	do {
		r = make_id(job, err);
		free(job->dir);
		job->dir = path_join(jobs, job->id);
		if (r == 0 && access(job->dir, F_OK) < 0)
			r = joblock_take(job->ctx, job->id, &job->lock, err);
	} while (r == -EEXIST || (r == 0 && job->lock < 0));
	return r;
}

static int make_dir(struct job *job, struct err *err)
{
	auto_free char *jobs = ctx_state(job->ctx, "jobs");
	int r = dir_make(AT_FDCWD, jobs, 0700, err);

	if (r == 0)
		r = take_id(job, jobs, err);
	if (r < 0)
		return r;
	if (mkdir(job->dir, 0700) < 0)
		return err_set(err, -errno, "create '%s'", job->dir);
	job->quarantine = path_join(job->dir, "objects");
	return 0;
}

static void show_checkout(void *arg, uint64_t done, uint64_t total)
{
	live_say(arg, "checking out %llu of %llu files", (unsigned long long)done,
		(unsigned long long)total);
}

static int take_base(struct job *job, struct err *err)
{
	auto_free char *bases = ctx_state(job->ctx, "bases");
	struct base_options options = { bases, (uint64_t)BASES_MAX_GIB << 30, show_checkout,
		&job->live };

	int r;

	live_start(&job->live, job->ctx, NULL, NULL);
	r = base_get(job->repo, &job->base_commit, &options, &job->base, err);
	live_stop(&job->live);
	return r;
}

static int make_workspace(struct job *job, struct err *err)
{
	struct plan_workspace *w = &job->plan.workspace;
	struct private_options options = job_private_options(job);
	auto_fd int upper = -1;
	int r;

	w->upper = path_join(job->dir, "cage/upper");
	w->work = path_join(job->dir, "cage/work");
	w->path = xstrdup(job->profile.workspace.path);
	w->mode = PLAN_OVERLAY;
	r = dir_make(AT_FDCWD, w->upper, 0755, err);
	if (r == 0)
		r = dir_make(AT_FDCWD, w->work, 0755, err);
	if (r == 0)
		r = dir_open(AT_FDCWD, w->upper, &upper, err);
	return r < 0 ? r
		     : private_create(job->repo, &job->base_commit, &job->base, upper, &options,
			       &w->lower, &w->expose, err);
}

static void add_env(struct list *env, const char *name, const char *value)
{
	struct plan_env *e;

	env->v = xrealloc(env->v, env->n + 1, sizeof(*e));
	e = (struct plan_env *)env->v + env->n++;
	*e = (struct plan_env){ xstrdup(name), xstrdup(value) };
}

static int make_plan(struct job *job, struct err *err)
{
	struct plan_request request = { job->id, &job->spec.command, &job->spec.env, false, true };
	int r;

	add_env(&job->spec.env, "REMIT_JOB", job->id);
	if (job->spec.task)
		add_env(&job->spec.env, "REMIT_TASK", job->spec.task);
	r = planner_make(job->ctx, &job->profile, &request, &job->plan, err);
	if (r == -ENOTSUP)
		return -ENOEXEC;
	if (r < 0)
		return r == -ENOENT ? -EINVAL : r;
	free(job->plan.cwd);
	job->plan.cwd = xstrdup(job->profile.workspace.path);
	return 0;
}

/* What the host can't enforce comes to light before anything is checked out. */
int job_prepare(struct job *job, struct err *err)
{
	int r = make_dir(job, err);

	if (r == 0)
		r = make_plan(job, err);
	if (r == 0 && repo_workdir(job->repo))
		dirty_start(&job->dirty, repo_name(job));
	if (r == 0)
		r = take_base(job, err);
	if (r == 0)
		r = make_workspace(job, err);
	if (r < 0)
		return r;
	job->plan_text = plan_encode(&job->plan);
	return 0;
}

static int add(struct job *job, enum record_type type, json_t *body, struct err *err)
{
	auto_json json_t *owned = body, *actor = job_encode_actor(job),
			 *subject = job_encode_subject(job);
	struct record record = { type, NULL, job->id, actor, subject, owned };

	return logclient_add(&job->log, &record, err);
}

/* From the flush on the log may know of the job; before it, the job can tell so about itself. */
static int begin(struct job *job, struct err *err)
{
	int r = job_tell(job, err);

	if (r < 0)
		return r;
	job->recorded = JOB_PERHAPS_RECORDED;
	r = logclient_flush(&job->log, &job->head, err);
	if (r == -EREMOTEIO)
		job->recorded = JOB_UNRECORDED;
	if (r == 0)
		job->recorded = JOB_BEGUN;
	return r;
}

static int start_cage(struct job *job, struct err *err)
{
	struct cagerun_input input = { job->plan_text, job->dir, -1 };
	int r = secrets_hand_over(&job->secrets, &input.secrets, err);

	if (r == 0)
		r = cagerun_start(job->ctx, &input, job->stdio, &job->cage, err);
	cleanup_fd(&input.secrets);
	return r;
}

/* The cage is built while the record is brought to disk; its command waits for job_cage(). */
int job_submit(struct job *job, struct err *err)
{
	int r = evidence_open(job->ctx, job->dir, &job->evidence, err);

	if (r == 0)
		r = evidence_put(&job->evidence, job->plan_text, strlen(job->plan_text),
			job->plan_digest, err);
	if (r == 0)
		r = start_cage(job, err);
	if (r == 0)
		r = evidence_sync(&job->evidence, err);
	if (r == 0)
		r = logclient_start(job->ctx, &job->log, err);
	if (r == 0)
		r = add(job, RECORD_JOB_SUBMITTED, job_encode_submitted(job), err);
	if (r == 0)
		r = add(job, RECORD_JOB_STARTED, json_pack("{s:s}", "plan", job->plan_digest), err);
	return r < 0 ? r : begin(job, err);
}
