#include "policy/decide.h"

#include <inttypes.h>
#include <string.h>

static const char *const layer_names[] = {
	[POLICY_OPERATOR] = "operator",
	[POLICY_REPOSITORY] = "repository",
};

enum { RISK_NAMED = 10 /* rules that a reason about risk names */ };

static struct tally tally_of(const struct layer *layer, const char *rule, enum verdict verdict)
{
	return (struct tally){
		.layer = layer_names[layer->policy->layer], .rule = rule, .verdict = verdict
	};
}

static void begin_rule(struct layer *layer, size_t i, const struct facts *facts, struct ledger *l)
{
	const struct rule *rule = &policy_rules(layer->policy)[i];
	const struct subject whole = { .facts = facts };
	struct rule_state *state = &layer->rules[i];

	state->tally = tally_of(layer, rule->id, VERDICT_ALLOW);
	if (rule->verdict != RULE_NO_VERDICT)
		state->tally.verdict = rule->verdict;
	state->tally.because = rule->because;
	state->tally.asks = rule->asks;
	state->live = when_match_change(&rule->when, facts);
	if (!state->live || when_is_path(&rule->when))
		return;
	state->matched = true;
	if (rule->verdict != RULE_NO_VERDICT)
		ledger_note(l, &state->tally, NULL, when_describe(&rule->when, &whole), NULL);
}

static void begin_evidence(struct layer *layer, size_t i, const struct facts *facts)
{
	const struct evidence *evidence = &policy_evidence(layer->policy)[i];
	struct evidence_state *state = &layer->evidence[i];

	state->tallies = xcalloc(evidence->require.n, sizeof(*state->tallies));
	for (size_t k = 0; k < evidence->require.n; k++)
		state->tallies[k] = tally_of(layer, "evidence", VERDICT_HUMAN);
	state->live = when_match_change(&evidence->when, facts);
	state->matched = state->live && !when_is_path(&evidence->when);
}

void layer_begin(struct layer *layer, const struct policy *policy, const struct facts *facts,
	struct ledger *l)
{
	layer->policy = policy;
	layer->rules = xcalloc(policy->rules.n, sizeof(*layer->rules));
	layer->evidence = xcalloc(policy->evidence.n, sizeof(*layer->evidence));
	layer->required = json_object();
	layer->preset = tally_of(layer, "default", policy->preset);
	layer->preset.because = "no rule matches";
	for (size_t k = 0; k < FACT_ANOMALIES; k++)
		layer->anomalies[k] = tally_of(layer, "anomalies", policy->anomalies[k]);
	for (size_t i = 0; i < policy->rules.n; i++)
		begin_rule(layer, i, facts, l);
	for (size_t i = 0; i < policy->evidence.n; i++)
		begin_evidence(layer, i, facts);
}

static void note_default(struct layer *layer, const char *name, struct ledger *l)
{
	struct tally *t = &layer->preset;

	ledger_note(l, t, name,
		tally_wants(t) ? xasprintf("default: %s", verdict_names[t->verdict]) : NULL, NULL);
}

/* The names of s for which a rule of the layer has a verdict. */
static unsigned int judge_rules(struct layer *layer, const struct subject *s, struct ledger *l)
{
	unsigned int covered = NAME_NONE;

	for (size_t i = 0; i < layer->policy->rules.n; i++) {
		const struct rule *rule = &policy_rules(layer->policy)[i];
		struct rule_state *state = &layer->rules[i];
		unsigned int names;

		if (!state->live || !when_is_path(&rule->when))
			continue;
		names = when_match_path(&rule->when, s);
		if (!names)
			continue;
		state->matched = true;
		if (rule->verdict == RULE_NO_VERDICT)
			continue;
		covered |= names;
		ledger_note(l, &state->tally, names & NAME_NEW ? s->name : s->old_name,
			tally_wants(&state->tally) ? when_describe(&rule->when, s) : NULL, NULL);
	}
	return covered;
}

static void judge_evidence(struct layer *layer, const struct subject *s)
{
	for (size_t i = 0; i < layer->policy->evidence.n; i++) {
		const struct evidence *evidence = &policy_evidence(layer->policy)[i];
		struct evidence_state *state = &layer->evidence[i];

		if (!state->live || state->matched || !when_match_path(&evidence->when, s))
			continue;
		state->matched = true;
		state->path = s->name;
	}
}

void layer_judge(struct layer *layer, const struct subject *s, struct ledger *l)
{
	unsigned int covered = judge_rules(layer, s, l);

	judge_evidence(layer, s);
	if (!s->path)
		return;
	if (!(covered & NAME_NEW))
		note_default(layer, s->name, l);
	/*
	 * A rename takes the old name away, so a rule that allows the new name must not carry it: else
	 * a move into docs/ would delete any file. A copy leaves the old name as it was.
	 */
	if (s->path->operation == FACT_RENAME && !(covered & NAME_OLD))
		note_default(layer, s->old_name, l);
}

static void end_anomalies(struct layer *layer, const struct facts *facts, struct ledger *l)
{
	for (size_t i = 0; i < facts->n_anomalies; i++) {
		const struct fact_anomaly *a = &facts->anomalies[i];
		struct tally *t = &layer->anomalies[a->kind];
		char *clause = tally_wants(t)
				       ? xasprintf("anomalies: %s", fact_anomaly_names[a->kind])
				       : NULL;

		ledger_note(l, t, a->path, clause, a->detail);
	}
}

