#include "policy/decide.h"

#include <string.h>

bool tally_wants(const struct tally *t)
{
	return t->n < REASONS_DECIDING;
}

static struct entry *add_entry(struct ledger *l)
{
	if (!(l->n & (l->n - 1)))
		l->entries = xrealloc(l->entries, l->n ? l->n * 2 : 1, sizeof(*l->entries));
	l->entries[l->n] = (struct entry){ 0 };
	return &l->entries[l->n++];
}

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

static void add_reason(struct ledger *l, const struct tally *t, struct entry with)
{
	struct entry *e = add_entry(l);

	*e = with;
	e->tally = t;
	e->reason.verdict = t->verdict;
	e->reason.layer = xstrdup(t->layer);
	e->reason.rule = xstrdup(t->rule);
}

void ledger_note(
	struct ledger *l, struct tally *t, const char *path, char *clause, const char *because)
{
	auto_free char *owned = clause;
	size_t rank = t->n;

	l->verdict = verdict_strictest(l->verdict, t->verdict);
	if (tally_wants(t))
		add_reason(l, t,
			(struct entry){
				.rank = rank,
				.reason = { .clause = steal_pointer(&owned),
					.path = copy(path),
					.because = copy(because ? because : t->because) },
			});
	t->n++;
}

void reason_done(struct reason *r)
{
	free(r->layer);
	free(r->rule);
	free(r->clause);
	free(r->path);
	free(r->because);
}

/* "4211" as "4,211". */
static void add_grouped(struct buf *out, size_t n)
{
	if (n >= 1000)
		add_grouped(out, n / 1000);
	buf_addf(out, n >= 1000 ? ",%03zu" : "%zu", n % 1000);
}

static void add_rest(struct ledger *l, const struct tally *t, size_t n)
{
	struct buf clause = BUF_INIT;

	buf_adds(&clause, "and ");
	add_grouped(&clause, n);
	buf_adds(&clause, n == 1 ? " more path" : " more paths");
	add_reason(l, t, (struct entry){ .rest = true, .reason.clause = buf_steal(&clause) });
}

static size_t limit(const struct ledger *l, enum verdict v)
{
	if (v == l->verdict)
		return REASONS_DECIDING;
	return v == VERDICT_ALLOW ? 0 : REASONS_OTHER;
}

/* What allows is no reason for anything stricter. */
static void cut(struct ledger *l)
{
	size_t n = l->n, kept = 0;

	for (size_t i = 0; i < n; i++) {
		size_t max = limit(l, l->entries[i].reason.verdict);

		if (l->entries[i].rank + 1 == max && l->entries[i].tally->n > max)
			add_rest(l, l->entries[i].tally, l->entries[i].tally->n - max);
	}
	for (size_t i = 0; i < l->n; i++) {
		struct entry *e = &l->entries[i];

		if (e->rest || e->rank < limit(l, e->reason.verdict))
			l->entries[kept++] = *e;
		else
			reason_done(&e->reason);
	}
	l->n = kept;
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare(const void *a, const void *b)
{
	const struct entry *e = a, *f = b;
	int order = (int)e->reason.verdict - (int)f->reason.verdict;

	if (!order)
		order = e->rest - f->rest;
	if (!order)
		order = compare_text(e->reason.path, f->reason.path);
	if (!order)
		order = strcmp(e->reason.layer, f->reason.layer);
	if (!order)
		order = strcmp(e->reason.rule, f->reason.rule);
	if (!order)
		order = compare_text(e->reason.clause, f->reason.clause);
	return order ? order : compare_text(e->reason.because, f->reason.because);
}

static void drop_twins(struct ledger *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (kept && !compare(&l->entries[kept - 1], &l->entries[i]))
			reason_done(&l->entries[i].reason);
		else
			l->entries[kept++] = l->entries[i];
	}
	l->n = kept;
}

void ledger_finish(struct ledger *l)
{
	cut(l);
	if (l->n)
		qsort(l->entries, l->n, sizeof(*l->entries), compare);
	drop_twins(l);
}

const char *ledger_plain(const struct ledger *l)
{
	for (size_t i = 0; i < l->n && l->entries[i].reason.verdict == l->verdict; i++)
		if (!l->entries[i].tally->asks)
			return l->entries[i].reason.rule;
	return NULL;
}

void ledger_take_reasons(struct ledger *l, struct decision *ret)
{
	ret->reasons = xcalloc(l->n, sizeof(*ret->reasons));
	ret->n_reasons = l->n;
	for (size_t i = 0; i < l->n; i++)
		ret->reasons[i] = l->entries[i].reason;
	l->n = 0;
}

void ledger_done(struct ledger *l)
{
	for (size_t i = 0; i < l->n; i++)
		reason_done(&l->entries[i].reason);
	free(l->entries);
	*l = (struct ledger){ 0 };
}
