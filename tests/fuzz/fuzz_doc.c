/* fuzz_doc.c: YAML as profiles, policies and job files hold it, and a struct that is read from it. */
#include <string.h>

#include "base/doc.h"
#include "base/plan.h"
#include "tests/fuzz/fuzz.h"

/* Every value has a place, and every text is text. */
static void check_node(const struct doc *doc, const json_t *node)
{
	struct doc_pos at = doc_pos(doc, node), key = doc_key_pos(doc, node);
	const char *name;
	json_t *item;
	size_t i;

	must(at.line && at.col && key.line && key.col);
	must(key.line < at.line || (key.line == at.line && key.col <= at.col));
	must(json_is_object(node) || json_is_array(node) || json_is_string(node));
	if (json_is_string(node))
		must(strlen(json_string_value(node)) == json_string_length(node));
	json_array_foreach (node, i, item)
		check_node(doc, item);
	json_object_foreach ((json_t *)node, name, item)
		check_node(doc, item);
}

/* JSON is YAML: what was read, written as JSON, reads back as the same where libyaml's bounds let it. */
static void check_again(const struct doc *doc)
{
	auto_free char *text = json_canonical(doc_root(doc)), *second = NULL;
	auto_doc struct doc *again = NULL;
	struct err err = { "" };

	if (doc_parse(text, strlen(text), "again", &again, &err) < 0)
		return;
	second = json_canonical(doc_root(again));
	must(!strcmp(text, second));
}

/* What a table takes from people it writes for programs, and takes again. */
static void check_bind(const struct doc *doc)
{
	auto_plan struct plan plan, back;
	auto_free char *first = NULL, *second = NULL;
	auto_json json_t *json = NULL, *parsed = NULL;
	struct err err = { "" };
	int r;

	bind_init(&plan_table, &plan);
	bind_init(&plan_table, &back);
	r = bind_decode(&plan_table, doc, doc_root(doc), &plan, &err);
	must(r == 0 || (r == -EINVAL && !strncmp(err.text, "f:", 2)));
	if (r < 0)
		return;
	json = bind_encode(&plan_table, &plan);
	first = json_canonical(json);
	must(json_parse(first, strlen(first), "j", &parsed, &err) == 0);
	must(bind_decode(&plan_table, NULL, parsed, &back, &err) == 0);
	second = plan_encode(&back);
	must(!strcmp(first, second));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_doc struct doc *doc = NULL;
	struct err err = { "" };
	int r = doc_parse((const char *)data, size, "f", &doc, &err);

	if (r < 0) {
		must(!doc && !strncmp(err.text, "f:", 2));
		return 0;
	}
	check_node(doc, doc_root(doc));
	check_again(doc);
	check_bind(doc);
	return 0;
}
