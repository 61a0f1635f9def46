#include "policy/rule.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

static const struct group *find_group(const struct policy *p, const char *name)
{
	const struct group *groups = p->groups.v;

	for (size_t i = 0; i < p->groups.n; i++)
		if (!strcmp(groups[i].name, name))
			return &groups[i];
	return NULL;
}

json_t *policy_people(const struct policy *p, const struct approvals *a)
{
	json_t *people = json_object();

	for (size_t i = 0; i < a->from.n; i++) {
		const struct group *g = find_group(p, a->from.v[i]);

		for (size_t j = 0; g && j < g->people.n; j++)
			json_put(people, g->people.v[j], json_true());
	}
	return people;
}

static int check_group(
	const struct doc *doc, const json_t *at, const struct group *g, struct err *err)
{
	auto_json json_t *seen = json_object();

	if (!g->people.n)
		return doc_fail(
			doc, at, err, "group '%s' has nobody: expected at least one name", g->name);
	if (g->people.n > POLICY_MAX_PEOPLE)
		return doc_fail(doc, at, err, "group '%s' has %zu people: expected at most %d",
			g->name, g->people.n, POLICY_MAX_PEOPLE);
	for (size_t i = 0; i < g->people.n; i++) {
		if (json_object_get(seen, g->people.v[i]))
			return doc_fail(doc, json_array_get(at, i), err,
				"'%s' is in group '%s' twice: expected each once", g->people.v[i],
				g->name);
		json_put(seen, g->people.v[i], json_true());
	}
	return 0;
}

