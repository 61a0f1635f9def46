#include "tests/unit/policy_case.h"

static const char docs_allowed[] = "version: 1\n"
				   "default: human\n"
				   "rules:\n"
				   "  - { id: docs, when: { paths: [docs/] }, verdict: allow }\n"
				   "  - { id: ci, when: { paths: [.ci/] }, verdict: deny }\n";

static void no_layer(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	ok(case_decide(&c) == VERDICT_DENY, "without a layer an empty change is denied");
	ok(case_reason(&c, "no-policy"), "and the reason is there");
	case_path(&c, FACT_ADD, "a");
	ok(case_decide(&c) == VERDICT_DENY, "without a layer any change is denied");
}

static void empty_change(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, "version: 1\ndefault: deny\n");
	ok(case_decide(&c) == VERDICT_ALLOW, "a default is for paths: none, no objection");
	ok(c.decision.n_reasons == 0 && c.decision.n_needs == 0, "and nothing to explain");
	c.facts.stopped = xstrdup("wall");
	ok(case_decide(&c) == VERDICT_HUMAN, "a job that was stopped is an objection");
}

static void default_verdict(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, docs_allowed);
	case_path(&c, FACT_MODIFY, "docs/a.md");
	ok(case_decide(&c) == VERDICT_ALLOW, "a rule stands in for the default");
	case_path(&c, FACT_MODIFY, "src/a.c");
	ok(case_decide(&c) == VERDICT_HUMAN, "a path that no rule matches has the default");
	ok(case_same(case_reason(&c, "default")->path, "src/a.c"), "and it is named");
}

static void strictest_rule(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR,
		"version: 1\n"
		"default: allow\n"
		"rules:\n"
		"  - { id: a, when: { paths: [\"*.c\"] }, verdict: review }\n"
		"  - { id: b, when: { paths: [src/] }, verdict: human }\n"
		"  - { id: c, when: { paths: [src/a.c] }, verdict: allow }\n");
	case_path(&c, FACT_MODIFY, "src/a.c");
	ok(case_decide(&c) == VERDICT_HUMAN,
		"the strictest of three rules wins, wherever it stands");
}

static void rename_names(void **state)
{
	auto_case struct policy_case c = { 0 }, d = { 0 }, e = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, docs_allowed);
	case_move(&c, FACT_RENAME, ".ci/run", "docs/run");
	ok(case_decide(&c) == VERDICT_DENY, "the old name of a rename is matched");
	ok(case_same(case_reason(&c, "ci")->path, ".ci/run"), "and the reason names it");
	case_layer(&d, POLICY_OPERATOR, docs_allowed);
	case_move(&d, FACT_RENAME, "src/main.c", "docs/main.c");
	ok(case_decide(&d) == VERDICT_HUMAN, "a move into docs/ does not carry the old name");
	ok(case_same(case_reason(&d, "default")->path, "src/main.c"), "which has the default");
	case_layer(&e, POLICY_OPERATOR, docs_allowed);
	case_move(&e, FACT_RENAME, "docs/a", "docs/b");
	ok(case_decide(&e) == VERDICT_ALLOW, "a move within docs/ is allowed");
}

static void copy_names(void **state)
{
	auto_case struct policy_case c = { 0 }, d = { 0 }, e = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, docs_allowed);
	case_move(&c, FACT_COPY, ".ci/run", "docs/run");
	ok(case_decide(&c) == VERDICT_DENY, "the old name of a copy is matched");
	case_layer(&d, POLICY_OPERATOR, docs_allowed);
	case_move(&d, FACT_COPY, "src/main.c", "docs/main.c");
	ok(case_decide(&d) == VERDICT_ALLOW, "what was copied has not changed: no default for it");
	case_layer(&e, POLICY_OPERATOR, docs_allowed);
	case_move(&e, FACT_COPY, "docs/a", "src/a");
	ok(case_decide(&e) == VERDICT_HUMAN, "a rule for the old name does not carry the new one");
}

