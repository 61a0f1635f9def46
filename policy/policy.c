#include "policy/policy.h"

#include <string.h>

#include "policy/rule.h"

struct risk_table {
	struct list points;
};

static const struct bind_field risk_fields[] = {
	{ .key = "verdicts",
		.type = BIND_CUSTOM,
		.flags = BIND_REQUIRED,
		.at = offsetof(struct risk_table, points),
		.custom = &points_custom,
		.help = "From how many points on which verdict; the highest that is reached counts." },
};
static BIND_TABLE(risk_table, struct risk_table, "risk", risk_fields,
	"What the points of all rules that matched come to.");

static const struct bind_field policy_fields[] = {
	{ .key = "version",
		.type = BIND_INT,
		.flags = BIND_REQUIRED,
		.at = offsetof(struct policy, version),
		.min = 1,
		.max = 1,
		.help = "Version of this language: 1." },
	{ .key = "default",
		.type = BIND_ENUM,
		.flags = BIND_REQUIRED,
		.at = offsetof(struct policy, preset),
		.names = verdict_names,
		.help = "The verdict of every changed path that no rule matches." },
	{ .key = "groups",
		.type = BIND_CUSTOM,
		.at = offsetof(struct policy, groups),
		.custom = &groups_custom,
		.help = "Named lists of people, for the approvals of rules." },
	{ .key = "rules",
		.type = BIND_LIST,
		.at = offsetof(struct policy, rules),
		.sub = &rule_table,
		.help = "The rules; their order means nothing." },
	{ .key = "evidence",
		.type = BIND_LIST,
		.at = offsetof(struct policy, evidence),
		.sub = &evidence_table,
		.help = "Checks that a change must bring; without them it is `human` at least." },
	{ .key = "checks",
		.type = BIND_CUSTOM,
		.at = offsetof(struct policy, checks),
		.custom = &checks_custom,
		.help = "Commands that are run on every change; a lone text is the command." },
	{ .key = "risk",
		.type = BIND_STRUCT,
		.at = offsetof(struct policy, points),
		.sub = &risk_table,
		.help = "What the points of all rules that matched come to." },
	{ .key = "anomalies",
		.type = BIND_CUSTOM,
		.at = offsetof(struct policy, kinds),
		.custom = &anomalies_custom,
		.help = "The verdict of a kind of anomaly; `deny` for every kind that is not listed." },
};
static BIND_TABLE(policy_table, struct policy, "policy", policy_fields,
	"A policy of remit: rules over a change, and the verdict that they come to.");

/* Before anything is made of them: of bounded lists nothing that is quadratic takes long. */
static int refuse_long(const struct doc *doc, const json_t *value, struct err *err)
{
	size_t n = json_is_array(value) ? json_array_size(value) : json_object_size(value), i;
	const char *key;
	json_t *item;
	int r = 0;

	if (n > POLICY_MAX_ENTRIES)
		return doc_fail(
			doc, value, err, "%zu entries: expected at most %d", n, POLICY_MAX_ENTRIES);
	json_array_foreach (value, i, item) {
		r = refuse_long(doc, item, err);
		if (r < 0)
			return r;
	}
	json_object_foreach ((json_t *)value, key, item) {
		r = refuse_long(doc, item, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* First of all: of a file for a later remit, nothing else that is said about it would help. */
static int check_version(const struct doc *doc, struct err *err)
{
	const json_t *version = json_object_get(doc_root(doc), "version");
	const char *s = json_string_value(version);

	if (!version)
		return 0;
	if (!s || strcmp(s, "1"))
		return doc_fail(doc, version, err, "'version': expected 1, found %s%s%s",
			s ? "'" : "no number", s ? s : "", s ? "'" : "");
	return 0;
}

static int read_policy(const struct doc *doc, struct policy *p, struct err *err)
{
	int r = check_version(doc, err);

	if (r == 0)
		r = refuse_long(doc, doc_root(doc), err);
	if (r == 0)
		r = bind_decode(&policy_table, doc, doc_root(doc), p, err);
	return r < 0 ? r : policy_validate(p, doc, err);
}

int policy_parse(const char *text, size_t len, const char *name, enum policy_layer layer,
	struct policy **ret, struct err *err)
{
	struct policy *p CLEANUP(cleanup_policy_free) = NULL;
	auto_doc struct doc *doc = NULL;
	int r = doc_parse(text, len, name, &doc, err);

	if (r < 0)
		return r;
	p = xcalloc(1, sizeof(*p));
	bind_init(&policy_table, p);
	r = read_policy(doc, p, err);
	if (r < 0)
		return r;
	p->layer = layer;
	p->name = xstrdup(name);
	sha256_hex(text, len, p->digest);
	*ret = steal_pointer(&p);
	return 0;
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	bind_done(&policy_table, p);
	free(p->steps);
	free(p->name);
	free(p);
}

const struct policy_check *policy_checks(const struct policy *p, size_t *ret_n)
{
	*ret_n = p->checks.n;
	return p->checks.v;
}

enum policy_layer policy_layer(const struct policy *p)
{
	return p->layer;
}

const char *policy_digest(const struct policy *p)
{
	return p->digest;
}

const char *policy_name(const struct policy *p)
{
	return p->name;
}

json_t *policy_schema(void)
{
	return bind_schema(&policy_table);
}
