#include "tests/unit/policy_case.h"

void case_done(struct policy_case *c)
{
	for (size_t i = 0; i < c->n; i++)
		policy_free(c->layers[i]);
	facts_done(&c->facts);
	decision_done(&c->decision);
	*c = (struct policy_case){ 0 };
}

void case_layer(struct policy_case *c, enum policy_layer layer, const char *text)
{
	struct err err = { "" };

	if (policy_parse(text, strlen(text), "test", layer, &c->layers[c->n], &err) < 0)
		fail_msg("%s", err.text);
	c->n++;
}

void case_rule(struct policy_case *c, const char *when, const char *verdict)
{
	auto_free char *text = xasprintf("version: 1\ndefault: allow\nrules:\n"
					 "  - { id: one, when: %s, verdict: %s }\n",
		when, verdict);

	case_layer(c, POLICY_OPERATOR, text);
}

struct fact_path *case_path(struct policy_case *c, enum fact_operation operation, const char *path)
{
	struct fact_path *p = facts_add_path(&c->facts);

	p->path = xstrdup(path);
	p->operation = operation;
	p->old_mode = operation == FACT_ADD || operation == FACT_COPY ? 0 : FACT_MODE_FILE;
	p->new_mode = operation == FACT_DELETE ? 0 : FACT_MODE_FILE;
	p->added = 1;
	return p;
}

struct fact_path *case_move(struct policy_case *c, enum fact_operation operation,
	const char *old_path, const char *path)
{
	struct fact_path *p = case_path(c, operation, path);

	p->old_path = xstrdup(old_path);
	return p;
}

enum verdict case_decide(struct policy_case *c)
{
	struct err err = { "" };

	facts_finish(&c->facts);
	decision_done(&c->decision);
	if (policy_decide(c->layers, c->n, &c->facts, &c->decision, &err) < 0)
		fail_msg("%s", err.text);
	return c->decision.verdict;
}

const struct reason *case_reason(const struct policy_case *c, const char *rule)
{
	for (size_t i = 0; i < c->decision.n_reasons; i++)
		if (!strcmp(c->decision.reasons[i].rule, rule))
			return &c->decision.reasons[i];
	return NULL;
}

size_t case_count(const struct policy_case *c, const char *rule)
{
	size_t n = 0;

	for (size_t i = 0; i < c->decision.n_reasons; i++)
		n += !strcmp(c->decision.reasons[i].rule, rule);
	return n;
}

const struct need *case_need(const struct policy_case *c, const char *from)
{
	for (size_t i = 0; i < c->decision.n_needs; i++)
		if (!strcmp(c->decision.needs[i].from, from))
			return &c->decision.needs[i];
	return NULL;
}

bool case_same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}
