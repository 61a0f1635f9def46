/*
 * Checks: each is a command in a fresh cage over the captured tree. Its definition comes from the policy, which
 * is the operator's or the base commit's, or from whoever submitted the job; never from what the job left.
 */
#include "runner/job.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/path.h"
#include "repo/layer.h"
#include "repo/private.h"
#include "runner/command.h"
#include "runner/planner.h"

static struct job_check *find_check(struct job *job, const char *name)
{
	for (size_t i = 0; i < job->n_checks; i++)
		if (!strcmp(job->checks[i].name, name))
			return &job->checks[i];
	return NULL;
}

static const char *describe(enum fact_origin origin)
{
	static const char *const words[FACT_ORIGINS] = {
		[FACT_COMMAND_LINE] = "an option '--check'",
		[FACT_JOB_FILE] = "the job file",
		[FACT_REPOSITORY] = "the repository's policy",
		[FACT_OPERATOR] = "the operator's policy",
	};

	return words[origin];
}

/* The first word counts, and they come from the operator down: nobody replaces what one above has said. */
static int add_check(struct job *job, enum fact_origin origin, const char *name, const char *run,
	uint64_t timeout, struct err *err)
{
	struct job_check *c = find_check(job, name);

	if (c && strcmp(c->run, run) != 0)
		return err_say(err, -EINVAL,
			"check '%s' is defined by %s already, as something else: "
			"give this one another name",
			name, describe(c->origin));
	if (c)
		return 0;
	job->checks = xrealloc(job->checks, job->n_checks + 1, sizeof(*c));
	c = &job->checks[job->n_checks++];
	*c = (struct job_check){ .name = xstrdup(name),
		.run = xstrdup(run),
		.origin = origin,
		.timeout = timeout ? timeout : CHECK_TIMEOUT_MS };
	return 0;
}

static int list_policy(struct job *job, const struct policy *policy, struct err *err)
{
	bool ours = policy_layer(policy) == POLICY_OPERATOR;
	size_t n;
	const struct policy_check *c = policy_checks(policy, &n);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_check(job, ours ? FACT_OPERATOR : FACT_REPOSITORY, c[i].name, c[i].run,
			c[i].timeout, err);
	return r;
}

int job_list_checks(struct job *job, struct err *err)
{
	const struct jobspec_check *own = job->spec.checks.v;
	int r = policy_check_required(job->layers.v, job->layers.n, err);

	for (size_t i = 0; r == 0 && i < job->layers.n; i++)
		r = list_policy(job, job->layers.v[i], err);
	for (size_t i = 0; r == 0 && i < job->spec.checks.n; i++)
		r = add_check(job, own[i].option ? FACT_COMMAND_LINE : FACT_JOB_FILE, own[i].name,
			own[i].run, own[i].timeout, err);
	return r;
}

/* The layer that makes a checkout of the base the captured tree; all checks share it. */
static int make_layer(struct job *job, char **ret_path, struct err *err)
{
	struct change change = { job->repo, job->quarantine, job->base_commit.tree,
		job->capture.tree };
	auto_free char *path = path_join(job->dir, "layer");
	auto_fd int fd = -1;
	int r = dir_make(AT_FDCWD, path, 0755, err);

	if (r == 0)
		r = dir_open(AT_FDCWD, path, &fd, err);
	if (r == 0)
		r = layer_write(&change, &job->facts, fd, err);
	if (r == 0)
		*ret_path = steal_pointer(&path);
	return r;
}

static int make_workspace(
	struct job *job, const char *dir, const char *layer, struct plan *plan, struct err *err)
{
	struct private_options options = job_private_options(job);
	struct plan_workspace *w = &plan->workspace;
	auto_fd int upper = -1;
	int r;

	w->mode = PLAN_OVERLAY;
	w->path = xstrdup(job->profile.workspace.path);
	w->upper = path_join(dir, "cage/upper");
	w->work = path_join(dir, "cage/work");
	strs_add(&w->lower, layer);
	r = dir_make(AT_FDCWD, w->upper, 0755, err);
	if (r == 0)
		r = dir_make(AT_FDCWD, w->work, 0755, err);
	if (r == 0)
		r = dir_open(AT_FDCWD, w->upper, &upper, err);
	return r < 0 ? r
		     : private_create(job->repo, &job->base_commit, &job->base, upper, &options,
			       &w->lower, &w->expose, err);
}

