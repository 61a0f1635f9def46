#include "policy/rule.h"

#include <string.h>

#include "policy/pattern_glob.h"

static const struct bind_field range_fields[] = {
	{ .key = "min",
		.type = BIND_INT,
		.at = offsetof(struct range, min),
		.help = "At least this many." },
	{ .key = "max",
		.type = BIND_INT,
		.at = offsetof(struct range, max),
		.preset = UINT64_MAX,
		.help = "At most this many." },
};
static BIND_TABLE(range_table, struct range, "range of min and max", range_fields, NULL);

static const struct bind_field size_fields[] = {
	{ .key = "min",
		.type = BIND_SIZE,
		.at = offsetof(struct range, min),
		.help = "At least this many bytes: 4096, 64k, 2m." },
	{ .key = "max",
		.type = BIND_SIZE,
		.at = offsetof(struct range, max),
		.preset = UINT64_MAX,
		.help = "At most this many bytes." },
};
static BIND_TABLE(size_table, struct range, "range of min and max", size_fields, NULL);

static int decode_range(const struct bind_table *t, const struct doc *doc, const json_t *value,
	struct range *r, struct err *err)
{
	int e;

	bind_init(t, r);
	e = bind_decode(t, doc, value, r, err);
	if (e == 0 && r->min > r->max)
		return doc_fail(
			doc, value, err, "min is greater than max: no number is in this range");
	r->given = true;
	return e;
}

static int decode_count(const struct doc *doc, const json_t *value, void *p, struct err *err)
{
	return decode_range(&range_table, doc, value, p, err);
}

static int decode_size(const struct doc *doc, const json_t *value, void *p, struct err *err)
{
	return decode_range(&size_table, doc, value, p, err);
}

/* The schema of a table that stands inside of another's. */
static json_t *inner_schema(const struct bind_table *t)
{
	json_t *schema = bind_schema(t);

	json_object_del(schema, "$schema");
	json_object_del(schema, "title");
	return schema;
}

static json_t *schema_count(void)
{
	return inner_schema(&range_table);
}

static json_t *schema_size(void)
{
	return inner_schema(&size_table);
}

static const struct bind_custom count_custom = { .decode = decode_count, .schema = schema_count };
static const struct bind_custom size_custom = { .decode = decode_size, .schema = schema_size };

/* Of such a pattern git takes the line and matches nothing. */
static bool is_malformed(const char *body)
{
	size_t len = strlen(body);
	struct glob g = { 0 };
	bool never;

	if (len && body[len - 1] == '/')
		len--;
	glob_parse(&g, body, len, false);
	never = g.never;
	glob_done(&g);
	return never;
}

/* What git reads as no pattern, or as one that matches no path, would be a rule that sleeps. */
static int check_pattern(const struct doc *doc, const json_t *item, bool first, struct err *err)
{
	const char *s = json_string_value(item), *body;

	if (!s || doc_is_null(doc, item))
		return doc_fail(doc, item, err, "'paths': expected a pattern");
	if (strpbrk(s, "\r\n"))
		return doc_fail(
			doc, item, err, "'paths': expected one pattern, found several lines");
	if (!s[strspn(s, " \t")] || *s == '#')
		return doc_fail(doc, item, err,
			"'paths': '%s' is blank or a comment: expected a pattern ('\\#' for a name that "
			"begins with '#')",
			s);
	if (*s == '!' && first)
		return doc_fail(doc, item, err,
			"'paths': '%s' comes first and has nothing to take away from: put '*' before it",
			s);
	body = s + (*s == '!');
	if (!body[strspn(body, "/")] || !strncmp(body, "./", 2) || !strncmp(body, "../", 3) ||
		strstr(body, "//") || strstr(body, "/./") || strstr(body, "/../"))
		return doc_fail(doc, item, err,
			"'paths': '%s' matches no path: expected names without empty, '.' and '..' parts",
			s);
	if (is_malformed(body))
		return doc_fail(doc, item, err,
			"'paths': '%s' is malformed: expected each '[' closed and no lone '\\' at the end",
			s);
	return 0;
}

