#include "runner/job.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* A record has to stay far below its bound whatever a job does; the rest is in the evidence. */
enum {
	MAX_NAMES = 40,
	MAX_COMMITS = 20,
	MAX_MESSAGE = 500,
	MAX_REASONS = 20,
	MAX_TASK = 4000,
	MAX_NAME = 200
};

/* What one byte takes in JSON, at most. */
static size_t cost(char c)
{
	return (unsigned char)c < 0x20 || c == '"' || c == '\\' ? 6 : 1;
}

/* As much of the text as takes at most max bytes in the record, cut at a whole character. */
static json_t *bounded(const char *s, size_t max)
{
	size_t n = 0;

	if (!s)
		return json_null();
	while (s[n] && cost(s[n]) <= max)
		max -= cost(s[n++]);
	while (s[n] && n && (s[n] & 0xc0) == 0x80)
		n--;
	return json_bytes(s, n);
}

static json_t *names(const struct strs *list)
{
	json_t *out = json_array();

	for (size_t i = 0; i < list->n && i < MAX_NAMES; i++)
		json_push(out, bounded(list->v[i], MAX_NAME));
	return out;
}

static void put_digest(json_t *o, const char *key, const char *hex)
{
	if (*hex)
		json_put_str(o, key, hex);
}

static json_t *encode_agent(const struct job *job)
{
	json_t *o = json_object();

	json_put_str(o, "name", job->spec.agent.name);
	json_put_str(o, "version", job->spec.agent.version);
	put_digest(o, "sha256", job->program_digest);
	return o;
}

json_t *job_encode_actor(const struct job *job)
{
	json_t *o = json_object();

	json_put_str(o, "submitter", job->submitter);
	json_put(o, "agent", encode_agent(job));
	return o;
}

json_t *job_encode_subject(const struct job *job)
{
	json_t *o = json_object();

	json_put_str(o, "base", job->base_commit.id);
	json_put_str(o, "base_tree", job->base_commit.tree);
	put_digest(o, "tree", job->changed ? job->capture.tree : "");
	put_digest(o, "commit", job->commit);
	put_digest(o, "change", job->changed ? job->change_digest : "");
	return o;
}

static json_t *encode_command(const struct job *job)
{
	json_t *list = json_array();
	size_t left = MAX_TASK;

	for (size_t i = 0; i < job->spec.command.n && i < MAX_NAMES && left; i++) {
		size_t n = strlen(job->spec.command.v[i]);

		json_push(list, bounded(job->spec.command.v[i], left));
		left -= n < left ? n : left;
	}
	return list;
}

static json_t *check_names(const struct job *job)
{
	json_t *list = json_array();

	for (size_t i = 0; i < job->n_checks && i < MAX_NAMES; i++)
		json_push(list, json_string(job->checks[i].name));
	return list;
}

/* As many as there is room for; the rest is in the result. */
static json_t *encode_policies(const struct job *job)
{
	json_t *list = json_array();

	for (size_t i = 0; i < job->layers.n && i < MAX_NAMES; i++) {
		json_t *o = json_object();

		json_put(o, "name", bounded(policy_name(job->layers.v[i]), MAX_NAME));
		json_put_str(o, "sha256", policy_digest(job->layers.v[i]));
		json_push(list, o);
	}
	return list;
}

static const char *repo_path(const struct job *job)
{
	const char *workdir = repo_workdir(job->repo);

	return workdir ? workdir : repo_objects(job->repo);
}

json_t *job_encode_submitted(const struct job *job)
{
	json_t *o = json_object();

	json_put(o, "repo", bounded(repo_path(job), MAX_NAME));
	json_put(o, "task", bounded(job->spec.task, MAX_TASK));
	json_put(o, "command", encode_command(job));
	json_put(o, "profile", bounded(job->profile.name, MAX_NAME));
	json_put_str(o, "plan", job->plan_digest);
	json_put(o, "policies", encode_policies(job));
	json_put(o, "checks", check_names(job));
	return o;
}

static json_t *encode_attempts(const struct summary *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_attempts && i < MAX_NAMES; i++) {
		json_t *o = json_object();

		json_put(o, "what", bounded(s->attempts[i].what, MAX_NAME));
		json_put_int(o, "count", s->attempts[i].count);
		json_push(list, o);
	}
	return list;
}