/* Why evidence does not count, or NULL where it does. */
static const char *lacks(const struct layer *layer, const json_t *checks, const char *name)
{
	static const unsigned int counted[] = {
		[POLICY_OPERATOR] = 1 << FACT_OPERATOR,
		[POLICY_REPOSITORY] = 1 << FACT_OPERATOR | 1 << FACT_REPOSITORY,
	};
	json_int_t found = json_integer_value(json_object_get(checks, name));

	if (found & CHECKS_FAILED)
		return "failed";
	if (found & counted[layer->policy->layer])
		return NULL;
	return found ? "passed, by somebody else's definition" : "missing";
}

static void require(struct layer *layer, const char *name, const struct evidence_state *state,
	struct tally *t, const json_t *checks, struct ledger *l)
{
	const char *why = lacks(layer, checks, name);

	if (json_object_get(layer->required, name))
		return;
	json_put(layer->required, name, json_true());
	if (why)
		ledger_note(l, t, state->path, xasprintf("%s: %s", name, why), NULL);
}

static void end_evidence(struct layer *layer, const json_t *checks, struct ledger *l)
{
	for (size_t i = 0; i < layer->policy->evidence.n; i++) {
		const struct strs *names = &policy_evidence(layer->policy)[i].require;
		struct evidence_state *state = &layer->evidence[i];

		for (size_t k = 0; state->matched && k < names->n; k++)
			require(layer, names->v[k], state, &state->tallies[k], checks, l);
	}
}

static int compare_risk(const void *a, const void *b)
{
	const struct rule *r = *(const struct rule *const *)a, *s = *(const struct rule *const *)b;

	if (r->risk != s->risk)
		return r->risk > s->risk ? -1 : 1;
	return strcmp(r->id, s->id);
}

/* "ci 40, deps 20": where the points are from, the most first. */
static char *explain_risk(const struct layer *layer)
{
	auto_free const struct rule **rules = xcalloc(layer->policy->rules.n, sizeof(*rules));
	struct buf out = BUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < layer->policy->rules.n; i++)
		if (layer->rules[i].matched && policy_rules(layer->policy)[i].risk)
			rules[n++] = &policy_rules(layer->policy)[i];
	qsort(rules, n, sizeof(*rules), compare_risk);
	for (size_t i = 0; i < n && i < RISK_NAMED; i++)
		buf_addf(&out, "%s%s %" PRIu64, i ? ", " : "", rules[i]->id, rules[i]->risk);
	if (n > RISK_NAMED)
		buf_addf(&out, " and %zu more", n - RISK_NAMED);
	return buf_steal(&out);
}

static void end_risk(struct layer *layer, struct ledger *l)
{
	const struct risk_step *step = NULL;
	auto_free char *because = NULL;

	for (size_t i = 0; i < layer->policy->rules.n; i++)
		if (layer->rules[i].matched)
			layer->points += policy_rules(layer->policy)[i].risk;
	for (size_t i = 0; i < layer->policy->n_steps; i++)
		if (layer->policy->steps[i].points <= layer->points)
			step = &layer->policy->steps[i];
	if (!step)
		return;
	because = explain_risk(layer);
	layer->risk = tally_of(layer, "risk", step->verdict);
	ledger_note(l, &layer->risk, NULL,
		xasprintf("risk: %" PRIu64 " points, %s from %" PRIu64, layer->points,
			verdict_names[step->verdict], step->points),
		because);
}

void layer_end(
	struct layer *layer, const struct facts *facts, const json_t *checks, struct ledger *l)
{
	end_anomalies(layer, facts, l);
	end_evidence(layer, checks, l);
	end_risk(layer, l);
}

static void add_from(const struct layer *layer, const struct rule *rule, struct decision *ret)
{
	const struct strs *from = &rule->approvals.from;
	auto_json json_t *people = policy_people(layer->policy, &rule->approvals);
	auto_buf struct buf names = BUF_INIT;

	for (size_t i = 0; i < from->n; i++)
		buf_addf(&names, "%s%s", i ? " or " : "", from->v[i]);
	if (!from->n)
		buf_adds(&names, rule->verdict == VERDICT_HUMAN ? "a person" : "anyone");
	decision_add_need(
		ret, "approval", buf_str(&names), rule->approvals.count, rule->id, people);
}

void layer_add_needs(const struct layer *layer, const json_t *checks, struct decision *ret)
{
	const char *name;
	json_t *unused;

	for (size_t i = 0; i < layer->policy->rules.n; i++)
		if (layer->rules[i].matched && policy_rules(layer->policy)[i].asks)
			add_from(layer, &policy_rules(layer->policy)[i], ret);
	json_object_foreach (layer->required, name, unused)
		if (lacks(layer, checks, name))
			decision_add_need(ret, "evidence", name, 0, "evidence", NULL);
}

void layer_done(struct layer *layer)
{
	for (size_t i = 0; layer->evidence && i < layer->policy->evidence.n; i++)
		free(layer->evidence[i].tallies);
	free(layer->rules);
	free(layer->evidence);
	json_decref(layer->required);
}