static int decode_paths(const struct doc *doc, const json_t *value, void *p, struct err *err)
{
	struct pattern_set **set = p;
	json_t *item;
	size_t i;

	if (!json_is_array(value))
		return doc_fail(doc, value, err, "'paths': expected a list of patterns");
	*set = pattern_set_new();
	json_array_foreach (value, i, item) {
		int r = check_pattern(doc, item, i == 0, err);

		if (r < 0)
			return r;
		pattern_set_add(*set, json_string_value(item), json_string_length(item), "policy",
			doc_pos(doc, item).line);
	}
	pattern_set_compile(*set);
	return 0;
}

static void paths_done(void *p)
{
	struct pattern_set **set = p;

	pattern_set_free(*set);
	*set = NULL;
}

static json_t *schema_paths(void)
{
	return json_pack(
		"{s:s, s:i, s:{s:s}}", "type", "array", "minItems", 1, "items", "type", "string");
}

static const struct bind_custom paths_custom = {
	.decode = decode_paths, .done = paths_done, .schema = schema_paths
};

static const char *const mode_names[] = { "000000", "100644", "100755", "120000", "160000", NULL };

static const struct bind_field modes_fields[] = {
	{ .key = "old",
		.type = BIND_STRS,
		.flags = BIND_ONE_OR_MANY,
		.names = mode_names,
		.at = offsetof(struct when_modes, old),
		.help = "The mode before, or several; \"000000\" for a new path." },
	{ .key = "new",
		.type = BIND_STRS,
		.flags = BIND_ONE_OR_MANY,
		.names = mode_names,
		.at = offsetof(struct when_modes, new),
		.help = "The mode after, or several; \"000000\" for a deleted path." },
};
static BIND_TABLE(modes_table, struct when_modes, "modes", modes_fields, NULL);

static const struct bind_field change_fields[] = {
	{ .key = "files",
		.type = BIND_CUSTOM,
		.at = offsetof(struct when_change, files),
		.custom = &count_custom,
		.help = "Changed paths." },
	{ .key = "lines",
		.type = BIND_CUSTOM,
		.at = offsetof(struct when_change, lines),
		.custom = &count_custom,
		.help = "Lines added and removed, together." },
};
static BIND_TABLE(change_table, struct when_change, "change", change_fields, NULL);

static const struct bind_field when_fields[] = {
	[WHEN_PATHS] = { .key = "paths",
		.type = BIND_CUSTOM,
		.at = offsetof(struct when, paths),
		.custom = &paths_custom,
		.help = "Patterns as in .gitignore; the last that matches decides, `!` negates. Both names "
			"of a rename or copy are tried." },
	[WHEN_OPERATIONS] = { .key = "operations",
		.type = BIND_STRS,
		.at = offsetof(struct when, operations),
		.names = fact_operation_names,
		.help = "What was done to the path." },
	[WHEN_KINDS] = { .key = "kinds",
		.type = BIND_STRS,
		.at = offsetof(struct when, kinds),
		.names = fact_kind_names,
		.help = "What the path is; for a deletion, what it was; `binary` where either side is." },
	[WHEN_LINES] = { .key = "lines",
		.type = BIND_CUSTOM,
		.at = offsetof(struct when, lines),
		.custom = &count_custom,
		.help = "Lines added and removed in this path, together; a binary has none." },
	[WHEN_SIZE] = { .key = "size",
		.type = BIND_CUSTOM,
		.at = offsetof(struct when, size),
		.custom = &size_custom,
		.help = "Bytes of the new content; 0 for a deletion." },
	[WHEN_MODES] = { .key = "modes",
		.type = BIND_STRUCT,
		.at = offsetof(struct when, modes),
		.sub = &modes_table,
		.help = "Git's modes on both sides." },
	[WHEN_ANOMALIES] = { .key = "anomalies",
		.type = BIND_STRS,
		.at = offsetof(struct when, anomalies),
		.names = fact_anomaly_names,
		.help = "The path has one of these anomalies." },
	[WHEN_CHANGE] = { .key = "change",
		.type = BIND_STRUCT,
		.at = offsetof(struct when, change),
		.sub = &change_table,
		.help = "Counts over the whole change." },
	[WHEN_DENIED] = { .key = "denied",
		.type = BIND_CUSTOM,
		.at = offsetof(struct when, denied),
		.custom = &count_custom,
		.help = "Attempts that the cage refused. Never holds without a job." },
	[WHEN_TRIPWIRES] = { .key = "tripwires",
		.type = BIND_CUSTOM,
		.at = offsetof(struct when, tripwires),
		.custom = &count_custom,
		.help = "Decoys that the job opened. Never holds without a job." },
	[WHEN_OMITTED] = { .key = "omitted",
		.type = BIND_CUSTOM,
		.at = offsetof(struct when, omitted),
		.custom = &count_custom,
		.help = "Events of the job that its record had no room for. Never holds without a job." },
	[WHEN_AGENTS] = { .key = "agents",
		.type = BIND_STRS,
		.at = offsetof(struct when, agents),
		.check = policy_check_text,
		.help = "The agent has one of these names." },
	[WHEN_SUBMITTERS] = { .key = "submitters",
		.type = BIND_STRS,
		.at = offsetof(struct when, submitters),
		.check = policy_check_text,
		.help = "One of these people submitted the job." },
	[WHEN_PROFILES] = { .key = "profiles",
		.type = BIND_STRS,
		.at = offsetof(struct when, profiles),
		.check = policy_check_text,
		.help = "The job ran under one of these profiles." },
};
static BIND_TABLE(when_table, struct when, "conditions", when_fields, NULL);

