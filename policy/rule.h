/* rule.h: what a policy file says, and which of its conditions hold. For policy/ alone. */
#ifndef REMIT_RULE_H
#define REMIT_RULE_H

#include "base/encode.h"
#include "policy/pattern.h"
#include "policy/policy.h"

/* Bounds of one file, so that nothing that is made of it gets out of hand. */
enum {
	POLICY_MAX_ENTRIES = 4096, /* of any list or map */
	POLICY_MAX_PEOPLE = 256, /* of one group */
	POLICY_MAX_FROM = 10, /* groups of one rule */
	POLICY_MAX_ID = 64, /* bytes of a name */
	POLICY_MAX_TEXT = 1000, /* bytes of a sentence */
	POLICY_MAX_POINTS = 1000000,
};

/* Both ends belong to it. */
struct range {
	bool given;
	uint64_t min, max;
};

struct when_modes {
	struct strs old, new;
};

struct when_change {
	struct range files, lines;
};

/* The keys of a condition, in the order of the table that reads them. */
enum when_key {
	WHEN_PATHS,
	WHEN_OPERATIONS,
	WHEN_KINDS,
	WHEN_LINES,
	WHEN_SIZE,
	WHEN_MODES,
	WHEN_ANOMALIES,
	WHEN_PATH_KEYS, /* those before ask about one path, those from here about the whole change */
	WHEN_CHANGE = WHEN_PATH_KEYS,
	WHEN_DENIED,
	WHEN_TRIPWIRES,
	WHEN_OMITTED,
	WHEN_AGENTS,
	WHEN_SUBMITTERS,
	WHEN_PROFILES,
	WHEN_KEYS
};

/* Holds when every condition that is given holds. */
struct when {
	unsigned int given; /* a bit for each when_key */
	struct pattern_set *paths;
	struct strs operations, kinds, anomalies;
	struct when_modes modes;
	struct range lines, size;
	struct when_change change;
	struct range denied, tripwires, omitted;
	struct strs agents, submitters, profiles;
};

/* The key as it is written. */
const char *when_key_name(enum when_key key);

extern const struct bind_custom when_custom; /* a struct when */

/* A rule or an entry of evidence that asks about paths; else it is about the change as a whole. */
bool when_is_path(const struct when *w);

/* One thing that is judged: a changed path, or the place of an anomaly that is no changed path. */
struct subject {
	const struct facts *facts;
	const struct fact_path *path; /* NULL: not a changed path */
	const char *name;
	const char *old_name; /* of a rename or copy, else NULL */
	unsigned int anomalies; /* a bit for each fact_anomaly_kind */
};

/* Which names of a subject something is true of. */
enum names { NAME_NONE = 0, NAME_NEW = 1, NAME_OLD = 2, NAME_BOTH = 3 };

/* The names for which all conditions about a path hold; one that is not about names says both. */
unsigned int when_match_path(const struct when *w, const struct subject *s);

/* Whether all conditions about the change hold. */
bool when_match_change(const struct when *w, const struct facts *facts);

/* The conditions given and what met them, "paths: *.md; lines: 12"; the caller owns it. */
char *when_describe(const struct when *w, const struct subject *s) MUST_USE;

struct approvals {
	struct strs from; /* groups; none: anybody that the verdict lets */
	uint64_t count;
};

enum { RULE_NO_VERDICT = VERDICT_ALLOW + 1 };

struct rule {
	char *id;
	struct when when;
	unsigned int verdict; /* enum verdict or RULE_NO_VERDICT: it has only points */
	bool asks; /* approvals are stated */
	struct approvals approvals;
	uint64_t risk; /* 0: none */
	char *because; /* or NULL */
};

struct evidence {
	struct when when;
	struct strs require;
	struct doc_pos at; /* of require */
};

/* The entries of the maps of a policy: the name comes first. */
struct group {
	char *name;
	struct strs people;
};

struct named_verdict {
	char *name; /* kind of an anomaly, or points */
	unsigned int verdict;
};

extern const struct bind_table rule_table, evidence_table;
extern const struct bind_custom groups_custom, checks_custom, points_custom, anomalies_custom;

struct risk_step {
	uint64_t points;
	enum verdict verdict;
};

struct policy {
	uint64_t version;
	unsigned int preset; /* enum verdict of a path that no rule matches */
	struct list groups; /* struct group */
	struct list rules; /* struct rule */
	struct list evidence; /* struct evidence */
	struct list checks; /* struct policy_check */
	struct list points; /* struct named_verdict */
	struct list kinds; /* struct named_verdict, anomalies */
	/* Made of it. */
	enum policy_layer layer;
	enum verdict anomalies[FACT_ANOMALIES];
	struct risk_step *steps; /* by points, from the lowest */
	size_t n_steps;
	char *name;
	char digest[SHA256_HEX + 1];
};

static inline struct rule *policy_rules(const struct policy *p)
{
	return p->rules.v;
}

static inline struct evidence *policy_evidence(const struct policy *p)
{
	return p->evidence.v;
}

/*
 * What no table can say: names that must exist, be unique or make sense together. Fills in what is
 * made of the rest.
 */
int policy_validate(struct policy *p, const struct doc *doc, struct err *err) MUST_USE;

/* Everybody in the groups of an approval, each once, as the keys of an object. */
json_t *policy_people(const struct policy *p, const struct approvals *a) MUST_USE;

/* Names of rules, groups and checks: [a-z0-9][a-z0-9._-]*. */
int policy_check_id(const char *s, struct err *err) MUST_USE;

/* One line of text for people, not empty, bounded. */
int policy_check_text(const char *s, struct err *err) MUST_USE;

#endif
