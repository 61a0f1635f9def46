#include "runner/job.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"

enum { MAX_PATCH = 64 << 20 };

static int capture(struct job *job, struct err *err)
{
	auto_fd int upper = -1;
	struct private_options private = job_private_options(job);
	struct capture_options options = {
		.private = &private,
		.base_tree = job->base_commit.tree,
		.base_commit = job->base_commit.id,
		.whole = job->plan.workspace.mode == PLAN_COPY,
		.quarantine = job->quarantine,
	};
	int r = dir_open(AT_FDCWD, job->plan.workspace.upper, &upper, err);

	options.upper = upper;
	return r < 0 ? r : capture_run(job->repo, &options, &job->capture, &job->facts, err);
}

static void add_job_facts(struct job *job)
{
	struct facts *f = &job->facts;

	f->has_job = true;
	f->agent = job->spec.agent.name ? xstrdup(job->spec.agent.name) : NULL;
	f->submitter = xstrdup(job->submitter);
	f->profile = xstrdup(job->profile.name);
	f->denied = job->summary.denied;
	f->tripwires = job->summary.tripwires;
	f->omitted = job->summary.omitted;
	f->stopped = job->summary.why ? xstrdup(job->summary.why) : NULL;
}

/*
 * The change itself, whatever it is based on: its paths with what they were and are. A rebase that leaves these
 * alone leaves the digest alone.
 */
static void digest_change(struct job *job)
{
	const struct facts *f = &job->facts;
	unsigned char digest[SHA256_LEN];
	struct sha256 h;

	sha256_init(&h);
	for (size_t i = 0; i < f->n_paths; i++) {
		const struct fact_path *p = &f->paths[i];
		const char *old = p->old_path ? p->old_path : p->path;
		char line[128];
		int n = snprintf(line, sizeof(line), "%06o %06o %s %s ", p->old_mode, p->new_mode,
			p->old_id, p->new_id);

		sha256_add(&h, line, (size_t)n);
		sha256_add(&h, old, strlen(old) + 1);
		sha256_add(&h, p->path, strlen(p->path) + 1);
	}
	sha256_end(&h, digest);
	hex_encode(digest, sizeof(digest), job->change_digest);
}

static int put_patch(struct job *job, const struct change *change, struct err *err)
{
	auto_buf struct buf patch = BUF_INIT;
	int r = change_patch(change, MAX_PATCH, &patch, &job->patch_cut, err);

	return r < 0 ? r
		     : evidence_put(
			       &job->evidence, buf_str(&patch), patch.len, job->patch_digest, err);
}

static int put_facts(struct job *job, struct err *err)
{
	auto_json json_t *facts = facts_encode(&job->facts);
	auto_free char *text = json_canonical(facts);

	return evidence_put(&job->evidence, text, strlen(text), job->facts_digest, err);
}

int job_capture(struct job *job, struct err *err)
{
	struct change change = { job->repo, job->quarantine, job->base_commit.tree,
		job->capture.tree };
	int r = capture(job, err);

	if (r == 0)
		r = change_facts(&change, &job->facts, err);
	if (r < 0)
		return r;
	job->captured = job->ctx->now_ms();
	add_job_facts(job);
	job->changed = job->facts.n_paths > 0;
	digest_change(job);
	if (job->changed)
		r = put_patch(job, &change, err);
	if (r == 0)
		r = put_facts(job, err);
	if (r == 0)
		r = evidence_put_file(&job->evidence, job->cage.events, job->events_digest, err);
	return r < 0 ? r
		     : evidence_put_file(&job->evidence, job->cage.output, job->output_digest, err);
}
