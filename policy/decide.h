/* decide.h: layers have their say about a change, a ledger keeps it. For policy/ alone. */
#ifndef REMIT_DECIDE_H
#define REMIT_DECIDE_H

#include "policy/rule.h"

/*
 * A change may have 100,000 paths that one rule matches. So many reasons are kept of each rule, for
 * the verdict that decides and for others, and one more tells how many paths there are besides.
 */
enum { REASONS_DECIDING = 100, REASONS_OTHER = 10 };

/* One that has a say: a rule, a default, a kind of anomaly. Strings are borrowed. */
struct tally {
	const char *layer, *rule, *because;
	enum verdict verdict;
	bool asks; /* it states whose approval it wants */
	size_t n; /* how often it had its say */
};

struct entry {
	struct reason reason;
	const struct tally *tally;
	size_t rank; /* among the entries of its tally */
	bool rest; /* stands for those that were left out */
};

/* Starts as allow: what nobody objects to. Tallies must outlive it. */
struct ledger {
	enum verdict verdict; /* the strictest that was noted */
	struct entry *entries;
	size_t n;
};

/* False when text about one more would be thrown away. */
bool tally_wants(const struct tally *t);

/*
 * Counts one word of t and keeps its reason while tally_wants it. path may be NULL; clause is given
 * away and may be NULL; because NULL means t's own.
 */
void ledger_note(
	struct ledger *l, struct tally *t, const char *path, char *clause, const char *because);

/* After the last note: puts reasons in order, drops what is too much and what is there twice. */
void ledger_finish(struct ledger *l);

/* After ledger_finish: the rule of the first deciding reason that states no approvals, or NULL. */
const char *ledger_plain(const struct ledger *l);

/* After ledger_finish: gives the reasons away. */
void ledger_take_reasons(struct ledger *l, struct decision *ret);

void ledger_done(struct ledger *l);

/*
 * Checks by name, as layers see them: bits of the origins whose check of that name ran, and this one
 * when any of them failed.
 */
enum { CHECKS_FAILED = 1 << FACT_ORIGINS };

/* What one rule came to so far. */
struct rule_state {
	struct tally tally;
	bool live; /* its conditions about the change hold */
	bool matched;
};

struct evidence_state {
	struct tally *tallies; /* one a name that is required */
	bool live, matched;
	const char *path; /* the first that matched, or NULL */
};

/* A policy at work on one change. */
struct layer {
	const struct policy *policy;
	struct rule_state *rules;
	struct evidence_state *evidence;
	struct tally preset, risk;
	struct tally anomalies[FACT_ANOMALIES];
	uint64_t points;
	json_t *required; /* keys: names of the evidence that was asked for */
};

/* Looks at the change as a whole. Nothing else may be called before. */
void layer_begin(struct layer *layer, const struct policy *policy, const struct facts *facts,
	struct ledger *l);

/* Says its word about one path, or place of an anomaly. */
void layer_judge(struct layer *layer, const struct subject *s, struct ledger *l);

/* Once all are judged: anomalies, evidence, points. checks: see CHECKS_FAILED. */
void layer_end(
	struct layer *layer, const struct facts *facts, const json_t *checks, struct ledger *l);

/* Approvals that matched rules state, and evidence that is missing. */
void layer_add_needs(const struct layer *layer, const json_t *checks, struct decision *ret);

void layer_done(struct layer *layer);

void reason_done(struct reason *r);

/* Adds a need; strings are copied, people (NULL: no list) are the keys. */
void decision_add_need(struct decision *d, const char *what, const char *from, uint64_t count,
	const char *rule, const json_t *people);

/* Approvals before evidence, then by name; each once. */
void decision_sort_needs(struct decision *d);

#endif
