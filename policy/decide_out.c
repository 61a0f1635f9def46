#include "policy/decide.h"

#include <string.h>

void decision_add_need(struct decision *d, const char *what, const char *from, uint64_t count,
	const char *rule, const json_t *people)
{
	struct need *need;
	const char *name;
	json_t *unused;

	if (!(d->n_needs & (d->n_needs - 1)))
		d->needs = xrealloc(d->needs, d->n_needs ? d->n_needs * 2 : 1, sizeof(*d->needs));
	need = &d->needs[d->n_needs++];
	*need = (struct need){
		.what = xstrdup(what), .from = xstrdup(from), .count = count, .rule = xstrdup(rule)
	};
	json_object_foreach ((json_t *)people, name, unused)
		strs_add(&need->people, name);
}

static void need_done(struct need *need)
{
	free(need->what);
	free(need->from);
	free(need->rule);
	strs_done(&need->people);
}

static int compare_people(const struct strs *a, const struct strs *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		int order = strcmp(a->v[i], b->v[i]);

		if (order)
			return order;
	}
	return a->n < b->n ? -1 : a->n > b->n;
}

/* People last: two layers may each have a group of one name. */
static int compare(const void *a, const void *b)
{
	const struct need *m = a, *n = b;
	int order = strcmp(m->what, n->what);

	if (!order)
		order = strcmp(m->from, n->from);
	if (!order)
		order = strcmp(m->rule, n->rule);
	if (!order && m->count != n->count)
		order = m->count < n->count ? -1 : 1;
	return order ? order : compare_people(&m->people, &n->people);
}

void decision_sort_needs(struct decision *d)
{
	size_t kept = 0;

	if (d->n_needs)
		qsort(d->needs, d->n_needs, sizeof(*d->needs), compare);
	for (size_t i = 0; i < d->n_needs; i++) {
		if (kept && !compare(&d->needs[kept - 1], &d->needs[i]))
			need_done(&d->needs[i]);
		else
			d->needs[kept++] = d->needs[i];
	}
	d->n_needs = kept;
}

void decision_done(struct decision *d)
{
	for (size_t i = 0; i < d->n_reasons; i++)
		reason_done(&d->reasons[i]);
	for (size_t i = 0; i < d->n_needs; i++)
		need_done(&d->needs[i]);
	free(d->reasons);
	free(d->needs);
	*d = (struct decision){ 0 };
}

static json_t *encode_reason(const struct reason *r)
{
	json_t *o = json_object();

	json_put_str(o, "verdict", verdict_names[r->verdict]);
	json_put_str(o, "layer", r->layer);
	json_put_str(o, "rule", r->rule);
	json_put_str(o, "clause", r->clause);
	json_put_str(o, "path", r->path);
	json_put_str(o, "because", r->because);
	return o;
}

static json_t *encode_approval(const struct need *need)
{
	json_t *o = json_object(), *people = json_array();

	for (size_t i = 0; i < need->people.n; i++)
		json_push(people, json_string(need->people.v[i]));
	json_put_str(o, "what", need->what);
	json_put_str(o, "from", need->from);
	json_put_int(o, "count", need->count);
	json_put(o, "people", people);
	json_put_str(o, "rule", need->rule);
	return o;
}

static json_t *encode_need(const struct need *need)
{
	json_t *o = encode_approval(need);

	if (!need->count) {
		json_object_del(o, "count");
		json_object_del(o, "people");
	}
	return o;
}

json_t *decision_encode(const struct decision *d)
{
	json_t *o = json_object(), *reasons = json_array(), *needs = json_array();

	for (size_t i = 0; i < d->n_reasons; i++)
		json_push(reasons, encode_reason(&d->reasons[i]));
	for (size_t i = 0; i < d->n_needs; i++)
		json_push(needs, encode_need(&d->needs[i]));
	json_put_str(o, "verdict", verdict_names[d->verdict]);
	json_put_int(o, "risk", d->risk);
	json_put(o, "reasons", reasons);
	json_put(o, "needs", needs);
	return o;
}
