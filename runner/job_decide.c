#include "runner/job.h"

#include <string.h>

#include "base/text.h"

enum { MAX_SUBJECT = 72 };

int job_decide(struct job *job, struct err *err)
{
	auto_json json_t *json = NULL;
	auto_free char *text = NULL;
	int r = policy_decide(job->layers.v, job->layers.n, &job->facts, &job->decision, err);

	if (r < 0)
		return err_prefix(err, r, "decide");
	job->decided = job->ctx->now_ms();
	json = decision_encode(&job->decision);
	text = json_canonical(json);
	return evidence_put(&job->evidence, text, strlen(text), job->decision_digest, err);
}

/* The first line of the task, which git shows on terminals, or who did it. */
static char *subject_line(const struct job *job)
{
	const char *task = job->spec.task;
	size_t n = task ? strcspn(task, "\n") : 0;
	char line[MAX_SUBJECT + 8];

	if (!n)
		return xasprintf(
			"Change by %s", job->spec.agent.name ? job->spec.agent.name : "agent");
	text_safe(task, n, line, sizeof(line));
	if (strlen(line) <= MAX_SUBJECT)
		return xstrdup(line);
	text_safe(task, n, line, MAX_SUBJECT - 2);
	return xasprintf("%s...", line);
}

static char *commit_message(const struct job *job)
{
	auto_buf struct buf m = BUF_INIT, root = BUF_INIT;
	auto_free char *subject = subject_line(job);

	base64_add(&root, job->head.root, sizeof(job->head.root));
	buf_adds(&m, subject);
	buf_addf(&m, "\n\nRemit-Job: %s\nRemit-Log: %s %llu %s\n", job->id, job->head.origin,
		(unsigned long long)job->head.size, buf_str(&root));
	return buf_steal(&m);
}

static int write_commit(struct job *job, const struct change *change, struct err *err)
{
	auto_free char *message = commit_message(job);
	struct change_commit commit = {
		.parent = job->base_commit.id,
		.author_name = job->author,
		.author_email = job->author_email,
		.committer_name = "remit",
		.committer_email = "remit@localhost",
		.message = message,
		.time = job->started / 1000,
	};

	return change_write_commit(change, &commit, job->commit, err);
}

static int add(struct job *job, enum record_type type, uint64_t when, json_t *body, struct err *err)
{
	auto_json json_t *owned = body, *actor = job_encode_actor(job),
			 *subject = job_encode_subject(job);
	struct record record = { type, NULL, job->id, actor, subject, owned };

	job->log.now = when;
	return logclient_add(&job->log, &record, err);
}

/* Each with the time of what it tells. */
static int add_records(struct job *job, struct err *err)
{
	const struct job_check *c = job->checks;
	int r = add(job, RECORD_JOB_FINISHED, job->finished, job_encode_finished(job), err);

	if (r == 0)
		r = add(job, RECORD_CHANGE_CAPTURED, job->captured, job_encode_captured(job), err);
	for (size_t i = 0; r == 0 && i < job->n_checks; i++)
		if (c[i].ran)
			r = add(job, RECORD_CHECK_FINISHED, c[i].finished, job_encode_check(&c[i]),
				err);
	if (r < 0)
		return r;
	return add(job, RECORD_POLICY_DECIDED, job->decided, job_encode_decided(job), err);
}

/* What may not land gets no branch, so that nobody checks it out by mistake. */
static void choose_ref(struct job *job)
{
	bool denied = job->decision.verdict == VERDICT_DENY;

	job->ref = xasprintf(denied ? "refs/remit/denied/%s" : "refs/heads/remit/%s", job->id);
	job->branch = denied ? NULL : xasprintf("remit/%s", job->id);
}

/*
 * Evidence first, then the records that name it, then the branch: nothing is ever said that can't be
 * shown. The result is told before the log has it, so that what is decided can be brought to its end
 * when we no longer can.
 */
int job_record(struct job *job, struct err *err)
{
	struct change change = { job->repo, job->quarantine, job->base_commit.tree,
		job->capture.tree };
	struct logwire_answer head;
	int r = job->changed ? write_commit(job, &change, err) : 0;

	if (job->changed)
		choose_ref(job);
	if (r == 0)
		r = job_tell(job, err);
	if (r == 0)
		r = evidence_sync(&job->evidence, err);
	if (r == 0)
		r = add_records(job, err);
	if (r == 0)
		r = logclient_flush(&job->log, &head, err);
	if (r < 0)
		return r;
	job->recorded = JOB_DECIDED;
	logwire_answer_done(&job->head);
	job->head = head;
	return job->changed ? change_publish(&change, job->ref, job->commit, err) : 0;
}
