#include "tests/unit/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/doc.h"
#include "tests/unit/scratch.h"

static struct doc *load(const char *text)
{
	struct err err = { "" };
	struct doc *doc = NULL;

	if (doc_parse(text, strlen(text), "f", &doc, &err) < 0)
		fail_msg("%s", err.text);
	return doc;
}

static void check_value(const char *text, const char *wanted)
{
	auto_doc struct doc *doc = load(text);
	auto_free char *got = json_canonical(doc_root(doc));

	assert_string_equal(got, wanted);
}

static void refuse_bytes(const char *text, size_t len, const char *sentence)
{
	struct err err = { "" };
	struct doc *doc = NULL;

	if (doc_parse(text, len, "f", &doc, &err) != -EINVAL || doc)
		fail_msg("'%s' was taken", text);
	assert_string_equal(err.text, sentence);
}

static void refuse(const char *text, const char *sentence)
{
	refuse_bytes(text, strlen(text), sentence);
}

static void test_values(void **state)
{
	(void)state;
	check_value("a: 1\nb: [x, 'y z', \"\\u00fc\"]\nc: {d: e}\n",
		"{\"a\":\"1\",\"b\":[\"x\",\"y z\",\"\xc3\xbc\"],\"c\":{\"d\":\"e\"}}");
	check_value("- a\n- - b\n  - c\n- k: v\n", "[\"a\",[\"b\",\"c\"],{\"k\":\"v\"}]");
	check_value("on: yes\nn: 0x10\nf: 1.5\nt: 2026-01-01\n",
		"{\"f\":\"1.5\",\"n\":\"0x10\",\"on\":\"yes\",\"t\":\"2026-01-01\"}");
	check_value("lone", "\"lone\"");
	check_value("a: |\n  one\n  two\nb: >-\n  one\n  two\n",
		"{\"a\":\"one\\ntwo\\n\",\"b\":\"one two\"}");
	check_value("---\na: 1\n...\n", "{\"a\":\"1\"}");
	check_value("# only\na: 1 # that\n", "{\"a\":\"1\"}");
	check_value("{}", "{}");
	check_value("[]", "[]");
}

static void test_json(void **state)
{
	(void)state;
	check_value("{\"a\": [1, true, null, \"x\\ty\"], \"b\": {\"c\": \"\\u20ac\"}}",
		"{\"a\":[\"1\",\"true\",\"null\",\"x\\ty\"],\"b\":{\"c\":\"\xe2\x82\xac\"}}");
}

static void test_line_ends(void **state)
{
	auto_doc struct doc *doc = load("a: 1\r\nb:\r\n  - x\r\n");
	const json_t *b = json_object_get(doc_root(doc), "b");

	(void)state;
	check_value("a: 1\r\nb:\r\n  - x\r\n", "{\"a\":\"1\",\"b\":[\"x\"]}");
	ok(doc_pos(doc, json_array_get(b, 0)).line == 3 &&
			doc_pos(doc, json_array_get(b, 0)).col == 5,
		"a CRLF is one line end");
}

static void test_mark(void **state)
{
	auto_doc struct doc *doc = load("\xef\xbb\xbf"
					"a: 1\n");
	const json_t *a = json_object_get(doc_root(doc), "a");

	(void)state;
	ok(a && doc_key_pos(doc, a).col == 1 && doc_pos(doc, a).col == 4,
		"a byte order mark is no column");
	refuse_bytes("\xff\xfe"
		     "a\0:\0 \0b\0",
		10, "f:1:1: invalid leading UTF-8 octet");
}

static void check_pos(const struct doc *doc, const json_t *v, unsigned int at[4])
{
	struct doc_pos p = doc_pos(doc, v), k = doc_key_pos(doc, v);

	if (p.line != at[0] || p.col != at[1] || k.line != at[2] || k.col != at[3])
		fail_msg("value %u:%u key %u:%u, wanted %u:%u %u:%u", p.line, p.col, k.line, k.col,
			at[0], at[1], at[2], at[3]);
}

static void test_positions(void **state)
{
	auto_doc struct doc *doc = load("\n"
					"# comment\n"
					"name:   one\n"
					"\xc3\xbc: { k: 'v',\n"
					"     \"q\":   [ a, \xe2\x82\xac, b ] }\n"
					"list:\n"
					"  -   x\n"
					"  - y: |\n"
					"      text\n");
	const json_t *r = doc_root(doc), *u = json_object_get(r, "\xc3\xbc"),
		     *q = json_object_get(u, "q"), *l = json_object_get(r, "list");

	(void)state;
	check_pos(doc, r, (unsigned int[]){ 3, 1, 3, 1 });
	check_pos(doc, json_object_get(r, "name"), (unsigned int[]){ 3, 9, 3, 1 });
	check_pos(doc, u, (unsigned int[]){ 4, 4, 4, 1 });
	check_pos(doc, json_object_get(u, "k"), (unsigned int[]){ 4, 9, 4, 6 });
	check_pos(doc, q, (unsigned int[]){ 5, 13, 5, 6 });
	check_pos(doc, json_array_get(q, 2), (unsigned int[]){ 5, 21, 5, 21 });
	check_pos(doc, json_array_get(l, 0), (unsigned int[]){ 7, 7, 7, 7 });
	check_pos(doc, json_object_get(json_array_get(l, 1), "y"), (unsigned int[]){ 8, 8, 8, 5 });
	ok(doc_pos(doc, NULL).line == 0 && doc_pos(NULL, r).line == 0,
		"what has no place has none");
}

