#include "runner/job.h"

#include <string.h>

#include "base/io.h"
#include "runner/joblock.h"
#include "runner/leftovers.h"
#include "runner/results.h"

void job_init(struct job *job, struct ctx *ctx, struct jobspec *spec)
{
	*job = (struct job){
		.ctx = ctx,
		.lock = -1,
		.spec = *spec,
		.base = { .lock = -1 },
		.log = LOGCLIENT_INIT,
		.evidence = { .dir = -1, .scratch = -1 },
		.cage = CAGERUN_INIT,
		.dirty = DIRTY_INIT,
		.started = ctx->now_ms(),
		.submitter = ctx_user(),
	};
	job->author = xstrdup(spec->agent.name ? spec->agent.name : "agent");
	job->author_email = xasprintf("%s@agents.invalid", job->author);
	plan_init(&job->plan);
	bind_init(&profile_table, &job->profile);
	jobspec_init(spec);
}

struct private_options job_private_options(const struct job *job)
{
	return (struct private_options){ (enum private_history)job->profile.workspace.git,
		job->author, job->author_email, "/run/git/objects" };
}

static void checks_done(struct job *job)
{
	for (size_t i = 0; i < job->n_checks; i++) {
		free(job->checks[i].name);
		free(job->checks[i].run);
		free(job->checks[i].why);
	}
	free(job->checks);
}

void job_done(struct job *job)
{
	live_stop(&job->live);
	dirty_done(&job->dirty);
	cagerun_done(&job->cage);
	logclient_stop(&job->log);
	evidence_close(&job->evidence);
	logwire_answer_done(&job->head);
	checks_done(job);
	decision_done(&job->decision);
	facts_done(&job->facts);
	capture_done(&job->capture);
	summary_done(&job->summary);
	plan_done(&job->plan);
	base_done(&job->base);
	profile_done(&job->profile);
	secrets_done(&job->secrets);
	layers_done(&job->layers);
	repo_commit_done(&job->base_commit);
	repo_free(job->repo);
	jobspec_done(&job->spec);
	free(job->plan_text);
	free(job->quarantine);
	free(job->branch);
	free(job->ref);
	free(job->submitter);
	free(job->author);
	free(job->author_email);
	free(job->dir);
	if (job->lock >= 0)
		close(job->lock);
}

static int write_result(struct job *job, const char *state, const char *why, struct err *err)
{
	auto_json json_t *result = job_encode_result(job);

	json_put_str(result, "state", state);
	if (why)
		json_put_str(result, "error", why);
	return results_write(job->ctx, job->id, result, err);
}

int job_tell(struct job *job, struct err *err)
{
	return write_result(job, "running", NULL, err);
}

/* What was recorded as begun must not stay open in the log. The room that the job took may be what that needs. */
static int close_failed(struct job *job, const char *why)
{
	auto_json json_t *actor = job_encode_actor(job);
	int r = results_clear(job->ctx, job->id, NULL);

	if (job->recorded == JOB_UNRECORDED)
		return r < 0 ? r : results_remove(job->ctx, job->id, NULL);
	if (r < 0 || job->recorded == JOB_PERHAPS_RECORDED)
		return -EBUSY;
	logclient_forget(&job->log);
	job->log.now = job->ctx->now_ms();
	r = leftovers_record_stopped(&job->log, job->id, actor, why, NULL);
	return r < 0 ? r : write_result(job, "failed", why, NULL);
}

/* Where this fails, the lock stays, and with it all that the next remit needs to put things right. */
static void fail(struct job *job, const struct err *why)
{
	live_stop(&job->live);
	cagerun_done(&job->cage);
	if (job->lock >= 0 && close_failed(job, why->text) == 0)
		joblock_drop(job->ctx, job->id, &job->lock);
}

/* Its verdict is in the log, and its branch is there: that some of its files stay for now makes it no failure. */
static int end(struct job *job, struct err *err)
{
	int r = write_result(job, "decided", NULL, err);

	if (results_clear(job->ctx, job->id, NULL) == 0 && r == 0)
		joblock_drop(job->ctx, job->id, &job->lock);
	return r;
}

int job_run(struct job *job, struct err *err)
{
	static int (*const steps[])(struct job * job, struct err * err) = {
		job_resolve,
		job_prepare,
		job_submit,
		job_cage,
		job_capture,
		job_check,
		job_decide,
		job_record,
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(steps); i++)
		r = steps[i](job, err);
	if (r == 0)
		return end(job, err);
	fail(job, err);
	return r;
}
