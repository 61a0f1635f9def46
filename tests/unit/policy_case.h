/* policy_case.h: a change put together in a few calls, and what policies say of it. */
#ifndef REMIT_TESTS_POLICY_CASE_H
#define REMIT_TESTS_POLICY_CASE_H

#include <string.h>

#include "policy/policy.h"
#include "tests/unit/check.h"

struct policy_case {
	struct facts facts;
	struct policy *layers[4];
	size_t n;
	struct decision decision;
};

void case_done(struct policy_case *c);
#define auto_case CLEANUP(case_done)

/* Adds a layer; text is a whole policy. */
void case_layer(struct policy_case *c, enum policy_layer layer, const char *text);

/* Adds an operator's layer of one rule; what nothing matches is allowed. */
void case_rule(struct policy_case *c, const char *when, const char *verdict);

/* Adds a changed file of one line; its fields may be changed before case_decide. */
struct fact_path *case_path(struct policy_case *c, enum fact_operation operation, const char *path);

struct fact_path *case_move(struct policy_case *c, enum fact_operation operation,
	const char *old_path, const char *path);

enum verdict case_decide(struct policy_case *c);

/* The first reason of a rule, or NULL. */
const struct reason *case_reason(const struct policy_case *c, const char *rule);

size_t case_count(const struct policy_case *c, const char *rule);

const struct need *case_need(const struct policy_case *c, const char *from);

bool case_same(const char *a, const char *b);

#endif
