#include "policy/facts.h"

#include <string.h>

const char *const fact_operation_names[FACT_OPERATIONS + 1] = {
	[FACT_ADD] = "add",
	[FACT_MODIFY] = "modify",
	[FACT_DELETE] = "delete",
	[FACT_RENAME] = "rename",
	[FACT_COPY] = "copy",
	[FACT_TYPE] = "type",
	[FACT_MODE] = "mode",
};

const char *const fact_kind_names[FACT_KINDS + 1] = {
	[FACT_FILE] = "file",
	[FACT_BINARY] = "binary",
	[FACT_SYMLINK] = "symlink",
	[FACT_SUBMODULE] = "submodule",
};

const char *const fact_anomaly_names[FACT_ANOMALIES + 1] = {
	[FACT_DEVICE] = "device",
	[FACT_SOCKET] = "socket",
	[FACT_FIFO] = "fifo",
	[FACT_SETUID] = "setuid",
	[FACT_EMBEDDED_REPO] = "embedded-repository",
	[FACT_REFUSED_NAME] = "refused-name",
	[FACT_CASE_COLLISION] = "case-collision",
	[FACT_SYMLINK_ESCAPE] = "symlink-escape",
	[FACT_UNREADABLE] = "unreadable",
	[FACT_HOSTILE_NAME] = "hostile-name",
	[FACT_DIRECTORY_TO_SYMLINK] = "directory-to-symlink",
};

const char *const fact_origin_names[FACT_ORIGINS + 1] = {
	[FACT_COMMAND_LINE] = "command-line",
	[FACT_JOB_FILE] = "job-file",
	[FACT_REPOSITORY] = "repository",
	[FACT_OPERATOR] = "operator",
};

/* Grows an array in powers of two and returns its next, zeroed element. */
static void *next_element(void *array, size_t *n, size_t size)
{
	void **slot = array;
	char *element;

	if (!(*n & (*n - 1)))
		*slot = xrealloc(*slot, *n ? *n * 2 : 1, size);
	element = (char *)*slot + (*n)++ * size;
	memset(element, 0, size);
	return element;
}

struct fact_path *facts_add_path(struct facts *f)
{
	return next_element(&f->paths, &f->n_paths, sizeof(*f->paths));
}

struct fact_anomaly *facts_add_anomaly(
	struct facts *f, enum fact_anomaly_kind kind, const char *path, const char *detail)
{
	struct fact_anomaly *a = next_element(&f->anomalies, &f->n_anomalies, sizeof(*a));

	a->kind = kind;
	a->path = xstrdup(path);
	a->detail = detail ? xstrdup(detail) : NULL;
	return a;
}

void facts_add_check(struct facts *f, const char *name, enum fact_origin origin, bool passed)
{
	struct fact_check *c = next_element(&f->checks, &f->n_checks, sizeof(*c));

	c->name = xstrdup(name);
	c->origin = origin;
	c->passed = passed;
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_paths(const void *a, const void *b)
{
	const struct fact_path *p = a, *q = b;
	int order = strcmp(p->path, q->path);

	return order ? order : compare_text(p->old_path, q->old_path);
}

static int compare_anomalies(const void *a, const void *b)
{
	const struct fact_anomaly *p = a, *q = b;
	int order = strcmp(p->path, q->path);

	return order ? order : (int)p->kind - (int)q->kind;
}

void facts_finish(struct facts *f)
{
	if (f->n_paths)
		qsort(f->paths, f->n_paths, sizeof(*f->paths), compare_paths);
	if (f->n_anomalies)
		qsort(f->anomalies, f->n_anomalies, sizeof(*f->anomalies), compare_anomalies);
	f->lines_added = 0;
	f->lines_removed = 0;
	for (size_t i = 0; i < f->n_paths; i++) {
		f->lines_added += f->paths[i].added;
		f->lines_removed += f->paths[i].removed;
	}
}

void facts_done(struct facts *f)
{
	for (size_t i = 0; i < f->n_paths; i++) {
		free(f->paths[i].old_path);
		free(f->paths[i].path);
		free(f->paths[i].target);
	}
	for (size_t i = 0; i < f->n_anomalies; i++) {
		free(f->anomalies[i].path);
		free(f->anomalies[i].detail);
	}
	for (size_t i = 0; i < f->n_checks; i++)
		free(f->checks[i].name);
	free(f->paths);
	free(f->anomalies);
	free(f->checks);
	free(f->agent);
	free(f->submitter);
	free(f->profile);
	free(f->stopped);
	*f = (struct facts){ 0 };
}

static json_t *encode_path(const struct fact_path *p)
{
	json_t *o = json_object();

	json_put_str(o, "path", p->path);
	json_put_str(o, "old_path", p->old_path);
	json_put_str(o, "operation", fact_operation_names[p->operation]);
	json_put_str(o, "kind", fact_kind_names[p->kind]);
	json_put(o, "old_mode", json_sprintf("%06o", p->old_mode));
	json_put(o, "new_mode", json_sprintf("%06o", p->new_mode));
	json_put_int(o, "old_size", p->old_size);
	json_put_int(o, "new_size", p->new_size);
	json_put_int(o, "added", p->added);
	json_put_int(o, "removed", p->removed);
	json_put_str(o, "target", p->target);
	json_put_str(o, "old_id", p->old_id);
	json_put_str(o, "new_id", p->new_id);
	return o;
}

static json_t *encode_paths(const struct facts *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->n_paths; i++)
		json_push(list, encode_path(&f->paths[i]));
	return list;
}

static json_t *encode_anomalies(const struct facts *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->n_anomalies; i++) {
		json_t *o = json_object();

		json_put_str(o, "kind", fact_anomaly_names[f->anomalies[i].kind]);
		json_put_str(o, "path", f->anomalies[i].path);
		json_put_str(o, "detail", f->anomalies[i].detail);
		json_push(list, o);
	}
	return list;
}

static json_t *encode_checks(const struct facts *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->n_checks; i++) {
		json_t *o = json_object();

		json_put_str(o, "name", f->checks[i].name);
		json_put_str(o, "origin", fact_origin_names[f->checks[i].origin]);
		json_put(o, "passed", json_boolean(f->checks[i].passed));
		json_push(list, o);
	}
	return list;
}

static json_t *encode_job(const struct facts *f)
{
	json_t *o = json_object();

	if (!f->has_job) {
		json_decref(o);
		return json_null();
	}
	json_put_str(o, "agent", f->agent);
	json_put_str(o, "submitter", f->submitter);
	json_put_str(o, "profile", f->profile);
	json_put_int(o, "denied", f->denied);
	json_put_int(o, "tripwires", f->tripwires);
	json_put_int(o, "omitted", f->omitted);
	json_put_str(o, "stopped", f->stopped);
	return o;
}

static json_t *encode_totals(const struct facts *f)
{
	json_t *o = json_object();

	json_put_int(o, "files", f->n_paths);
	json_put_int(o, "added", f->lines_added);
	json_put_int(o, "removed", f->lines_removed);
	return o;
}

json_t *facts_encode(const struct facts *f)
{
	json_t *o = json_object();

	json_put(o, "paths", encode_paths(f));
	json_put(o, "totals", encode_totals(f));
	json_put(o, "anomalies", encode_anomalies(f));
	json_put_int(o, "unnamed_anomalies", f->unnamed_anomalies);
	json_put(o, "checks", encode_checks(f));
	json_put(o, "job", encode_job(f));
	return o;
}