json_t *job_encode_finished(const struct job *job)
{
	const struct summary *s = &job->summary;
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{ "exit", (uint64_t)s->exit },
		{ "wall", s->wall },
		{ "user", s->user },
		{ "sys", s->sys },
		{ "max_rss", s->max_rss },
		{ "output", s->output },
		{ "disk", s->disk },
		{ "execs", s->execs },
		{ "denied", s->denied },
		{ "tripwires", s->tripwires },
		{ "omitted", s->omitted },
		{ "attempts_omitted", summary_attempts_omitted(s, MAX_NAMES) },
	};
	json_t *o = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		json_put_int(o, numbers[i].key, numbers[i].value);
	json_put_str(o, "why", s->why);
	json_put_int(o, "uncommitted", job->uncommitted);
	json_put(o, "attempts", encode_attempts(s));
	json_put(o, "network", hosts_encode(&s->hosts, MAX_NAMES));
	json_put(o, "unenforced", names(&s->unenforced));
	json_put_str(o, "events_sha256", job->events_digest);
	json_put_str(o, "output_sha256", job->output_digest);
	return o;
}

static json_t *encode_commits(const struct capture *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->n_commits && i < MAX_COMMITS; i++) {
		json_t *o = json_object();

		json_put_str(o, "id", c->commits[i].id);
		json_put(o, "author", bounded(c->commits[i].author, MAX_NAME));
		json_put(o, "message", bounded(c->commits[i].message, MAX_MESSAGE));
		json_push(list, o);
	}
	return list;
}

static json_t *encode_anomalies(const struct facts *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->n_anomalies && i < MAX_NAMES; i++) {
		json_t *o = json_object();

		json_put_str(o, "kind", fact_anomaly_names[f->anomalies[i].kind]);
		json_put(o, "path", bounded(f->anomalies[i].path, MAX_NAME));
		json_put(o, "detail", bounded(f->anomalies[i].detail, MAX_NAME));
		json_push(list, o);
	}
	return list;
}

json_t *job_encode_captured(const struct job *job)
{
	const struct capture *c = &job->capture;
	json_t *o = json_object();

	json_put_int(o, "files", job->facts.n_paths);
	json_put_int(o, "added", job->facts.lines_added);
	json_put_int(o, "removed", job->facts.lines_removed);
	json_put_int(o, "ignored", c->ignored);
	json_put(o, "discarded", names(&c->discarded));
	json_put_int(o, "discarded_count", c->discarded.n);
	json_put(o, "anomalies", encode_anomalies(&job->facts));
	json_put_int(o, "anomaly_count", job->facts.n_anomalies + job->facts.unnamed_anomalies);
	json_put(o, "commits", encode_commits(c));
	json_put_int(o, "commit_count", c->n_commits);
	json_put(o, "commits_cut", json_boolean(c->commits_cut));
	put_digest(o, "patch_sha256", job->patch_digest);
	json_put(o, "patch_cut", json_boolean(job->patch_cut));
	put_digest(o, "facts_sha256", job->facts_digest);
	return o;
}

json_t *job_encode_check(const struct job_check *c)
{
	json_t *o = json_object();

	json_put_str(o, "name", c->name);
	json_put(o, "run", bounded(c->run, MAX_TASK));
	json_put_str(o, "from", fact_origin_names[c->origin]);
	json_put(o, "passed", json_boolean(c->passed));
	json_put_int(o, "exit", (uint64_t)c->exit);
	json_put(o, "why", bounded(c->why, MAX_NAME));
	json_put_int(o, "wall", c->wall);
	json_put_str(o, "output_sha256", *c->output ? c->output : NULL);
	json_put_str(o, "events_sha256", *c->events ? c->events : NULL);
	return o;
}

static json_t *encode_reason(const struct reason *r)
{
	json_t *o = json_object();

	json_put_str(o, "verdict", verdict_names[r->verdict]);
	json_put(o, "layer", bounded(r->layer, MAX_NAME));
	json_put(o, "rule", bounded(r->rule, MAX_NAME));
	json_put(o, "clause", bounded(r->clause, MAX_NAME));
	json_put(o, "path", bounded(r->path, MAX_NAME));
	json_put(o, "because", bounded(r->because, MAX_NAME));
	return o;
}

static json_t *encode_reasons(const struct decision *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->n_reasons && i < MAX_REASONS; i++)
		json_push(list, encode_reason(&d->reasons[i]));
	return list;
}

/* Reasons can name long paths; as many as fit are in the record, all of them in the evidence. */
json_t *job_encode_decided(const struct job *job)
{
	json_t *o = json_object();

	json_put_str(o, "verdict", verdict_names[job->decision.verdict]);
	json_put_int(o, "risk", job->decision.risk);
	json_put(o, "reasons", encode_reasons(&job->decision));
	json_put_int(o, "reason_count", job->decision.n_reasons);
	json_put_str(o, "decision_sha256", job->decision_digest);
	json_put(o, "policies", encode_policies(job));
	return o;
}

