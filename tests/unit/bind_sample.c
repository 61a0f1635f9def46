#include "tests/unit/bind_sample.h"

#include <ctype.h>
#include <string.h>

#include "tests/unit/check.h"

static const char *const mode_names[] = { "slow", "fast", "off", NULL };
static const char *const colour_names[] = { "red", "green", NULL };

static int check_short(const char *s, struct err *err)
{
	return strlen(s) < 8 ? 0 : err_say(err, -EINVAL, "'%s' is too long", s);
}

static int decode_upper(const struct doc *doc, const json_t *value, void *p, struct err *err)
{
	const char *s = json_string_value(value);
	char **slot = p;

	if (!s || !*s)
		return doc_fail(doc, value, err, "'upper': expected text");
	free(*slot);
	*slot = xstrdup(s);
	for (char *c = *slot; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return 0;
}

static json_t *encode_upper(const void *p)
{
	const char *s = *(char *const *)p;

	return s ? json_string(s) : NULL;
}

static void done_upper(void *p)
{
	free(*(char **)p);
}

static json_t *schema_upper(void)
{
	return json_pack("{s:s}", "type", "string");
}

static const struct bind_custom upper = { decode_upper, encode_upper, done_upper, schema_upper };

static const struct bind_field part_fields[] = {
	{ .key = "name",
		.type = BIND_STR,
		.flags = BIND_REQUIRED,
		.at = offsetof(struct part, name) },
	{ .key = "n", .type = BIND_INT, .flags = BIND_REQUIRED, .at = offsetof(struct part, n) },
};
static BIND_TABLE(part_table, struct part, "part", part_fields, NULL);

static const struct bind_field named_fields[] = {
	{ .key = "name", .type = BIND_STR, .at = offsetof(struct part, name) },
	{ .key = "n", .type = BIND_INT, .at = offsetof(struct part, n), .preset = 7 },
};
static BIND_TABLE(named_table, struct part, "named", named_fields, NULL);

static const struct bind_field pair_fields[] = {
	{ .key = "key", .type = BIND_STR, .at = offsetof(struct pair, key) },
	{ .key = "value", .type = BIND_STR, .at = offsetof(struct pair, value) },
};
static BIND_TABLE(pair_table, struct pair, "pair", pair_fields, NULL);

#define AT(member) .at = offsetof(struct sample, member)

static const struct bind_field sample_fields[] = {
	{ .key = "text", .type = BIND_STR, AT(text), .check = check_short, .help = "Some text" },
	{ .key = "words",
		.type = BIND_STRS,
		.flags = BIND_ONE_OR_MANY,
		AT(words),
		.check = check_short },
	{ .key = "colours", .type = BIND_STRS, AT(colours), .names = colour_names },
	{ .key = "flag", .type = BIND_BOOL, AT(flag), .preset = 1 },
	{ .key = "count", .type = BIND_INT, AT(count), .min = 2, .max = 9, .preset = 3 },
	{ .key = "size", .type = BIND_SIZE, AT(size), .max = 1 << 20 },
	{ .key = "time", .type = BIND_DURATION, AT(time), .min = 1000 },
	{ .key = "mode", .type = BIND_ENUM, AT(mode), .names = mode_names, .preset = 1 },
	{ .key = "part", .type = BIND_STRUCT, AT(part), .sub = &named_table },
	{ .key = "parts", .type = BIND_LIST, AT(parts), .sub = &part_table },
	{ .key = "env", .type = BIND_MAP, AT(env), .sub = &pair_table, .check = check_short },
	{ .key = "named", .type = BIND_MAP, AT(named), .sub = &named_table },
	{ .key = "upper", .type = BIND_CUSTOM, AT(upper), .custom = &upper },
};
BIND_TABLE(sample_table, struct sample, "sample", sample_fields, "One of everything");

void sample_done(struct sample *s)
{
	bind_done(&sample_table, s);
}

void sample_read(struct sample *s, const char *yaml)
{
	auto_doc struct doc *doc = NULL;
	struct err err = { "" };

	if (doc_parse(yaml, strlen(yaml), "f", &doc, &err) < 0 ||
		bind_decode(&sample_table, doc, doc_root(doc), s, &err) < 0)
		fail_msg("%s", err.text);
}

void sample_refuse(const char *yaml, const char *sentence)
{
	auto_doc struct doc *doc = NULL;
	auto_sample struct sample s;
	struct err err = { "" };

	bind_init(&sample_table, &s);
	ok(doc_parse(yaml, strlen(yaml), "f", &doc, &err) == 0, "it is YAML");
	if (bind_decode(&sample_table, doc, doc_root(doc), &s, &err) != -EINVAL)
		fail_msg("taken: %s", yaml);
	assert_string_equal(err.text, sentence);
}