static void test_null(void **state)
{
	auto_doc struct doc *doc = load("a:\nb: ~\nc: null\nd: ''\ne: '~'\nf: \"null\"\ng: Null\n");
	const json_t *r = doc_root(doc);
	auto_json json_t *null = json_null();

	(void)state;
	for (const char *k = "abc"; *k; k++)
		ok(doc_is_null(doc, json_object_get(r, (char[]){ *k, '\0' })), "plain and empty");
	for (const char *k = "defg"; *k; k++)
		ok(!doc_is_null(doc, json_object_get(r, (char[]){ *k, '\0' })),
			"quoted, or a word");
	ok(doc_is_null(NULL, null) && !doc_is_null(doc, NULL), "JSON's own null is one");
}

static void test_not_allowed(void **state)
{
	(void)state;
	refuse("a: &x 1\nb: 2\n", "f:1:4: anchors are not allowed: write the value out");
	refuse("a: &x [1]\n", "f:1:4: anchors are not allowed: write the value out");
	refuse("a: 1\nb:\n  c: *x\n", "f:3:6: aliases are not allowed: write the value out");
	refuse("*x : 1\n", "f:1:1: aliases are not allowed: write the value out");
	refuse("&k a: 1\n", "f:1:1: anchors are not allowed: write the value out");
	refuse("a: !!str 1\n", "f:1:4: tags are not allowed");
	refuse("a: !x {}\n", "f:1:4: tags are not allowed");
	refuse("a: ! 1\n", "f:1:4: tags are not allowed");
	refuse("!x k: 1\n", "f:1:1: tags are not allowed");
	refuse("? [a]\n: 1\n", "f:1:3: expected a plain word as key");
	refuse("{{a: b}: c}\n", "f:1:2: expected a plain word as key");
}

static void test_directives(void **state)
{
	(void)state;
	refuse("%YAML 1.1\n---\na: 1\n", "f:1:1: a line can't begin with %: no directives");
	refuse("a: 1\r...\n%TAG !x! y\n--- b\n", "f:3:1: a line can't begin with %: no directives");
	refuse("#\n#\xe2\x80\xa8%TAG !x! y\n---\na: 1\n",
		"f:2:3: a line can't begin with %: no directives");
	check_value("a: '%'\nb: \"x%\"\nc: |\n  %TAG\n",
		"{\"a\":\"%\",\"b\":\"x%\",\"c\":\"%TAG\\n\"}");
}

static void test_duplicate(void **state)
{
	(void)state;
	refuse("a: 1\nb: 2\na: 3\n", "f:3:1: this key is here twice");
	refuse("x:\n  - {k: 1, 'k': 2}\n", "f:2:12: this key is here twice");
	check_value("a: {k: 1}\nb: {k: 2}\n", "{\"a\":{\"k\":\"1\"},\"b\":{\"k\":\"2\"}}");
}

static void test_documents(void **state)
{
	(void)state;
	refuse("a: 1\n---\nb: 2\n", "f:2:1: expected one document, found a second");
	refuse("--- a\n--- b\n", "f:2:1: expected one document, found a second");
	refuse("", "f:1:1: the file is empty");
	refuse("\n  \n", "f:3:1: the file is empty");
	refuse("# nothing\n", "f:2:1: the file is empty");
}

static void test_bytes(void **state)
{
	(void)state;
	refuse_bytes("a: 1\nb: x\0y\n", 12, "f:2:5: control characters are not allowed");
	refuse("a: 1\n\nbc: \"x\033\"\n", "f:3:7: control characters are not allowed");
	refuse("k: gr\xc3\xbc\xff\n", "f:1:7: invalid leading UTF-8 octet");
	refuse("a: 1\nb: \xc0\xaf\n", "f:2:4: invalid length of a UTF-8 sequence");
	refuse("a: 1\rb: \x80\n", "f:2:4: invalid leading UTF-8 octet");
	refuse("a: \"\\0\"\n", "f:1:4: NUL in a value");
	refuse("\"a\\0b\": 1\n", "f:1:1: NUL in a key");
	refuse("a: \"\\ud800\"\n", "f:1:7: found invalid Unicode character escape code");
}