static void change_rules(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR,
		"version: 1\n"
		"default: human\n"
		"rules:\n"
		"  - { id: big, when: { change: { files: { min: 2 } } }, verdict: deny }\n"
		"  - { id: docs, when: { paths: [docs/], change: { lines: { max: 5 } } }, verdict: allow }\n");
	case_path(&c, FACT_ADD, "docs/a")->added = 3;
	ok(case_decide(&c) == VERDICT_ALLOW, "a path rule may ask about the change besides");
	c.facts.paths[0].added = 6;
	ok(case_decide(&c) == VERDICT_HUMAN, "and does not match when that fails");
	case_path(&c, FACT_ADD, "docs/b");
	ok(case_decide(&c) == VERDICT_DENY, "a change rule is about the whole");
	ok(case_reason(&c, "big")->path == NULL, "and names no path");
}

static void layers(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, "version: 1\ndefault: review\n");
	case_path(&c, FACT_ADD, "docs/a");
	ok(case_decide(&c) == VERDICT_REVIEW, "one layer");
	case_layer(&c, POLICY_REPOSITORY, docs_allowed);
	ok(case_decide(&c) == VERDICT_REVIEW, "a repository can't weaken what the operator says");
	case_path(&c, FACT_ADD, "src/a");
	ok(case_decide(&c) == VERDICT_HUMAN, "but it can be stricter");
	ok(case_same(case_reason(&c, "default")->layer, "repository"),
		"and the reason says who was");
}

static void anomalies(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR,
		"version: 1\ndefault: allow\nanomalies: { case-collision: review, fifo: allow }\n");
	facts_add_anomaly(&c.facts, FACT_FIFO, "pipe", NULL);
	ok(case_decide(&c) == VERDICT_ALLOW, "a kind may be allowed, by name");
	facts_add_anomaly(&c.facts, FACT_CASE_COLLISION, "README", "readme");
	ok(case_decide(&c) == VERDICT_REVIEW, "a kind has the verdict that is stated");
	facts_add_anomaly(&c.facts, FACT_DEVICE, "dev/sda", NULL);
	ok(case_decide(&c) == VERDICT_DENY, "a kind that is not stated is denied");
	ok(case_same(case_reason(&c, "anomalies")->clause, "anomalies: device"),
		"the kind is named");
	ok(case_same(case_reason(&c, "anomalies")->path, "dev/sda"), "and the place");
}

static void anomaly_layers(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(
		&c, POLICY_REPOSITORY, "version: 1\ndefault: allow\nanomalies: { fifo: allow }\n");
	case_layer(&c, POLICY_OPERATOR, "version: 1\ndefault: allow\n");
	facts_add_anomaly(&c.facts, FACT_FIFO, "pipe", NULL);
	ok(case_decide(&c) == VERDICT_DENY, "what one layer allows, the other still denies");
}

static void anomaly_rules(void **state)
{
	static const char text[] =
		"version: 1\n"
		"default: allow\n"
		"anomalies: { fifo: allow, socket: allow, symlink-escape: allow }\n"
		"rules:\n"
		"  - { id: a, when: { anomalies: [fifo], paths: [x/] }, verdict: review }\n"
		"  - { id: b, when: { anomalies: [symlink-escape], kinds: [symlink] }, verdict: human }\n"
		"  - { id: c, when: { operations: [add], anomalies: [socket] }, verdict: deny }\n"
		"  - { id: d, when: { lines: { max: 9 }, paths: [y/] }, verdict: deny }\n";
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, text);
	facts_add_anomaly(&c.facts, FACT_FIFO, "w/pipe", NULL);
	facts_add_anomaly(&c.facts, FACT_SOCKET, "y/socket", NULL);
	ok(case_decide(&c) == VERDICT_ALLOW,
		"what is no changed path has no operation and no lines");
	facts_add_anomaly(&c.facts, FACT_FIFO, "x/pipe", NULL);
	ok(case_decide(&c) == VERDICT_REVIEW, "rules see anomalies that are no changed paths");
	facts_add_anomaly(&c.facts, FACT_FIFO, "b/pipe", NULL);
	case_path(&c, FACT_ADD, "m/link")->kind = FACT_SYMLINK;
	case_path(&c, FACT_ADD, "m/link2")->kind = FACT_SYMLINK;
	facts_add_anomaly(&c.facts, FACT_SYMLINK_ESCAPE, "m/link", "/etc/passwd");
	case_path(&c, FACT_ADD, "a");
	case_path(&c, FACT_ADD, "z");
	ok(case_decide(&c) == VERDICT_HUMAN, "and those of a changed path, beside its kind");
	ok(case_same(case_reason(&c, "b")->path, "m/link"), "with its name");
	ok(case_count(&c, "b") == 1, "and not the next path's");
}

