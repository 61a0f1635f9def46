#include "tests/unit/check.h"

#include <string.h>

#include "tests/unit/bind_sample.h"

static int decode_json(const char *text, struct sample *s, struct err *err)
{
	auto_json json_t *json = NULL;

	ok(json_parse(text, strlen(text), "t", &json, err) == 0, "it is JSON");
	return bind_decode(&sample_table, NULL, json, s, err);
}

static void refuse_json(const char *text, const char *sentence)
{
	auto_sample struct sample s;
	struct err err = { "" };

	bind_init(&sample_table, &s);
	if (decode_json(text, &s, &err) != -EINVAL)
		fail_msg("taken: %s", text);
	assert_string_equal(err.text, sentence);
}

static char *encode(const struct sample *s)
{
	auto_json json_t *json = bind_encode(&sample_table, s);

	return json_canonical(json);
}

static void check_round(const struct sample *s)
{
	auto_free char *first = encode(s), *second = NULL;
	auto_sample struct sample back;
	struct err err = { "" };

	bind_init(&sample_table, &back);
	if (decode_json(first, &back, &err) < 0)
		fail_msg("%s", err.text);
	second = encode(&back);
	assert_string_equal(first, second);
}

static void test_round(void **state)
{
	auto_sample struct sample s;

	(void)state;
	bind_init(&sample_table, &s);
	s.time = 1000;
	check_round(&s);
	sample_read(&s,
		"text: one\ncount: 4\nwords: [a, '']\nparts: [{name: a, n: 1}]\nflag: false\n"
		"env: {A: 1, B: ''}\nnamed: {x: {n: 1}, y: }\npart: {name: p, n: 1}\nupper: a\n"
		"time: 9223372036854775807ms\nmode: off\ncolours: [red]\nsize: 1m\n");
	check_round(&s);
}

static void test_form(void **state)
{
	auto_sample struct sample s;
	auto_free char *text = NULL;

	(void)state;
	bind_init(&sample_table, &s);
	sample_read(&s, "time: 2s\nenv: {A: 1}\nnamed: {x: {n: 4}}\nparts: [{name: a, n: 1}]\n");
	text = encode(&s);
	assert_string_equal(text,
		"{\"colours\":[],\"count\":3,\"env\":{\"A\":\"1\"},\"flag\":true,\"mode\":\"fast\","
		"\"named\":{\"x\":{\"n\":4}},\"part\":{\"n\":7,\"name\":null},"
		"\"parts\":[{\"n\":1,\"name\":\"a\"}],\"size\":0,\"text\":null,\"time\":2000,"
		"\"words\":[]}");
}

static void test_bytes(void **state)
{
	auto_sample struct sample s;
	struct err err = { "" };

	(void)state;
	bind_init(&sample_table, &s);
	s.time = 1000;
	s.text = xstrdup("\xff\xfe");
	strs_add(&s.words, "a\xc3");
	check_round(&s);
	ok(decode_json("{\"text\":{\"base64\":\"/w==\"},\"env\":{\"A\":{\"base64\":\"/w==\"}}}", &s,
		   &err) == 0,
		"read");
	check_round(&s);
	assert_string_equal(s.text, "\xff");
	refuse_json("{\"text\":{\"base64\":\"YQBi\"}}", "'text': expected text, found a map");
	refuse_json("{\"words\":[{\"base64\":\"AA==\"}]}", "'words': expected text, found a map");
	sample_refuse("text: {base64: YQ==}\n", "f:1:7: 'text': expected text, found a map");
}

static void test_json_null(void **state)
{
	auto_sample struct sample s;
	struct err err = { "" };

	(void)state;
	bind_init(&sample_table, &s);
	ok(decode_json("{\"text\":null,\"parts\":null}", &s, &err) == 0 && !s.text,
		"may be absent");
	refuse_json("{\"parts\":[{\"name\":null,\"n\":1}]}", "part: 'name' is missing");
	refuse_json("{\"env\":{\"A\":null}}", "'value': expected text, found nothing");
	refuse_json("{\"words\":[null]}", "'words': expected text, found nothing");
	refuse_json("{\"count\":null}", "'count': expected a number, found nothing");
	refuse_json("{\"count\":4.5}", "'count': expected a number, found a number or truth value");
	refuse_json("{\"count\":-1}", "'count': expected a number, found a number or truth value");
	refuse_json("null", "expected a map: sample");
}

