#include "runner/leftovers.h"

#include <fcntl.h>
#include <string.h>

#include "audit/read.h"
#include "base/io.h"
#include "repo/once.h"
#include "repo/change.h"
#include "repo/repo.h"
#include "runner/joblock.h"
#include "runner/results.h"

static const char why_stopped[] = "remit ended before the job did";

/* What the log knows of a job: its latest record decides. */
enum known { KNOWN_NOTHING, KNOWN_BEGUN, KNOWN_DECIDED, KNOWN_STOPPED };

static enum known known_by(const char *type)
{
	static const struct {
		enum record_type type;
		enum known known;
	} ends[] = {
		{ RECORD_POLICY_DECIDED, KNOWN_DECIDED },
		{ RECORD_JOB_STOPPED, KNOWN_STOPPED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (!strcmp(record_names[ends[i].type], type))
			return ends[i].known;
	return KNOWN_BEGUN;
}

/* Entries are canonical JSON, in which a quote of a string's own is escaped: only a member looks like this. */
static bool is_about(const struct entry *e, const char *member)
{
	return memmem(e->data, e->len, member, strlen(member)) != NULL;
}

static int read_type(const struct entry *e, enum known *ret, struct err *err)
{
	auto_json json_t *entry = NULL;
	const char *type;
	int r = json_parse((const char *)e->data, e->len, "entry", &entry, err);

	if (r == 0)
		r = json_get_str(entry, "type", &type, err);
	if (r == 0)
		*ret = known_by(type);
	return r;
}

/* From the end of the log backwards: jobs that are looked for are recent. */
static int ask_log(const struct ctx *ctx, const char *id, enum known *ret, struct err *err)
{
	auto_free char *dir = ctx_state(ctx, "log"), *member = xasprintf("\"job\":\"%s\"", id);
	auto_reader struct reader *reader = NULL;
	int r = reader_open(dir, &reader, err);

	*ret = KNOWN_NOTHING;
	for (uint64_t i = r < 0 ? 0 : reader_head(reader)->size; r == 0 && i > 0; i--) {
		struct entry e;

		r = reader_get(reader, i - 1, &e, err);
		if (r == 0 && is_about(&e, member))
			return read_type(&e, ret, err);
	}
	return r;
}

int leftovers_record_stopped(
	struct logclient *log, const char *id, json_t *actor, const char *why, struct err *err)
{
	auto_json json_t *body = json_object();
	struct record record = {
		.type = RECORD_JOB_STOPPED, .job = id, .actor = actor, .body = body
	};
	struct logwire_answer answer;
	int r;

	json_put_str(body, "why", why);
	r = logclient_add(log, &record, err);
	if (r == 0)
		r = logclient_flush(log, &answer, err);
	if (r == 0)
		logwire_answer_done(&answer);
	return r;
}

static int write_interrupted(const struct ctx *ctx, const char *id, json_t *result, struct err *err)
{
	json_put_str(result, "state", "interrupted");
	json_put_str(result, "error", why_stopped);
	return results_write(ctx, id, result, err);
}

static const char *subject_of(const json_t *result, const char *key)
{
	const char *s = json_string_value(json_object_get(json_object_get(result, "subject"), key));

	return s ? s : "";
}

static bool is_published(struct repo *repo, const char *ref, const char *commit)
{
	struct repo_commit there;
	bool same;

	if (repo_resolve(repo, ref, &there, NULL) < 0)
		return false;
	same = !strcmp(there.id, commit);
	repo_commit_done(&there);
	return same;
}

/* The log has the verdict: what is missing is at most the reference. */
static int publish(const struct ctx *ctx, const char *id, const json_t *result, struct err *err)
{
	const char *ref = json_string_value(json_object_get(result, "ref"));
	const char *dir = json_string_value(json_object_get(result, "repo"));
	auto_free char *jobs = ctx_state(ctx, "jobs");
	auto_free char *objects = xasprintf("%s/%s/objects", jobs, id);
	auto_repo struct repo *repo = NULL;
	struct change change;
	int r;

	if (!ref || !dir)
		return 0;
	r = repo_open(dir, &repo, err);
	if (r < 0 || is_published(repo, ref, subject_of(result, "commit")))
		return r;
	change = (struct change){ repo, objects, subject_of(result, "base_tree"),
		subject_of(result, "tree") };
	return change_publish(&change, ref, subject_of(result, "commit"), err);
}

static int finish(const struct ctx *ctx, const char *id, json_t *result, struct err *err)
{
	int r;

	if (!json_object_get(result, "verdict"))
		return write_interrupted(ctx, id, result, err);
	r = publish(ctx, id, result, err);
	if (r < 0)
		return err_prefix(
			err, r, "job '%s' is decided, but its change is not in place", id);
	json_put_str(result, "state", "decided");
	return results_write(ctx, id, result, err);
}

/* Its lock is ours. */
static int clear_one(const struct ctx *ctx, struct logclient *log, const char *id, struct err *err)
{
	auto_json json_t *result = results_load(ctx, id);
	const char *state = json_string_value(json_object_get(result, "state"));
	bool told = strcmp(state, "running") != 0 && strcmp(state, "interrupted") != 0;
	enum known known;
	int r = ask_log(ctx, id, &known, err);

	if (r < 0)
		return r;
	if (known == KNOWN_NOTHING && !told)
		return results_remove(ctx, id, err);
	if (known == KNOWN_DECIDED && !told)
		r = finish(ctx, id, result, err);
	else if (known == KNOWN_BEGUN)
		r = leftovers_record_stopped(
			log, id, json_object_get(result, "actor"), why_stopped, err);
	if (r == 0 && !told && known != KNOWN_DECIDED)
		r = write_interrupted(ctx, id, result, err);
	return r < 0 ? r : results_clear(ctx, id, err);
}

static int clear_if_dead(
	const struct ctx *ctx, struct logclient *log, const char *id, struct err *err)
{
	int lock, r = joblock_seize(ctx, id, &lock);

	if (r == -EBUSY || r == -ENOENT)
		return 0;
	if (r < 0)
		return err_set(err, r, "lock job '%s'", id);
	r = clear_one(ctx, log, id, err);
	if (r == 0)
		joblock_drop(ctx, id, &lock);
	else
		close(lock);
	return r;
}

static int clear_all(const struct ctx *ctx, const struct strs *ids, struct err *err)
{
	struct logclient log = LOGCLIENT_INIT;
	/* What a crash left half done in the log itself has been finished when this is. */
	int r = logclient_start(ctx, &log, err);

	for (size_t i = 0; r == 0 && i < ids->n; i++)
		r = clear_if_dead(ctx, &log, ids->v[i], err);
	logclient_stop(&log);
	return r;
}

static void keep_dead(const struct ctx *ctx, struct strs *ids)
{
	size_t kept = 0;

	for (size_t i = 0; i < ids->n; i++)
		if (joblock_is_held(ctx, ids->v[i]))
			free(ids->v[i]);
		else
			ids->v[kept++] = ids->v[i];
	ids->n = kept;
}

/* Checkouts that a dead remit was at, or was removing. */
static void sweep_bases(const struct ctx *ctx)
{
	auto_free char *path = ctx_state(ctx, "bases");
	auto_fd int dir = -1;

	if (dir_open(AT_FDCWD, path, &dir, NULL) == 0)
		once_sweep(dir);
}

int leftovers_clear(const struct ctx *ctx, struct err *err)
{
	auto_strs struct strs ids = { 0 };
	int r = joblock_list(ctx, &ids, err);

	if (r < 0)
		return r;
	keep_dead(ctx, &ids);
	if (!ids.n)
		return 0;
	sweep_bases(ctx);
	return clear_all(ctx, &ids, err);
}