static void submodule_is_directory(void **state)
{
	auto_case struct policy_case c = { 0 };
	struct fact_path *p;

	(void)state;
	case_rule(&c, "{ paths: [vendor/] }", "deny");
	p = case_path(&c, FACT_ADD, "vendor");
	ok(case_decide(&c) == VERDICT_ALLOW, "a file is no directory");
	p = &c.facts.paths[0];
	p->kind = FACT_SUBMODULE;
	p->new_mode = FACT_MODE_COMMIT;
	ok(case_decide(&c) == VERDICT_DENY, "a submodule is one");
}

static const char with_risk[] =
	"version: 1\n"
	"default: allow\n"
	"rules:\n"
	"  - { id: a, when: { paths: [a] }, risk: 20 }\n"
	"  - { id: b, when: { paths: [\"b*\"] }, verdict: allow, risk: 15 }\n"
	"  - { id: c, when: { change: { files: { min: 4 } } }, risk: 30 }\n"
	"risk: { verdicts: { 60: deny, 20: review, 35: human } }\n";

static void risk(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, with_risk);
	case_path(&c, FACT_ADD, "b1");
	case_path(&c, FACT_ADD, "b2");
	ok(case_decide(&c) == VERDICT_ALLOW, "a rule's points count once, below the first step");
	ok(c.decision.risk == 15, "the points are told");
	case_path(&c, FACT_ADD, "a");
	ok(case_decide(&c) == VERDICT_HUMAN, "the highest step that is reached counts");
	ok(case_same(case_reason(&c, "risk")->because, "a 20, b 15"),
		"and says where they come from");
	case_path(&c, FACT_ADD, "z");
	ok(case_decide(&c) == VERDICT_DENY, "rules about the change have points too");
	ok(c.decision.risk == 65, "all are added up");
}

static void risk_is_no_verdict(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR,
		"version: 1\n"
		"default: human\n"
		"rules:\n"
		"  - { id: a, when: { paths: [a] }, risk: 1 }\n"
		"risk: { verdicts: { 1: review } }\n");
	case_path(&c, FACT_ADD, "a");
	ok(case_decide(&c) == VERDICT_HUMAN, "a rule of points alone leaves a path to the default");
}

static void risk_per_layer(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, with_risk);
	case_layer(&c, POLICY_REPOSITORY, with_risk);
	case_path(&c, FACT_ADD, "a");
	ok(case_decide(&c) == VERDICT_REVIEW, "each layer has a scale of its own");
	ok(c.decision.risk == 20, "the highest is told");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("without a policy everything is denied", no_layer),
		TEST("an empty change is allowed when nothing objects", empty_change),
		TEST("the default holds for paths that no rule matches", default_verdict),
		TEST("the strictest rule wins", strictest_rule),
		TEST("both names of a rename are judged", rename_names),
		TEST("both names of a copy are matched, the new one is judged", copy_names),
		TEST("rules about the change judge the change", change_rules),
		TEST("the strictest layer wins", layers),
		TEST("an anomaly is denied unless its kind is stated", anomalies),
		TEST("an anomaly must be allowed by every layer", anomaly_layers),
		TEST("rules match paths by their anomalies", anomaly_rules),
		TEST("a submodule is a directory to patterns", submodule_is_directory),
		TEST("points add up to a verdict", risk),
		TEST("points alone are no verdict of a path", risk_is_no_verdict),
		TEST("points of layers are not added up", risk_per_layer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