static void test_json_numbers(void **state)
{
	auto_sample struct sample s;
	struct err err = { "" };

	(void)state;
	bind_init(&sample_table, &s);
	ok(decode_json("{\"count\":5,\"size\":1024,\"time\":1500,\"flag\":false}", &s, &err) == 0,
		"ok");
	ok(s.count == 5 && s.size == 1024 && s.time == 1500 && !s.flag, "bytes and milliseconds");
	refuse_json("{\"size\":1048577}", "'size' is out of range: expected 0 to 1m");
}

/* Required in the entry of a map: an entry that says nothing at all must not get past it. */
static void test_required_entry(void **state)
{
	static const struct bind_field host_fields[] = {
		{ .key = "name", .type = BIND_STR, .at = offsetof(struct part, name) },
		{ .key = "n",
			.type = BIND_INT,
			.flags = BIND_REQUIRED,
			.at = offsetof(struct part, n) },
	};
	static BIND_TABLE(host_table, struct part, "host", host_fields, NULL);
	static const struct bind_field top_fields[] = {
		{ .key = "hosts", .type = BIND_MAP, .flags = BIND_REQUIRED, .sub = &host_table },
	};
	static BIND_TABLE(top_table, struct list, "top", top_fields, NULL);
	static const char *const yaml[] = { "hosts:\n  a:\n", "hosts: {a: {}}\n", "hosts:\n",
		"{}\n" };
	static const char *const said[] = { "f:2:5: host: 'n' is missing",
		"f:1:12: host: 'n' is missing", "f:1:1: top: 'hosts' is missing",
		"f:1:1: top: 'hosts' is missing" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yaml); i++) {
		auto_doc struct doc *doc = NULL;
		struct err err = { "" };
		struct list hosts;

		bind_init(&top_table, &hosts);
		ok(doc_parse(yaml[i], strlen(yaml[i]), "f", &doc, &err) == 0, "it is YAML");
		ok(bind_decode(&top_table, doc, doc_root(doc), &hosts, &err) == -EINVAL, "refused");
		assert_string_equal(err.text, said[i]);
		bind_done(&top_table, &hosts);
	}
}

static void check_key(const json_t *schema, const char *key, const char *type)
{
	const json_t *p = json_object_get(json_object_get(schema, "properties"), key);

	if (!p)
		fail_msg("the schema lacks '%s'", key);
	if (type && strcmp(json_string_value(json_object_get(p, "type")), type))
		fail_msg("'%s' has another type", key);
}

static void test_schema(void **state)
{
	auto_json json_t *schema = bind_schema(&sample_table);
	const json_t *properties = json_object_get(schema, "properties"), *parts, *count;

	(void)state;
	for (size_t i = 0; i < sample_table.n; i++)
		check_key(schema, sample_table.fields[i].key, NULL);
	ok(json_object_size(properties) == sample_table.n, "and no other");
	ok(json_is_false(json_object_get(schema, "additionalProperties")),
		"unknown keys are refused");
	check_key(schema, "text", "string");
	check_key(schema, "flag", "boolean");
	check_key(schema, "count", "integer");
	check_key(schema, "part", "object");
	check_key(schema, "time", "string");
	parts = json_object_get(json_object_get(properties, "parts"), "items");
	check_key(parts, "n", "integer");
	ok(json_array_size(json_object_get(parts, "required")) == 2, "what is required is said");
	count = json_object_get(properties, "count");
	ok(json_integer_value(json_object_get(count, "minimum")) == 2 &&
			json_integer_value(json_object_get(count, "maximum")) == 9,
		"bounds are said");
	assert_string_equal(json_string_value(json_object_get(
				    json_object_get(properties, "text"), "description")),
		"Some text");
	assert_string_equal(json_string_value(json_object_get(schema, "title")), "sample");
}

static void test_strs(void **state)
{
	struct strs s = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		auto_free char *text = xasprintf("%d", i);

		strs_add(&s, text);
	}
	ok(s.n == 1000 && !strcmp(s.v[999], "999") && strs_has(&s, "500") && !strs_has(&s, "1000"),
		"texts are copied and kept in order");
	strs_done(&s);
	ok(!s.v && !s.n && !strs_has(&s, "1"), "and given back");
}

static const struct CMUnitTest tests[] = {
	TEST("what is written is read back", test_round),
	TEST("numbers are written as numbers and maps as maps", test_form),
	TEST("text of any bytes but NUL is written and read back", test_bytes),
	TEST("JSON's null is nothing, and nothing is not text", test_json_null),
	TEST("numbers in JSON have the units of the struct", test_json_numbers),
	TEST("a key is required in the entry of a map too", test_required_entry),
	TEST("the schema has each key, its type and its bounds", test_schema),
	TEST("a list of texts grows", test_strs),
};

int main(void)
{
	return cmocka_run_group_tests_name("base/bind_out", tests, NULL, NULL);
}
