/* policy.h: rules over a change, read from YAML or JSON, and the verdict that they come to. */
#ifndef REMIT_POLICY_H
#define REMIT_POLICY_H

#include "base/bind.h"
#include "policy/facts.h"
#include "policy/verdict.h"

/* One layer: the rules of one owner, from one file or several. */
struct policy;

enum policy_layer { POLICY_OPERATOR, POLICY_REPOSITORY };

/*
 * Reads one file into a policy. name is what messages call it. Malformed: -EINVAL with
 * name:line:column, what is wrong and what was expected; nothing is returned.
 */
int policy_parse(const char *text, size_t len, const char *name, enum policy_layer layer,
	struct policy **ret, struct err *err) MUST_USE;

enum policy_layer policy_layer(const struct policy *p);

void policy_free(struct policy *p);
DEFINE_CLEANUP(struct policy *, policy_free)

/* A check that the policy itself defines: a name and a shell command. */
struct policy_check {
	char *name;
	char *run;
	uint64_t timeout; /* ms; 0: the default */
};
const struct policy_check *policy_checks(const struct policy *p, size_t *ret_n);

/*
 * Whether every check that a policy requires is defined by that policy or by one before it; layers
 * come as they were read, the operator's first. -EINVAL with name:line:column of the first that is
 * not: whoever wants the change to land would be the one to define it.
 */
int policy_check_required(struct policy *const *layers, size_t n, struct err *err) MUST_USE;

/* SHA-256 over the text that was read, hexadecimal, for records. */
const char *policy_digest(const struct policy *p);
const char *policy_name(const struct policy *p);

/* Why a verdict is not weaker. */
struct reason {
	enum verdict verdict;
	char *layer; /* "operator", "repository" or "remit" for what is built in */
	char *rule; /* its id; "default", "anomalies", "evidence", "risk" for what is not a rule */
	char *clause; /* what matched: "paths: *.md", "anomalies: symlink-escape"; may be NULL */
	char *path; /* NULL: the change as a whole */
	char *because;
};

/* What has to be brought before the change may land. */
struct need {
	char *what; /* "approval" or "evidence" */
	char *from; /* groups, "anyone" or "a person"; the name of the evidence */
	uint64_t count; /* approvals; 0 for evidence */
	struct strs people; /* everybody in the groups; none: whoever from says */
	char *rule;
};

struct decision {
	enum verdict verdict;
	uint64_t risk; /* points, of the layer that has most */
	struct reason *reasons; /* the strictest first */
	size_t n_reasons;
	struct need *needs;
	size_t n_needs;
};

/*
 * Judges facts by all layers; the strictest wins, whatever their order. No layer, an empty list or
 * an error is never a weaker verdict: a decision starts out as deny and an error leaves it there.
 */
int policy_decide(struct policy *const *layers, size_t n, const struct facts *facts,
	struct decision *ret, struct err *err) MUST_USE;

void decision_done(struct decision *d);
#define auto_decision CLEANUP(decision_done)

json_t *decision_encode(const struct decision *d) MUST_USE;

/* JSON Schema of a policy file. */
json_t *policy_schema(void) MUST_USE;

#endif
