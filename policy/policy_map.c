#include "policy/rule.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

/*
 * A map from names of the policy's own to structs that begin with that name. The table reads the
 * rest of the struct. A value may be written short, without a map, for the table's first field;
 * where that is the only field, short is the only way.
 */
struct named {
	const struct bind_table *table;
	int (*check)(const char *name, struct err *err);
};

static bool is_short(const struct named *n, const json_t *value)
{
	return n->table->n == 1 || !json_is_object(value);
}

static int decode_entry(const struct named *n, const struct doc *doc, const json_t *value,
	void *item, struct err *err)
{
	auto_json json_t *whole = NULL;

	if (!is_short(n, value))
		return bind_decode(n->table, doc, value, item, err);
	whole = json_pack("{s:O}", n->table->fields[0].key, (json_t *)value);
	return bind_decode(n->table, doc, whole, item, err);
}

static int decode_named(const struct named *n, const struct doc *doc, const json_t *value,
	struct list *l, struct err *err)
{
	const char *key;
	json_t *item;

	if (doc_is_null(doc, value))
		return 0;
	if (!json_is_object(value))
		return doc_fail(doc, value, err, "expected a map from each %s to what it is",
			n->table->what);
	l->v = xcalloc(json_object_size(value), n->table->size);
	json_object_foreach ((json_t *)value, key, item) {
		char *entry = (char *)l->v + l->n * n->table->size;
		struct err inner = { "" };
		int r;

		if (n->check(key, &inner) < 0)
			return doc_fail_key(doc, item, err, "%s: %s", n->table->what, inner.text);
		bind_init(n->table, entry);
		*(char **)entry = xstrdup(key);
		l->n++;
		r = decode_entry(n, doc, item, entry, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static void named_done(const struct named *n, struct list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		char *entry = (char *)l->v + i * n->table->size;

		free(*(char **)entry);
		bind_done(n->table, entry);
	}
	free(l->v);
	*l = (struct list){ 0 };
}

static json_t *schema_named(const struct named *n)
{
	auto_json json_t *whole = bind_schema(n->table);
	json_t *lone = json_object_get(
		json_object_get(whole, "properties"), n->table->fields[0].key);
	json_t *value;

	json_object_del(whole, "$schema");
	json_object_del(whole, "title");
	value = n->table->n == 1 ? json_incref(lone) : json_pack("{s:[O,O]}", "anyOf", lone, whole);
	return json_pack("{s:[s,s], s:o}", "type", "object", "null", "additionalProperties", value);
}

static const struct bind_field group_fields[] = {
	{ .key = "people",
		.type = BIND_STRS,
		.flags = BIND_REQUIRED,
		.at = offsetof(struct group, people),
		.check = policy_check_text,
		.help = "The members, by the names that signed approvals carry." },
};
static BIND_TABLE(group_table, struct group, "group", group_fields, NULL);

static int check_group(const char *name, struct err *err)
{
	if (!strcmp(name, "anyone"))
		return err_say(err, -EINVAL, "'anyone' is taken: expected another name");
	return policy_check_id(name, err);
}

static const struct named groups = { &group_table, check_group };

static int decode_groups(const struct doc *doc, const json_t *value, void *p, struct err *err)
{
	return decode_named(&groups, doc, value, p, err);
}

static void groups_done(void *p)
{
	named_done(&groups, p);
}

static json_t *schema_groups(void)
{
	return schema_named(&groups);
}

const struct bind_custom groups_custom = {
	.decode = decode_groups, .done = groups_done, .schema = schema_groups
};

static int check_run(const char *s, struct err *err)
{
	return *s ? 0 : err_say(err, -EINVAL, "expected a shell command, found nothing");
}

static const struct bind_field check_fields[] = {
	{ .key = "run",
		.type = BIND_STR,
		.flags = BIND_REQUIRED,
		.at = offsetof(struct policy_check, run),
		.check = check_run,
		.help = "Shell command; status 0 is a pass." },
	{ .key = "timeout",
		.type = BIND_DURATION,
		.at = offsetof(struct policy_check, timeout),
		.min = 1000,
		.max = 86400000,
		.help = "How long it may take: 90s, 10m." },
};
static BIND_TABLE(check_table, struct policy_check, "check", check_fields, NULL);

static const struct named checks = { &check_table, policy_check_id };

static int decode_checks(const struct doc *doc, const json_t *value, void *p, struct err *err)
{
	return decode_named(&checks, doc, value, p, err);
}

static void checks_done(void *p)
{
	named_done(&checks, p);
}

static json_t *schema_checks(void)
{
	return schema_named(&checks);
}

const struct bind_custom checks_custom = {
	.decode = decode_checks, .done = checks_done, .schema = schema_checks
};

static int check_points(const char *name, struct err *err)
{
	uint64_t points;

	return text_uint(name, 1, POLICY_MAX_POINTS, &points, err);
}

static const struct bind_field verdict_fields[] = {
	{ .key = "verdict",
		.type = BIND_ENUM,
		.flags = BIND_REQUIRED,
		.at = offsetof(struct named_verdict, verdict),
		.names = verdict_names,
		.help = "The verdict." },
};
static BIND_TABLE(points_table, struct named_verdict, "number of points", verdict_fields, NULL);

static const struct named points = { &points_table, check_points };

static int decode_points(const struct doc *doc, const json_t *value, void *p, struct err *err)
{
	return decode_named(&points, doc, value, p, err);
}

static void points_done(void *p)
{
	named_done(&points, p);
}

static json_t *schema_points(void)
{
	json_t *schema = schema_named(&points);

	json_put(schema, "propertyNames", json_pack("{s:s}", "pattern", "^[1-9][0-9]{0,6}$"));
	return schema;
}

const struct bind_custom points_custom = {
	.decode = decode_points, .done = points_done, .schema = schema_points
};

static int check_anomaly(const char *name, struct err *err)
{
	auto_buf struct buf names = BUF_INIT;
	const char *near = text_nearest(name, fact_anomaly_names, FACT_ANOMALIES);

	for (size_t i = 0; i < FACT_ANOMALIES; i++) {
		if (!strcmp(name, fact_anomaly_names[i]))
			return 0;
		buf_addf(&names, "%s%s", i ? ", " : "", fact_anomaly_names[i]);
	}
	if (near)
		return err_say(err, -EINVAL, "there is no '%s': did you mean '%s'?", name, near);
	return err_say(err, -EINVAL, "there is no '%s': expected one of %s", name, buf_str(&names));
}

static BIND_TABLE(anomaly_table, struct named_verdict, "anomaly", verdict_fields, NULL);

static const struct named anomalies = { &anomaly_table, check_anomaly };

static int decode_anomalies(const struct doc *doc, const json_t *value, void *p, struct err *err)
{
	return decode_named(&anomalies, doc, value, p, err);
}

static void anomalies_done(void *p)
{
	named_done(&anomalies, p);
}

static json_t *schema_anomalies(void)
{
	json_t *schema = schema_named(&anomalies), *names = json_array();

	for (size_t i = 0; i < FACT_ANOMALIES; i++)
		json_push(names, json_string(fact_anomaly_names[i]));
	json_put(schema, "propertyNames", json_pack("{s:o}", "enum", names));
	return schema;
}

const struct bind_custom anomalies_custom = {
	.decode = decode_anomalies, .done = anomalies_done, .schema = schema_anomalies
};