static int check_groups(const struct policy *p, const struct doc *doc, struct err *err)
{
	const json_t *map = json_object_get(doc_root(doc), "groups");
	const struct group *groups = p->groups.v;

	for (size_t i = 0; i < p->groups.n; i++) {
		int r = check_group(doc, json_object_get(map, groups[i].name), &groups[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int unknown_group(const struct policy *p, const struct doc *doc, const json_t *at,
	const char *name, struct err *err)
{
	auto_free const char **names = xcalloc(p->groups.n + 1, sizeof(*names));
	const struct group *groups = p->groups.v;
	const char *near;

	for (size_t i = 0; i < p->groups.n; i++)
		names[i] = groups[i].name;
	near = text_nearest(name, names, p->groups.n);
	if (near)
		return doc_fail(
			doc, at, err, "there is no group '%s': did you mean '%s'?", name, near);
	return doc_fail(
		doc, at, err, "there is no group '%s': expected one of those under 'groups'", name);
}

static int check_from(const struct policy *p, const struct rule *rule, const struct doc *doc,
	const json_t *approvals, struct err *err)
{
	const json_t *from = json_object_get(approvals, "from");
	const struct strs *names = &rule->approvals.from;
	auto_json json_t *people = NULL;

	if (from && !names->n)
		return doc_fail(doc, from, err, "'from' is empty: expected a group");
	if (names->n > POLICY_MAX_FROM)
		return doc_fail(doc, from, err, "'from': %zu groups: expected at most %d", names->n,
			POLICY_MAX_FROM);
	for (size_t i = 0; i < names->n; i++)
		if (!find_group(p, names->v[i]))
			return unknown_group(p, doc,
				json_is_array(from) ? json_array_get(from, i) : from, names->v[i],
				err);
	people = policy_people(p, &rule->approvals);
	if (names->n && json_object_size(people) < rule->approvals.count)
		return doc_fail(doc, approvals, err,
			"%" PRIu64
			" approvals can't come from %zu people: expected a lower 'count'",
			rule->approvals.count, json_object_size(people));
	return 0;
}

static int check_approvals(const struct policy *p, struct rule *rule, const struct doc *doc,
	const json_t *value, struct err *err)
{
	const json_t *approvals = json_object_get(value, "approvals");

	if (!approvals)
		return 0;
	rule->asks = true;
	if (rule->verdict != VERDICT_REVIEW && rule->verdict != VERDICT_HUMAN)
		return doc_fail(doc, approvals, err,
			"rule '%s' has approvals: expected verdict review or human beside them",
			rule->id);
	return check_from(p, rule, doc, approvals, err);
}

/* A rule that can never have an effect is a mistake of its writer, who believes that it has one. */
static int check_effect(const struct policy *p, const struct rule *rule, const struct doc *doc,
	const json_t *value, struct err *err)
{
	if (rule->verdict == RULE_NO_VERDICT && !rule->risk)
		return doc_fail(doc, value, err,
			"rule '%s' has no verdict: expected 'verdict', or 'risk' in its place",
			rule->id);
	if (rule->verdict == RULE_NO_VERDICT && !p->points.n)
		return doc_fail(doc, json_object_get(value, "risk"), err,
			"rule '%s' has only points, and no table says what they come to: expected "
			"'risk: { verdicts: ... }' in the policy",
			rule->id);
	if (rule->verdict == VERDICT_ALLOW && !when_is_path(&rule->when))
		return doc_fail(doc, json_object_get(value, "verdict"), err,
			"rule '%s' is about the change as a whole, where allow does nothing: expected a "
			"condition about paths, or a stricter verdict",
			rule->id);
	return 0;
}

static int check_rules(const struct policy *p, const struct doc *doc, struct err *err)
{
	const json_t *list = json_object_get(doc_root(doc), "rules");
	auto_json json_t *seen = json_object();
	struct rule *rules = policy_rules(p);
	int r = 0;

	for (size_t i = 0; i < p->rules.n && r == 0; i++) {
		const json_t *value = json_array_get(list, i);
		const json_t *id = json_object_get(value, "id");
		const json_t *first = json_object_get(seen, rules[i].id);

		if (first)
			return doc_fail(doc, id, err,
				"rule '%s' is here twice: expected another id, the first is on line %d",
				rules[i].id, (int)json_integer_value(first));
		json_put_int(seen, rules[i].id, doc_pos(doc, id).line);
		r = check_effect(p, &rules[i], doc, value, err);
		if (r == 0)
			r = check_approvals(p, &rules[i], doc, value, err);
	}
	return r;
}

static int check_evidence(const struct policy *p, const struct doc *doc, struct err *err)
{
	const json_t *list = json_object_get(doc_root(doc), "evidence");
	struct evidence *evidence = policy_evidence(p);

	for (size_t i = 0; i < p->evidence.n; i++) {
		const json_t *require = json_object_get(json_array_get(list, i), "require");

		if (!evidence[i].require.n)
			return doc_fail(doc, require, err,
				"'require' is empty: expected the name of a check");
		evidence[i].at = doc_pos(doc, require);
	}
	return 0;
}

static int compare_steps(const void *a, const void *b)
{
	const struct risk_step *s = a, *t = b;

	return s->points < t->points ? -1 : s->points > t->points;
}

/* Else one more rule that matches could let a change through. */
static int check_order(const struct policy *p, const struct doc *doc, struct err *err)
{
	const json_t *map = json_object_get(json_object_get(doc_root(doc), "risk"), "verdicts");

	for (size_t i = 1; i < p->n_steps; i++) {
		const struct risk_step *low = &p->steps[i - 1], *high = &p->steps[i];
		auto_free char *key = xasprintf("%" PRIu64, high->points);

		if (high->verdict > low->verdict)
			return doc_fail_key(doc, json_object_get(map, key), err,
				"%s points are %s, and %" PRIu64
				" are %s: expected more points to be no weaker",
				key, verdict_names[high->verdict], low->points,
				verdict_names[low->verdict]);
	}
	return 0;
}

static int make_steps(struct policy *p, const struct doc *doc, struct err *err)
{
	const struct named_verdict *points = p->points.v;

	p->n_steps = p->points.n;
	p->steps = p->n_steps ? xcalloc(p->n_steps, sizeof(*p->steps)) : NULL;
	for (size_t i = 0; i < p->n_steps; i++) {
		int r = text_uint(points[i].name, 1, POLICY_MAX_POINTS, &p->steps[i].points, err);

		if (r < 0)
			return r;
		p->steps[i].verdict = points[i].verdict;
	}
	if (p->n_steps)
		qsort(p->steps, p->n_steps, sizeof(*p->steps), compare_steps);
	return check_order(p, doc, err);
}

static void make_anomalies(struct policy *p)
{
	const struct named_verdict *kinds = p->kinds.v;

	for (size_t i = 0; i < p->kinds.n; i++)
		for (size_t k = 0; k < FACT_ANOMALIES; k++)
			if (!strcmp(kinds[i].name, fact_anomaly_names[k]))
				p->anomalies[k] = kinds[i].verdict;
}

int policy_validate(struct policy *p, const struct doc *doc, struct err *err)
{
	int r = check_groups(p, doc, err);

	for (size_t k = 0; k < FACT_ANOMALIES; k++)
		p->anomalies[k] = VERDICT_DENY;
	make_anomalies(p);
	if (r == 0)
		r = check_rules(p, doc, err);
	if (r == 0)
		r = check_evidence(p, doc, err);
	return r < 0 ? r : make_steps(p, doc, err);
}

static int find_required(const struct policy *p, const json_t *defined, struct err *err)
{
	const struct evidence *e = policy_evidence(p);

	for (size_t i = 0; i < p->evidence.n; i++)
		for (size_t k = 0; k < e[i].require.n; k++)
			if (!json_object_get(defined, e[i].require.v[k]))
				return err_say(err, -EINVAL,
					"%s:%u:%u: nothing defines the check '%s': expected it under "
					"'checks', here or in a policy that is read before this one",
					p->name, e[i].at.line, e[i].at.col, e[i].require.v[k]);
	return 0;
}

int policy_check_required(struct policy *const *layers, size_t n, struct err *err)
{
	auto_json json_t *defined = json_object();
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		const struct policy_check *checks = layers[i]->checks.v;

		for (size_t k = 0; k < layers[i]->checks.n; k++)
			json_put(defined, checks[k].name, json_true());
		r = find_required(layers[i], defined, err);
	}
	return r;
}
