#include "tests/unit/check.h"

#include <string.h>

#include "base/json.h"

static json_t *parse(const char *text)
{
	struct err err = { "" };
	json_t *json = NULL;

	if (json_parse(text, strlen(text), "t", &json, &err) < 0)
		fail_msg("%s", err.text);
	return json;
}

static void test_bytes(void **state)
{
	static const char *const texts[] = { "", "plain", "a\nb\"\\", "gr\xc3\xbc\xc3\x9f",
		"\xff\xfe", "half \xe2\x82", "\xed\xa0\x80", "base64" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		auto_json json_t *json = json_bytes(texts[i], strlen(texts[i])), *back = NULL;
		auto_free char *text = json_canonical(json);
		auto_buf struct buf out = BUF_INIT;

		back = parse(text);
		ok(json_get_bytes(back, &out) == 0, "read back");
		assert_string_equal(buf_str(&out), texts[i]);
	}
}

static void test_bytes_form(void **state)
{
	auto_json json_t *plain = json_bytes("\xc3\xbc", 2), *broken = json_bytes("\xfc", 1),
			 *nul = json_bytes("a\0b", 3);
	auto_free char *p = json_canonical(plain), *b = json_canonical(broken),
		       *n = json_canonical(nul);
	auto_buf struct buf out = BUF_INIT;

	(void)state;
	assert_string_equal(p, "\"\xc3\xbc\"");
	assert_string_equal(b, "{\"base64\":\"/A==\"}");
	assert_string_equal(n, "{\"base64\":\"YQBi\"}");
	ok(json_get_bytes(nul, &out) == 0 && out.len == 3 && !memcmp(out.data, "a\0b", 3),
		"NUL too");
}

static void test_bytes_refused(void **state)
{
	static const char *const bad[] = { "1", "null", "true", "[]", "{}", "[\"a\"]",
		"{\"base64\":1}", "{\"base64\":\"YQ\"}", "{\"base65\":\"YQ==\"}",
		"{\"base64\":\"YQ==\",\"x\":1}" };
	auto_buf struct buf out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_json json_t *json = parse(bad[i]);

		if (json_get_bytes(json, &out) != -EINVAL || out.len)
			fail_msg("%s was taken for bytes", bad[i]);
	}
	ok(json_get_bytes(NULL, &out) == -EINVAL, "nothing is no text");
}

static void test_canonical(void **state)
{
	auto_json json_t *a = parse("{\"b\": 1, \"a\": [ true, null, \"\\u00fc/\" ], \"B\": {}}"),
			 *b = parse("{\"B\":{},\"a\":[true,null,\"\xc3\xbc\\/\"],\"b\":1}"),
			 *c = parse("{\"\xf0\x90\x80\x80\":1,\"\xef\xbd\xa1\":2,\"ab\":3,\"a\":4}");
	auto_free char *x = json_canonical(a), *y = json_canonical(b), *z = json_canonical(c);

	(void)state;
	assert_string_equal(x, "{\"B\":{},\"a\":[true,null,\"\xc3\xbc/\"],\"b\":1}");
	assert_string_equal(x, y);
	assert_string_equal(z, "{\"a\":4,\"ab\":3,\"\xef\xbd\xa1\":2,\"\xf0\x90\x80\x80\":1}");
}

static void refuse(const char *text, size_t len, const char *place)
{
	struct err err = { "" };
	json_t *json = NULL;

	if (json_parse(text, len, "f", &json, &err) != -EINVAL || json)
		fail_msg("'%s' was taken", text);
	if (strncmp(err.text, place, strlen(place)))
		fail_msg("'%s' is not at %s", err.text, place);
}

static void test_refused(void **state)
{
	(void)state;
	refuse("", 0, "f:1:");
	refuse("{\"a\":1,\n\"a\":2}", 14, "f:2:");
	refuse("{} {}", 5, "f:1:");
	refuse("{\"a\":\"\\u0000\"}", 14, "f:1:");
	refuse("\"a\0b\"", 5, "f:1:");
	refuse("\"\xff\"", 3, "f:1:");
	refuse("[1,]", 4, "f:1:");
	refuse("// a\n1", 6, "f:1:");
	refuse("99999999999999999999", 20, "f:1:");
	refuse("NaN", 3, "f:1:");
}

static void test_deep(void **state)
{
	auto_free char *deep = xcalloc(200001, 1);

	(void)state;
	memset(deep, '[', 100000);
	memset(deep + 100000, ']', 100000);
	refuse(deep, 200000, "f:1:");
}

static void test_members(void **state)
{
	auto_json json_t *o = parse("{\"s\":\"x\",\"n\":5,\"z\":0,\"minus\":-1,\"real\":1.5}");
	struct err err = { "" };
	const char *s = "before";
	uint64_t n = 9;

	(void)state;
	ok(json_get_str(o, "n", &s, &err) == -EINVAL && json_get_str(o, "q", &s, &err) == -EINVAL &&
			!strcmp(s, "before"),
		"what is no text is refused and nothing is changed");
	ok(json_get_str(o, "s", &s, &err) == 0 && !strcmp(s, "x"), "a text is found");
	ok(json_get_int(o, "minus", &n, &err) == -EINVAL && json_get_int(o, "real", &n, &err) < 0 &&
			json_get_int(o, "s", &n, &err) < 0 &&
			json_get_int(NULL, "n", &n, &err) < 0 && n == 9,
		"what is no whole number is refused and nothing is changed");
	ok(json_get_int(o, "n", &n, &err) == 0 && n == 5, "a number is found");
	ok(json_get_int(o, "z", &n, &err) == 0 && n == 0, "zero is one");
}

static void test_put(void **state)
{
	auto_json json_t *o = json_object();
	json_t *list = json_array();
	auto_free char *text = NULL;

	(void)state;
	json_put_str(o, "text", "t");
	json_put_str(o, "none", NULL);
	json_put_str(o, "bytes", "\xff");
	json_put_int(o, "n", INT64_MAX);
	json_push(list, json_true());
	json_put(o, "list", list);
	json_put_str(o, "text", "again");
	text = json_canonical(o);
	assert_string_equal(text, "{\"bytes\":{\"base64\":\"/w==\"},\"list\":[true],"
				  "\"n\":9223372036854775807,\"none\":null,\"text\":\"again\"}");
}

static const struct CMUnitTest tests[] = {
	TEST("a text of any bytes goes through JSON", test_bytes),
	TEST("only bytes that are no text are written in base64", test_bytes_form),
	TEST("what is neither text nor bytes is refused", test_bytes_refused),
	TEST("one value has one canonical form", test_canonical),
	TEST("what is not one strict JSON value is refused with its place", test_refused),
	TEST("nesting without end is refused", test_deep),
	TEST("a member has the kind that was asked for", test_members),
	TEST("members are put and replaced", test_put),
};

int main(void)
{
	return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}