static void test_syntax(void **state)
{
	(void)state;
	refuse("a: 1\nb: [x\nc: 2\n", "f:3:2: did not find expected ',' or ']'");
	refuse("a: 1\n  b: 2\n", "f:2:4: mapping values are not allowed in this context");
	refuse("a:\n\t- x\n", "f:2:1: found character that cannot start any token");
	refuse("a: 'x\n", "f:2:1: found unexpected end of stream");
	refuse("a: @x\n", "f:1:4: found character that cannot start any token");
}

/* A flow list in a flow list, n deep. */
static void check_depth(size_t n, bool good)
{
	auto_buf struct buf text = BUF_INIT;
	struct err err = { "" };
	auto_doc struct doc *doc = NULL;
	int r;

	for (size_t i = 0; i < n; i++)
		buf_addc(&text, '[');
	for (size_t i = 0; i < n; i++)
		buf_addc(&text, ']');
	r = doc_parse(text.data, text.len, "f", &doc, &err);
	if (good)
		ok(r == 0, "64 levels are enough");
	else
		assert_string_equal(
			err.text, "f:1:66: nested too deeply: expected at most 64 levels");
}

static void test_depth(void **state)
{
	(void)state;
	check_depth(65, true);
	check_depth(66, false);
	check_depth(100000, false);
	refuse("a: {b: {c: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]",
		"f:1:74: nested too deeply: expected at most 64 levels");
}

static void test_bounds(void **state)
{
	auto_buf struct buf many = BUF_INIT;
	auto_free char *large = xcalloc(DOC_MAX_BYTES + 2, 1);
	struct err err = { "" };
	struct doc *doc = NULL;

	(void)state;
	buf_addc(&many, '[');
	for (int i = 0; i <= DOC_MAX_NODES; i++)
		buf_adds(&many, "a,");
	ok(doc_parse(many.data, many.len, "f", &doc, &err) == -EINVAL, "too many values");
	assert_string_equal(err.text, "f:1:2097152: too many values: expected at most 1048576");
	memset(large, ' ', DOC_MAX_BYTES + 1);
	large[0] = 'a';
	ok(doc_parse(large, DOC_MAX_BYTES + 1, "f", &doc, &err) == -EFBIG, "too many bytes");
	ok(doc_parse(large, DOC_MAX_BYTES, "f", &doc, &err) == 0, "the most that is allowed");
	doc_free(doc);
	doc_free(NULL);
}

static void test_fail(void **state)
{
	auto_doc struct doc *doc = load("a:\n  b: 1\n");
	const json_t *b = json_object_get(json_object_get(doc_root(doc), "a"), "b");
	struct err err = { "" };

	(void)state;
	ok(doc_fail(doc, b, &err, "%s is odd", "it") == -EINVAL, "the code");
	assert_string_equal(err.text, "f:2:6: it is odd");
	ok(doc_fail_key(doc, b, &err, "odd\033") == -EINVAL, "the code");
	assert_string_equal(err.text, "f:2:3: odd\\x1b");
	doc_fail(doc, NULL, &err, "odd");
	assert_string_equal(err.text, "f: odd");
	doc_fail(NULL, b, &err, "odd");
	assert_string_equal(err.text, "odd");
}

static void test_load(void **state)
{
	auto_scratch struct scratch s;
	auto_doc struct doc *doc = NULL;
	struct err err = { "" };

	(void)state;
	scratch_open(&s);
	scratch_put(&s, "p.yaml", "a: 1\n");
	scratch_put(&s, "bad.yaml", "a: *b\n");
	ok(doc_load(s.fd, "p.yaml", "profile p", &doc, &err) == 0, "loaded");
	assert_string_equal(doc_name(doc), "profile p");
	ok(doc_load(s.fd, "bad.yaml", "b", &doc, &err) == -EINVAL, "refused");
	assert_string_equal(err.text, "b:1:4: aliases are not allowed: write the value out");
	ok(doc_load(s.fd, "none.yaml", "n", &doc, &err) == -ENOENT, "missing");
	assert_string_equal(err.text, "read 'none.yaml': No such file or directory");
}

static const struct CMUnitTest tests[] = {
	TEST("every scalar is a string and every style is read", test_values),
	TEST("JSON is read", test_json),
	TEST("lines may end with CRLF", test_line_ends),
	TEST("a byte order mark is skipped and other encodings are refused", test_mark),
	TEST("every value and key knows its line and column", test_positions),
	TEST("nothing is plain and empty, ~ or null", test_null),
	TEST("aliases, anchors, tags and odd keys are refused where they stand", test_not_allowed),
	TEST("directives are refused before libyaml compares them all", test_directives),
	TEST("a key may be there once", test_duplicate),
	TEST("a file holds one document", test_documents),
	TEST("NUL, control bytes and broken UTF-8 are refused where they stand", test_bytes),
	TEST("a syntax error names line and column", test_syntax),
	TEST("nesting has a bound", test_depth),
	TEST("bytes and values have bounds", test_bounds),
	TEST("a reader's complaint carries the place", test_fail),
	TEST("a document is loaded from a file", test_load),
};

int main(void)
{
	return cmocka_run_group_tests_name("base/doc", tests, NULL, NULL);
}
