/*
 * job.h: one job on its way: spec, plan, cage, capture, facts, checks, verdict, log. Each step is one
 * call on this struct; what it fills in, the next ones use, and none reaches back.
 */
#ifndef REMIT_RUNNER_JOB_H
#define REMIT_RUNNER_JOB_H

#include "repo/base.h"
#include "repo/capture.h"
#include "repo/change.h"
#include "repo/private.h"
#include "runner/cagerun.h"
#include "runner/dirty.h"
#include "runner/evidence.h"
#include "runner/jobspec.h"
#include "runner/layers.h"
#include "runner/live.h"
#include "runner/logclient.h"
#include "runner/profile.h"
#include "runner/secrets.h"
#include "runner/summary.h"

enum { JOB_ID_LEN = 20 };

/* What the log has of a job. */
enum job_record { JOB_UNRECORDED, JOB_PERHAPS_RECORDED, JOB_BEGUN, JOB_DECIDED };

/* A check; what stands behind `ran` is known once that is set. */
struct job_check {
	char *name, *run;
	enum fact_origin origin;
	uint64_t timeout; /* ms */
	bool ran, passed; /* ran is set, too, for one that had no chance to run: it has no output */
	int exit;
	char *why; /* what ended it early, or NULL */
	uint64_t wall; /* ms */
	uint64_t finished; /* ms since 1970 */
	char output[SHA256_HEX + 1], events[SHA256_HEX + 1];
};

struct job {
	struct ctx *ctx;
	char id[JOB_ID_LEN + 1];
	char *dir; /* jobs/ID */
	int lock; /* see joblock.h */
	uint64_t started, finished, captured, decided; /* ms since 1970; 0: not yet */
	char *submitter;

	struct jobspec spec; /* resolved: command, profile and repo are there */
	enum cagerun_stdio stdio;
	bool quiet; /* no live line, no note */
	bool resolved; /* what it was asked for with is all there, and well formed */

	struct repo *repo;
	struct repo_commit base_commit;
	struct layers layers;
	struct profile profile;
	struct secrets secrets; /* until the cage is started */
	struct base base;
	char *author, *author_email; /* of commits made by the agent */

	struct plan plan;
	char *plan_text;
	char plan_digest[SHA256_HEX + 1];
	char *quarantine;

	struct logclient log;
	struct evidence evidence;
	struct logwire_answer head; /* of the log, after the last flush */

	struct live live;
	struct dirty dirty;
	uint64_t uncommitted; /* files of the checkout that the job did not see as they are there */
	struct cagerun cage;
	struct summary summary;
	char program_digest[SHA256_HEX +
			    1]; /* of the command, "" when it was not found on the host */
	char events_digest[SHA256_HEX + 1], output_digest[SHA256_HEX + 1];

	struct capture capture;
	struct facts facts;
	bool changed, patch_cut;
	char patch_digest[SHA256_HEX + 1], facts_digest[SHA256_HEX + 1];
	char change_digest[SHA256_HEX + 1];

	struct job_check *checks;
	size_t n_checks;

	struct decision decision;
	char decision_digest[SHA256_HEX + 1];
	char commit[REPO_ID_HEX + 1];
	char *branch,
		*ref; /* where the change is; NULL: a denied one has no branch; nowhere (yet) */
	enum job_record recorded;
};

/* Takes the spec over. */
void job_init(struct job *job, struct ctx *ctx, struct jobspec *spec);

/*
 * Runs a job to its end. On failure what had been recorded is closed by a job.stopped record, and whatever
 * was on disk for the job alone is removed; what can't be, now, is left for leftovers_clear. -ENOEXEC: the
 * cage could not be built.
 */
int job_run(struct job *job, struct err *err) MUST_USE;

void job_done(struct job *job);

/* Writes what is known of the job by now as the result of one that is running. */
int job_tell(struct job *job, struct err *err) MUST_USE;

/* The steps, in order. */
int job_resolve(
	struct job *job, struct err *err) MUST_USE; /* repository, base, policies, profile */
int job_prepare(
	struct job *job, struct err *err) MUST_USE; /* directories, checkout, private .git, plan */
int job_submit(
	struct job *job, struct err *err) MUST_USE; /* job.submitted and job.started are durable */
int job_cage(struct job *job, struct err *err) MUST_USE; /* the command has run */
int job_capture(struct job *job, struct err *err) MUST_USE; /* tree, facts, patch */
int job_check(struct job *job, struct err *err) MUST_USE; /* each check in a cage of its own */
int job_decide(struct job *job, struct err *err) MUST_USE; /* verdict */
int job_record(
	struct job *job, struct err *err) MUST_USE; /* the rest is durable, the branch is there */

/* How the job's private .git is made; borrows from job. */
struct private_options job_private_options(const struct job *job);

/* Collects the checks that are to run, with where each is defined; part of job_resolve. */
int job_list_checks(struct job *job, struct err *err) MUST_USE;

/* Bodies of the records, one a type. */
json_t *job_encode_submitted(const struct job *job) MUST_USE;
json_t *job_encode_finished(const struct job *job) MUST_USE;
json_t *job_encode_captured(const struct job *job) MUST_USE;
json_t *job_encode_check(const struct job_check *check) MUST_USE;
json_t *job_encode_decided(const struct job *job) MUST_USE;
json_t *job_encode_actor(const struct job *job) MUST_USE;
json_t *job_encode_subject(const struct job *job) MUST_USE;

/* All that is known of the job by now, in one document: what `remit show --json` prints and the card is drawn from. */
json_t *job_encode_result(const struct job *job) MUST_USE;

#endif