const char *when_key_name(enum when_key key)
{
	return when_fields[key].key;
}

bool when_is_path(const struct when *w)
{
	return w->given & ((1U << WHEN_PATH_KEYS) - 1);
}

/* Kept for later. To pass over one would make a rule match more than it says. */
static int refuse_later(const struct doc *doc, const json_t *value, struct err *err)
{
	static const char *const later[] = { "all", "any", "authors", "checks", "content",
		"history", "hosts", "not", "owners", "programs" };

	for (size_t i = 0; i < ARRAY_SIZE(later); i++) {
		const json_t *found = json_object_get(value, later[i]);

		if (found)
			return doc_fail_key(doc, found, err,
				"'%s' is a condition that this version of remit does not have: take it out, "
				"or use a newer remit",
				later[i]);
	}
	return 0;
}

static bool is_empty(const struct doc *doc, const json_t *value)
{
	if (json_is_array(value))
		return !json_array_size(value);
	return json_is_object(value) ? !json_object_size(value) : doc_is_null(doc, value);
}

/* A condition that says nothing holds always or never: neither is what its writer meant. */
static int refuse_empty(
	const struct doc *doc, const char *key, const json_t *value, struct err *err)
{
	json_t *item;
	int r = 0;

	if (is_empty(doc, value))
		return doc_fail(doc, value, err, "'%s' is empty: expected at least one value", key);
	json_object_foreach ((json_t *)value, key, item) {
		r = refuse_empty(doc, key, item, err);
		if (r < 0)
			break;
	}
	return r;
}

static int decode_when(const struct doc *doc, const json_t *value, void *p, struct err *err)
{
	struct when *w = p;
	int r = refuse_later(doc, value, err);

	bind_init(&when_table, w);
	if (r == 0)
		r = refuse_empty(doc, "when", value, err);
	if (r == 0)
		r = bind_decode(&when_table, doc, value, w, err);
	for (unsigned int key = 0; key < WHEN_KEYS; key++)
		if (json_object_get(value, when_fields[key].key))
			w->given |= 1U << key;
	return r;
}

static void when_done(void *p)
{
	bind_done(&when_table, p);
}

static json_t *schema_when(void)
{
	json_t *schema = inner_schema(&when_table);

	json_put_int(schema, "minProperties", 1);
	return schema;
}

const struct bind_custom when_custom = {
	.decode = decode_when, .done = when_done, .schema = schema_when
};