static json_t *encode_log(const struct job *job)
{
	auto_buf struct buf root = BUF_INIT;
	json_t *o = json_object();

	base64_add(&root, job->head.root, sizeof(job->head.root));
	json_put_str(o, "origin", job->head.origin);
	json_put_int(o, "size", job->head.size);
	json_put_str(o, "root", buf_str(&root));
	return o;
}

static json_t *encode_checks(const struct job *job)
{
	json_t *list = json_array();

	for (size_t i = 0; i < job->n_checks; i++)
		if (job->checks[i].ran)
			json_push(list, job_encode_check(&job->checks[i]));
	return list;
}

static json_t *encode_files(const struct facts *f)
{
	auto_json json_t *all = facts_encode(f);

	return json_incref(json_object_get(all, "paths"));
}

static json_t *encode_mounts(const struct plan *plan)
{
	static const char *const kinds[] = { "read", "write", "hide" };
	const struct plan_mount *m = plan->mounts.v;
	json_t *o = json_object();

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		json_t *list = json_array();

		for (size_t i = 0; i < plan->mounts.n; i++)
			if (m[i].access == k)
				json_push(list, json_bytes(m[i].target, strlen(m[i].target)));
		json_put(o, kinds[k], list);
	}
	return o;
}

/* What the gate let it reach, as the profile has it. */
static json_t *encode_reach(const struct plan_network *network)
{
	const struct net_rule *rules = network->allow.v;
	json_t *list = json_array();

	for (size_t i = 0; i < network->allow.n; i++)
		json_push(list, json_string(net_rule_text(&rules[i])));
	return list;
}

static json_t *encode_allowed(const struct job *job)
{
	static const char *const loopback[] = { "none", "all", "ports" };
	json_t *o = encode_mounts(&job->plan);
	json_t *limits = bind_encode(&plan_limits_table, &job->plan.limits);

	json_put(o, "reach", encode_reach(&job->plan.network));
	json_put_str(o, "network", loopback[job->plan.network.loopback]);
	json_put_int(o, "landlock", job->plan.landlock);
	json_put(o, "limits", limits);
	return o;
}

static void put_times(json_t *o, const struct job *job)
{
	const struct {
		const char *key;
		uint64_t ms;
	} times[] = { { "started", job->started }, { "finished", job->finished } };

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		char text[RECORD_TIME_LEN + 1];

		record_time(times[i].ms, text);
		json_put_str(o, times[i].key, times[i].ms ? text : NULL);
	}
}

/* What was only just submitted has no more than this. */
static json_t *encode_request(const struct job *job)
{
	json_t *o = json_object();

	json_put_str(o, "job", job->id);
	put_times(o, job);
	json_put_str(o, "repo", repo_path(job));
	json_put_str(o, "task", job->spec.task);
	json_put(o, "command", encode_command(job));
	json_put_str(o, "profile", job->profile.name);
	json_put(o, "policies", layers_encode(&job->layers));
	json_put(o, "allowed", encode_allowed(job));
	json_put(o, "actor", job_encode_actor(job));
	json_put(o, "subject", job_encode_subject(job));
	json_put_str(o, "plan_sha256", job->plan_digest);
	return o;
}

static void put_run(json_t *o, const struct job *job)
{
	json_put(o, "run", summary_encode(&job->summary));
	json_put_int(o, "uncommitted", job->uncommitted);
	put_digest(o, "events_sha256", job->events_digest);
	put_digest(o, "output_sha256", job->output_digest);
}

static void put_change(json_t *o, const struct job *job)
{
	auto_json json_t *captured = job_encode_captured(job);

	json_object_update(o, captured);
	json_put(o, "changed", json_boolean(job->changed));
	json_put(o, "paths", encode_files(&job->facts));
	json_put(o, "ignored_names", names(&job->capture.ignored_names));
	json_put(o, "checks", encode_checks(job));
	json_put_str(o, "branch", job->branch);
	json_put_str(o, "ref", job->ref);
}

static void put_decision(json_t *o, const struct job *job)
{
	json_put(o, "decision", decision_encode(&job->decision));
	json_put_str(o, "verdict", verdict_names[job->decision.verdict]);
	put_digest(o, "decision_sha256", job->decision_digest);
}

json_t *job_encode_result(const struct job *job)
{
	json_t *o = encode_request(job);

	json_put_str(o, "state", "decided");
	if (job->finished)
		put_run(o, job);
	if (job->captured)
		put_change(o, job);
	if (job->decided)
		put_decision(o, job);
	if (job->head.origin)
		json_put(o, "log", encode_log(job));
	return o;
}
