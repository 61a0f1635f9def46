#include "repo/change_view.h"

#include <string.h>

#include "repo/anomaly.h"
#include "repo/content.h"

int change_view_open(const struct change *change, struct change_view *ret, struct err *err)
{
	int r = repo_parse_id(change->new_tree, &ret->new, err);

	ret->has_old = change->old_tree;
	if (r == 0 && change->old_tree)
		r = repo_parse_id(change->old_tree, &ret->old, err);
	return r < 0 ? r : view_open(change->repo, change->quarantine, &ret->view, err);
}

void change_view_done(struct change_view *v)
{
	view_done(&v->view);
}

const git_oid *change_view_old(const struct change_view *v)
{
	return v->has_old ? &v->old : NULL;
}

static bool same_id(const struct side *a, const struct side *b)
{
	return !git_oid_cmp(&a->id, &b->id);
}

static enum fact_operation operation_of(const struct delta *d)
{
	const struct side *old = delta_old(d);

	if (d->source)
		return d->copied ? FACT_COPY : FACT_RENAME;
	if (!old->mode)
		return FACT_ADD;
	if (!d->new.mode)
		return FACT_DELETE;
	if (!mode_is(old->mode, d->new.mode))
		return FACT_TYPE;
	return same_id(old, &d->new) ? FACT_MODE : FACT_MODIFY;
}

/* Of the new side, or of what is gone. Where either is a binary nobody sees the other in a diff. */
static enum fact_kind kind_of(
	const struct delta *d, const struct content *old, const struct content *new)
{
	uint32_t mode = d->new.mode ? d->new.mode : delta_old(d)->mode;

	if (mode_is(mode, GIT_FILEMODE_LINK))
		return FACT_SYMLINK;
	if (mode_is(mode, GIT_FILEMODE_COMMIT))
		return FACT_SUBMODULE;
	return old->binary || new->binary ? FACT_BINARY : FACT_FILE;
}

static uint64_t shown_size(const struct side *side, const struct content *content)
{
	return mode_is(side->mode, GIT_FILEMODE_COMMIT) ? 0 : content->size;
}

static void fill_sides(struct fact_path *p, const struct delta *d, const struct content *old,
	const struct content *new)
{
	const struct side *from = delta_old(d);

	p->operation = operation_of(d);
	p->kind = kind_of(d, old, new);
	p->old_mode = from->mode;
	p->new_mode = d->new.mode;
	p->old_size = shown_size(from, old);
	p->new_size = shown_size(&d->new, new);
	git_oid_tostr(p->old_id, sizeof(p->old_id), &from->id);
	git_oid_tostr(p->new_id, sizeof(p->new_id), &d->new.id);
	if (mode_is(d->new.mode, GIT_FILEMODE_LINK) && new->data)
		p->target = xstrndup(new->data, new->size);
}

static bool is_text(const struct side *side)
{
	return side->mode && !mode_is(side->mode, GIT_FILEMODE_COMMIT);
}

/* A submodule alone counts no lines, although git shows one for it. */
static bool counts_lines(const struct delta *d)
{
	const struct side *from = delta_old(d);

	return (is_text(from) || is_text(&d->new)) && !same_id(from, &d->new);
}

static int add_fact(
	const struct view *v, const struct delta *d, struct facts *facts, struct err *err)
{
	auto_content struct content old = { 0 };
	auto_content struct content new = { 0 };
	struct fact_path *p;
	int r = content_read(v, delta_old(d), &old, err);

	if (r == 0)
		r = content_read(v, &d->new, &new, err);
	if (r < 0)
		return r;
	p = facts_add_path(facts);
	p->path = xstrdup(d->path);
	p->old_path = d->source ? xstrdup(d->source->path) : NULL;
	fill_sides(p, d, &old, &new);
	return counts_lines(d) ? content_count(&old, &new, &p->added, &p->removed, err) : 0;
}

int change_facts(const struct change *change, struct facts *facts, struct err *err)
{
	auto_change_view struct change_view v = { 0 };
	auto_deltas struct deltas deltas = { 0 };
	int r = change_view_open(change, &v, err);

	if (r == 0)
		r = deltas_collect(&v.view, change_view_old(&v), &v.new, &deltas, err);
	for (size_t i = 0; r == 0 && i < deltas.n; i++)
		if (!deltas.v[i].moved)
			r = add_fact(&v.view, &deltas.v[i], facts, err);
	if (r < 0)
		return err_prefix(err, r, "read the change");
	facts_finish(facts);
	return 0;
}

int change_anomalies(const struct change *change, struct facts *facts, struct err *err)
{
	auto_change_view struct change_view v = { 0 };
	struct anomalies anomalies = { .facts = facts };
	int r = change_view_open(change, &v, err);

	if (r == 0)
		r = anomaly_scan(&v.view, change_view_old(&v), &v.new, &anomalies, err);
	if (r < 0)
		return err_prefix(err, r, "look for anomalies");
	anomaly_finish(&anomalies);
	return 0;
}