static int make_plan(struct job *job, const struct job_check *c, const char *dir, const char *layer,
	struct plan *plan, struct err *err)
{
	auto_strs struct strs command = { 0 };
	struct plan_request request = { job->id, &command, NULL, true, true };
	int r;

	strs_add(&command, "/bin/sh");
	strs_add(&command, "-c");
	strs_add(&command, c->run);
	r = planner_make(job->ctx, &job->profile, &request, plan, err);
	if (r < 0)
		return r;
	free(plan->cwd);
	plan->cwd = xstrdup(job->profile.workspace.path);
	plan->limits.wall = c->timeout;
	return make_workspace(job, dir, layer, plan, err);
}

static int keep_evidence(
	struct job *job, const struct cagerun *run, struct job_check *c, struct err *err)
{
	int r = evidence_put_file(&job->evidence, run->events, c->events, err);

	return r < 0 ? r : evidence_put_file(&job->evidence, run->output, c->output, err);
}

/* A check that had no cage has not passed: what the job did is not lost for that. */
static void take_outcome(struct job_check *c, const struct summary *s)
{
	const char *why = s->error ? s->error : s->ended ? s->why : "its cage ended without a word";

	c->ran = true;
	c->exit = s->error || !s->ended ? EXIT_NO_CAGE : s->exit;
	c->why = why ? xstrdup(why) : NULL;
	c->wall = s->wall;
	c->passed = !c->exit && !why;
}

static int judge(struct job *job, const struct cagerun *run, struct job_check *c, struct err *err)
{
	struct summary s;
	int r = summary_read(run->events, &s, err);

	if (r == 0) {
		take_outcome(c, &s);
		c->finished = job->ctx->now_ms();
		facts_add_check(&job->facts, c->name, c->origin, c->passed);
		r = keep_evidence(job, run, c, err);
	}
	summary_done(&s);
	return r;
}

static int run_check(struct job *job, struct job_check *c, const char *layer, struct err *err)
{
	struct cagerun_watch watch = { NULL, NULL };
	auto_free char *dir = xasprintf("%s/checks/%s", job->dir, c->name), *text = NULL;
	CLEANUP(cagerun_done) struct cagerun run = CAGERUN_INIT;
	auto_plan struct plan plan;
	int code, r;

	plan_init(&plan);
	r = make_plan(job, c, dir, layer, &plan, err);
	if (r < 0)
		return r;
	text = plan_encode(&plan);
	live_say(&job->live, "check %s", c->name);
	r = cagerun_start(
		job->ctx, &(struct cagerun_input){ text, dir, -1 }, CAGERUN_QUIET, &run, err);
	if (r == 0)
		r = cagerun_wait(&run, &watch, &code, err);
	if (r == 0)
		r = judge(job, &run, c, err);
	return r < 0 ? err_prefix(err, r, "check '%s'", c->name) : 0;
}

static bool is_interrupted(const char *why)
{
	return why && !strcmp(why, "interrupted");
}

/* Who wants it to end does not want to wait for the rest; what has not run has not passed. */
static void skip(struct job *job, struct job_check *c)
{
	c->ran = true;
	c->exit = EXIT_NO_CAGE;
	c->why = xstrdup("not run: the job was interrupted");
	c->finished = job->ctx->now_ms();
	facts_add_check(&job->facts, c->name, c->origin, false);
}

static int run_all(struct job *job, const char *layer, struct err *err)
{
	bool interrupted = is_interrupted(job->summary.why);
	int r = 0;

	for (size_t i = 0; r == 0 && i < job->n_checks; i++) {
		struct job_check *c = &job->checks[i];

		if (interrupted)
			skip(job, c);
		else
			r = run_check(job, c, layer, err);
		interrupted = interrupted || is_interrupted(c->why);
	}
	return r;
}

int job_check(struct job *job, struct err *err)
{
	auto_free char *layer = NULL;
	int r;

	if (!job->n_checks || !job->changed)
		return 0;
	live_start(&job->live, job->ctx, NULL, NULL);
	r = make_layer(job, &layer, err);
	if (r == 0)
		r = run_all(job, layer, err);
	live_stop(&job->live);
	return r;
}
