#include <fcntl.h>

#include "base/io.h"
#include "tests/unit/policy_case.h"

static void read_docs(struct buf *out)
{
	struct err err = { "" };

	if (file_read(AT_FDCWD, "docs/policy.md", 1 << 20, out, &err) < 0)
		fail_msg("%s", err.text);
}

/* Calls fn for every key that the schema describes, at whatever depth. */
static void each_key(
	const json_t *schema, void (*fn)(const char *key, const json_t *, void *), void *data)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach (json_object_get(schema, "properties"), key, value)
		fn(key, value, data);
	json_object_foreach ((json_t *)schema, key, value)
		each_key(value, fn, data);
	json_array_foreach (schema, i, value)
		each_key(value, fn, data);
}

struct keys {
	size_t n;
	const char *docs;
};

/* A row of the reference is made of the same words as the schema. */
static void is_documented(const char *key, const json_t *value, void *data)
{
	const char *help = json_string_value(json_object_get(value, "description"));
	struct keys *keys = data;
	auto_free char *row = help ? xasprintf("| `%s` | %s |", key, help) : NULL;

	if (!help)
		fail_msg("'%s' has no help", key);
	else if (!strstr(keys->docs, row))
		fail_msg("docs/policy.md lacks: %s", row);
	keys->n++;
}

static void schema(void **state)
{
	auto_json json_t *json = policy_schema();
	auto_buf struct buf docs = BUF_INIT;
	struct keys keys = { 0 };

	(void)state;
	read_docs(&docs);
	keys.docs = buf_str(&docs);
	each_key(json, is_documented, &keys);
	ok(keys.n > 40, "every key was seen");
}

/* What stands between the fence that opens with a word and the next one; the caller owns it. */
static char *fenced(const char *docs, const char *fence)
{
	const char *start = strstr(docs, fence), *end;

	ok(start, "the documentation has such an example");
	start += strlen(fence);
	end = strstr(start, "```");
	ok(end, "which ends");
	return xstrndup(start, (size_t)(end - start));
}

static void load_example(struct policy_case *c)
{
	auto_buf struct buf docs = BUF_INIT;
	auto_free char *text = NULL;

	read_docs(&docs);
	text = fenced(buf_str(&docs), "```yaml\n");
	case_layer(c, POLICY_REPOSITORY, text);
	facts_add_check(&c->facts, "tests", FACT_REPOSITORY, true);
	case_path(c, FACT_MODIFY, "README.md");
	case_path(c, FACT_MODIFY, "src/main.c");
}

static void example(void **state)
{
	auto_case struct policy_case c = { 0 };
	auto_buf struct buf docs = BUF_INIT;
	auto_json json_t *shown = NULL, *found = NULL;
	auto_free char *text = NULL;
	struct err err = { "" };

	(void)state;
	load_example(&c);
	ok(case_decide(&c) == VERDICT_REVIEW, "the first change is for review");
	read_docs(&docs);
	text = fenced(buf_str(&docs), "```json\n");
	ok(json_parse(text, strlen(text), "docs", &shown, &err) == 0, err.text);
	found = decision_encode(&c.decision);
	ok(json_equal(shown, found), "the decision is what the documentation shows");
}

static void example_goes_on(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	load_example(&c);
	case_move(&c, FACT_RENAME, ".github/workflows/old.yml", "docs/old.yml");
	ok(case_decide(&c) == VERDICT_HUMAN, "with the workflow it is for a person");
	ok(case_need(&c, "security") && c.decision.n_needs == 1, "of the group");
	c.facts.checks[0].passed = false;
	ok(case_decide(&c) == VERDICT_HUMAN && case_reason(&c, "evidence"), "for failed tests too");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("schema and documentation tell the same of every key", schema),
		TEST("the example of the documentation comes to what it shows", example),
		TEST("the example goes on as the documentation tells", example_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
