#include "tests/unit/policy_case.h"

static void add_paths(struct policy_case *c, const char *pattern, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		auto_free char *name = xasprintf(pattern, i);

		case_path(c, FACT_ADD, name);
	}
}

static const char three[] =
	"version: 1\n"
	"default: human\n"
	"rules:\n"
	"  - { id: source, when: { paths: [src/] }, verdict: review, because: Code is read. }\n"
	"  - { id: docs, when: { paths: [docs/] }, verdict: allow }\n"
	"  - { id: small, when: { change: { files: { max: 9 } } }, verdict: review }\n";

static void is(const struct policy_case *c, size_t i, const char *expected)
{
	const struct reason *r = &c->decision.reasons[i];
	auto_free char *found = NULL;

	ok(i < c->decision.n_reasons, "there are as many reasons");
	found = xasprintf("%s %s/%s [%s] %s: %s", verdict_names[r->verdict], r->layer, r->rule,
		r->clause ? r->clause : "-", r->path ? r->path : "-",
		r->because ? r->because : "-");
	if (strcmp(found, expected) != 0)
		fail_msg("reason %zu: expected '%s', found '%s'", i, expected, found);
}

static void order(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_REPOSITORY, three);
	case_path(&c, FACT_ADD, "src/b");
	case_path(&c, FACT_ADD, "z");
	case_path(&c, FACT_ADD, "docs/a");
	case_path(&c, FACT_ADD, "m");
	case_path(&c, FACT_ADD, "src/a");
	case_decide(&c);
	ok(c.decision.n_reasons == 5, "what allows is no reason for what does not");
	is(&c, 0, "human repository/default [default: human] m: no rule matches");
	is(&c, 1, "human repository/default [default: human] z: no rule matches");
	is(&c, 2, "review repository/small [change: files 5] -: -");
	is(&c, 3, "review repository/source [paths: src/] src/a: Code is read.");
	is(&c, 4, "review repository/source [paths: src/] src/b: Code is read.");
}

static void allow_is_explained(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR,
		"version: 1\ndefault: allow\nrules:\n"
		"  - { id: docs, when: { paths: [docs/] }, verdict: allow }\n");
	add_paths(&c, "docs/%zu", 2);
	ok(case_decide(&c) == VERDICT_ALLOW, "all is allowed");
	is(&c, 0, "allow operator/docs [paths: docs/] docs/0: -");
	is(&c, 1, "allow operator/docs [paths: docs/] docs/1: -");
}

static void bounded(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, three);
	add_paths(&c, "src/%05zu", 5000);
	add_paths(&c, "x%05zu", 4311);
	ok(case_decide(&c) == VERDICT_HUMAN, "the default decides");
	ok(case_count(&c, "default") == 101,
		"a hundred paths are named, and one reason for the rest");
	is(&c, 0, "human operator/default [default: human] x00000: no rule matches");
	is(&c, 99, "human operator/default [default: human] x00099: no rule matches");
	is(&c, 100, "human operator/default [and 4,211 more paths] -: -");
	ok(case_count(&c, "source") == 11, "ten of a rule that does not decide");
	is(&c, 111, "review operator/source [and 4,990 more paths] -: -");
	ok(c.decision.n_reasons == 112, "and no more");
}

static void bounded_exactly(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, "version: 1\ndefault: human\n");
	add_paths(&c, "x%03zu", 100);
	case_decide(&c);
	ok(c.decision.n_reasons == 100, "all of a hundred are named");
	case_path(&c, FACT_ADD, "x100");
	case_decide(&c);
	is(&c, 100, "human operator/default [and 1 more path] -: -");
}

static void no_flood(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, "version: 1\ndefault: allow\n");
	for (size_t i = 0; i < 500; i++) {
		auto_free char *name = xasprintf("a%03zu", i);

		facts_add_anomaly(&c.facts, FACT_FIFO, name, NULL);
	}
	facts_add_anomaly(&c.facts, FACT_SYMLINK_ESCAPE, "z", "/etc/shadow");
	ok(case_decide(&c) == VERDICT_DENY, "anomalies are denied");
	is(&c, 100, "deny operator/anomalies [anomalies: symlink-escape] z: /etc/shadow");
	is(&c, 101, "deny operator/anomalies [and 400 more paths] -: -");
}

static void once(void **state)
{
	static const char text[] =
		"version: 1\n"
		"default: human\n"
		"groups: { core: [ann] }\n"
		"rules:\n"
		"  - { id: z, when: { paths: [z] }, verdict: human, approvals: { from: core } }\n";
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, text);
	case_layer(&c, POLICY_OPERATOR, text);
	case_path(&c, FACT_ADD, "z");
	case_decide(&c);
	ok(case_count(&c, "z") == 1, "what a rule says");
	ok(c.decision.n_needs == 1, "and what it needs is there once");
}

static void encoded(void **state)
{
	auto_case struct policy_case c = { 0 };
	auto_json json_t *json = NULL;
	auto_free char *text = NULL;

	(void)state;
	case_layer(&c, POLICY_OPERATOR,
		"version: 1\n"
		"default: allow\n"
		"groups: { core: [ann] }\n"
		"rules:\n"
		"  - { id: a, when: { paths: [a] }, verdict: human, approvals: { from: core } }\n"
		"evidence: [ { when: { paths: [a] }, require: [tests] } ]\n");
	case_path(&c, FACT_ADD, "a");
	case_decide(&c);
	json = decision_encode(&c.decision);
	text = json_canonical(json);
	ok(case_same(text,
		   "{\"needs\":["
		   "{\"count\":1,\"from\":\"a person\",\"people\":[],\"rule\":\"evidence\","
		   "\"what\":\"approval\"},"
		   "{\"count\":1,\"from\":\"core\",\"people\":[\"ann\"],\"rule\":\"a\","
		   "\"what\":\"approval\"},"
		   "{\"from\":\"tests\",\"rule\":\"evidence\",\"what\":\"evidence\"}],"
		   "\"reasons\":["
		   "{\"because\":null,\"clause\":\"paths: a\",\"layer\":\"operator\",\"path\":\"a\","
		   "\"rule\":\"a\",\"verdict\":\"human\"},"
		   "{\"because\":null,\"clause\":\"tests: missing\",\"layer\":\"operator\","
		   "\"path\":\"a\",\"rule\":\"evidence\",\"verdict\":\"human\"}],"
		   "\"risk\":0,\"verdict\":\"human\"}"),
		text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("reasons come strictest first, then by path", order),
		TEST("an allow is explained by what allows it", allow_is_explained),
		TEST("a rule that matches thousands of paths names some and counts the rest",
			bounded),
		TEST("the rest is counted from the first that is left out", bounded_exactly),
		TEST("many anomalies of one kind do not hide another", no_flood),
		TEST("what is said twice is kept once", once),
		TEST("a decision has the JSON that the documentation shows", encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
