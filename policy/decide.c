#include "policy/decide.h"

#include <inttypes.h>
#include <string.h>

/*
 * One walk over the paths and anomalies of a change, which come sorted; each layer says its word
 * about each. What can't be judged is found out before, and the decision stays as it began: deny.
 */
struct walk {
	const struct facts *facts;
	struct layer *layers;
	size_t n;
	json_t *checks; /* see CHECKS_FAILED */
	struct tally guard, tripwire, stopped, omitted, unnamed, nothing;
	struct tally *failed; /* one a check */
	struct ledger ledger;
};

static struct tally built_in(const char *rule, enum verdict verdict, const char *because)
{
	return (struct tally){
		.layer = "remit", .rule = rule, .verdict = verdict, .because = because
	};
}

static int check_path(const struct fact_path *p, const struct fact_path *before, struct err *err)
{
	bool two = p->operation == FACT_RENAME || p->operation == FACT_COPY;

	if (!p->path || !*p->path)
		return err_say(err, -EINVAL, "facts: a path has no name");
	if ((unsigned int)p->operation >= FACT_OPERATIONS || (unsigned int)p->kind >= FACT_KINDS)
		return err_say(err, -EINVAL, "facts: '%s': unknown operation or kind", p->path);
	if (two != (p->old_path != NULL) || (two && !*p->old_path))
		return err_say(err, -EINVAL,
			"facts: '%s': expected an old name for a rename or copy and for nothing else",
			p->path);
	if (before && strcmp(before->path, p->path) > 0)
		return err_say(err, -EINVAL, "facts: '%s' is out of order", p->path);
	return 0;
}

static int check_anomaly(
	const struct fact_anomaly *a, const struct fact_anomaly *before, struct err *err)
{
	if (!a->path || (unsigned int)a->kind >= FACT_ANOMALIES)
		return err_say(err, -EINVAL, "facts: an anomaly has no path or an unknown kind");
	if (before && strcmp(before->path, a->path) > 0)
		return err_say(err, -EINVAL, "facts: the anomaly of '%s' is out of order", a->path);
	return 0;
}

static int check_facts(const struct facts *f, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < f->n_paths && r == 0; i++)
		r = check_path(&f->paths[i], i ? &f->paths[i - 1] : NULL, err);
	for (size_t i = 0; i < f->n_anomalies && r == 0; i++)
		r = check_anomaly(&f->anomalies[i], i ? &f->anomalies[i - 1] : NULL, err);
	for (size_t i = 0; i < f->n_checks && r == 0; i++)
		if (!f->checks[i].name || (unsigned int)f->checks[i].origin >= FACT_ORIGINS)
			r = err_say(
				err, -EINVAL, "facts: a check has no name or an unknown origin");
	return r;
}

/* Where the policy of the next change is read from. */
static bool is_guarded(const char *name)
{
	return name && !strncmp(name, ".remit", 6) && (name[6] == '/' || !name[6]);
}

static void guard(struct walk *w, const struct subject *s)
{
	const char *name = is_guarded(s->name) ? s->name : s->old_name;

	if (is_guarded(name))
		ledger_note(&w->ledger, &w->guard, name, xstrdup("paths: /.remit/"), NULL);
}

static void judge(struct walk *w, const struct subject *s)
{
	guard(w, s);
	for (size_t i = 0; i < w->n; i++)
		layer_judge(&w->layers[i], s, &w->ledger);
}

/* Bits of the anomalies of name, which *at stands at; *at moves behind them. */
static unsigned int take_anomalies(const struct facts *f, size_t *at, const char *name)
{
	unsigned int bits = 0;

	for (; *at < f->n_anomalies && !strcmp(f->anomalies[*at].path, name); ++*at)
		bits |= 1U << f->anomalies[*at].kind;
	return bits;
}

/* Anomalies of names before end (NULL: all that are left) that are no changed paths. */
static void judge_places(struct walk *w, size_t *at, const char *end)
{
	const struct facts *f = w->facts;

	while (*at < f->n_anomalies && (!end || strcmp(f->anomalies[*at].path, end) < 0)) {
		struct subject s = { .facts = f, .name = f->anomalies[*at].path };

		s.anomalies = take_anomalies(f, at, s.name);
		judge(w, &s);
	}
}

static void judge_all(struct walk *w)
{
	const struct facts *f = w->facts;
	size_t at = 0;
	struct subject s = { .facts = f };

	for (size_t i = 0; i < f->n_paths; i++) {
		bool same = i && !strcmp(f->paths[i - 1].path, f->paths[i].path);

		judge_places(w, &at, f->paths[i].path);
		s.path = &f->paths[i];
		s.name = s.path->path;
		s.old_name = s.path->old_path;
		if (!same)
			s.anomalies = take_anomalies(f, &at, s.name);
		judge(w, &s);
	}
	judge_places(w, &at, NULL);
}

static bool is_required(const struct walk *w, const char *name)
{
	for (size_t i = 0; i < w->n; i++)
		if (json_object_get(w->layers[i].required, name))
			return true;
	return false;
}

static void judge_checks(struct walk *w)
{
	size_t i = 0;
	const char *name;
	json_t *found;

	json_object_foreach (w->checks, name, found) {
		struct tally *t = &w->failed[i++];

		if (!(json_integer_value(found) & CHECKS_FAILED) || is_required(w, name))
			continue;
		*t = built_in("checks", VERDICT_HUMAN, "A check failed that no policy requires.");
		ledger_note(&w->ledger, t, NULL, xasprintf("%s: failed", name), NULL);
	}
}

static void judge_job(struct walk *w)
{
	const struct facts *f = w->facts;

	if (f->tripwires)
		ledger_note(&w->ledger, &w->tripwire, NULL,
			xasprintf("tripwires: %" PRIu64, f->tripwires), NULL);
	if (f->stopped)
		ledger_note(
			&w->ledger, &w->stopped, NULL, xasprintf("stopped: %s", f->stopped), NULL);
	if (f->omitted)
		ledger_note(&w->ledger, &w->omitted, NULL,
			xasprintf("omitted: %" PRIu64, f->omitted), NULL);
	if (f->unnamed_anomalies)
		ledger_note(&w->ledger, &w->unnamed, NULL,
			xasprintf("unnamed anomalies: %" PRIu64, f->unnamed_anomalies), NULL);
	if (!w->n)
		ledger_note(&w->ledger, &w->nothing, NULL, NULL, NULL);
}

static void collect_checks(struct walk *w)
{
	w->checks = json_object();
	w->failed = xcalloc(w->facts->n_checks, sizeof(*w->failed));
	for (size_t i = 0; i < w->facts->n_checks; i++) {
		const struct fact_check *c = &w->facts->checks[i];
		json_int_t found = json_integer_value(json_object_get(w->checks, c->name));

		found |= 1 << c->origin | (c->passed ? 0 : CHECKS_FAILED);
		json_put(w->checks, c->name, json_integer(found));
	}
}

static void add_needs(const struct walk *w, struct decision *ret)
{
	const char *plain = ledger_plain(&w->ledger);

	if (ret->verdict == VERDICT_DENY)
		return;
	if (plain && ret->verdict == VERDICT_HUMAN)
		decision_add_need(ret, "approval", "a person", 1, plain, NULL);
	if (plain && ret->verdict == VERDICT_REVIEW)
		decision_add_need(ret, "approval", "anyone", 1, plain, NULL);
	for (size_t i = 0; i < w->n; i++)
		layer_add_needs(&w->layers[i], w->checks, ret);
	decision_sort_needs(ret);
}

static void finish(struct walk *w, struct decision *ret)
{
	ledger_finish(&w->ledger);
	ret->verdict = w->ledger.verdict;
	for (size_t i = 0; i < w->n; i++)
		if (w->layers[i].points > ret->risk)
			ret->risk = w->layers[i].points;
	add_needs(w, ret);
	ledger_take_reasons(&w->ledger, ret);
}

static void walk_done(struct walk *w)
{
	for (size_t i = 0; i < w->n; i++)
		layer_done(&w->layers[i]);
	free(w->layers);
	free(w->failed);
	json_decref(w->checks);
	ledger_done(&w->ledger);
}

static int check_layers(struct policy *const *layers, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (!layers[i])
			return err_say(
				err, -EINVAL, "policy: layer %zu of %zu is missing", i + 1, n);
	return 0;
}

static void walk_layers(struct walk *w, struct policy *const *layers, size_t n)
{
	w->layers = xcalloc(n, sizeof(*w->layers));
	w->n = n;
	for (size_t i = 0; i < n; i++)
		layer_begin(&w->layers[i], layers[i], w->facts, &w->ledger);
	judge_all(w);
	for (size_t i = 0; i < n; i++)
		layer_end(&w->layers[i], w->facts, w->checks, &w->ledger);
}

int policy_decide(struct policy *const *layers, size_t n, const struct facts *facts,
	struct decision *ret, struct err *err)
{
	struct walk w CLEANUP(walk_done) = {
		.facts = facts,
		.ledger.verdict = VERDICT_ALLOW,
		.guard = built_in("policy-guard", VERDICT_HUMAN,
			"The change touches the policy that later changes are judged by."),
		.tripwire = built_in("tripwire", VERDICT_DENY, "The job opened a decoy."),
		.stopped = built_in("stopped", VERDICT_HUMAN, "The job did not end by itself."),
		.omitted = built_in("omitted-events", VERDICT_HUMAN,
			"The job did more than there is a record of."),
		.unnamed = built_in("unnamed-anomalies", VERDICT_DENY,
			"There are more anomalies than can be judged one by one."),
		.nothing = built_in("no-policy", VERDICT_DENY, "There is no policy to judge by."),
	};
	int r = check_facts(facts, err);

	*ret = (struct decision){ .verdict = VERDICT_DENY };
	if (r == 0)
		r = check_layers(layers, n, err);
	if (r < 0)
		return r;
	collect_checks(&w);
	walk_layers(&w, layers, n);
	judge_job(&w);
	judge_checks(&w);
	finish(&w, ret);
	return 0;
}
