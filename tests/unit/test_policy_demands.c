#include "tests/unit/policy_case.h"

static const char tests_required[] = "version: 1\n"
				     "default: allow\n"
				     "evidence:\n"
				     "  - { when: { paths: [src/] }, require: [tests, lint] }\n"
				     "  - { when: { paths: [web/] }, require: [lint] }\n";

static void evidence(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, tests_required);
	case_path(&c, FACT_ADD, "docs/a");
	ok(case_decide(&c) == VERDICT_ALLOW, "no path that asks, no evidence");
	case_path(&c, FACT_ADD, "src/a");
	ok(case_decide(&c) == VERDICT_HUMAN, "missing evidence is for a person");
	ok(case_same(case_reason(&c, "evidence")->clause, "lint: missing"), "it is named");
	ok(case_same(case_reason(&c, "evidence")->path, "src/a"), "with the path that asks");
	ok(case_need(&c, "tests") && case_need(&c, "lint") && case_need(&c, "a person"),
		"and is needed, beside the person");
	facts_add_check(&c.facts, "tests", FACT_OPERATOR, true);
	facts_add_check(&c.facts, "lint", FACT_OPERATOR, false);
	ok(case_decide(&c) == VERDICT_HUMAN, "failed evidence is for a person too");
	ok(case_same(case_reason(&c, "evidence")->clause, "lint: failed"), "and is called failed");
	ok(!case_need(&c, "tests") && case_need(&c, "lint"), "what has passed is no longer needed");
	ok(!case_reason(&c, "checks"), "what is required is told once");
	c.facts.checks[1].passed = true;
	ok(case_decide(&c) == VERDICT_ALLOW, "with all evidence there is no objection");
	facts_add_check(&c.facts, "lint", FACT_OPERATOR, false);
	facts_add_check(&c.facts, "lint", FACT_OPERATOR, true);
	ok(case_decide(&c) == VERDICT_HUMAN, "a check that failed once in three times has failed");
}

/* Whether a check of that origin is evidence for a layer; it passed. */
static bool counts(enum policy_layer layer, enum fact_origin origin)
{
	auto_case struct policy_case c = { 0 };

	case_layer(&c, layer, tests_required);
	case_path(&c, FACT_ADD, "web/a");
	facts_add_check(&c.facts, "lint", origin, true);
	if (case_decide(&c) == VERDICT_ALLOW)
		return true;
	ok(c.decision.verdict == VERDICT_HUMAN && case_need(&c, "lint"),
		"what is missing is needed");
	ok(case_same(case_reason(&c, "evidence")->clause,
		   "lint: passed, by somebody else's definition"),
		"and people are told why it does not count");
	return false;
}

static void evidence_origin(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	ok(counts(POLICY_OPERATOR, FACT_OPERATOR), "the operator's own check counts");
	ok(!counts(POLICY_OPERATOR, FACT_REPOSITORY), "the repository's does not");
	ok(!counts(POLICY_OPERATOR, FACT_JOB_FILE), "nor the submitter's, from a file");
	ok(!counts(POLICY_OPERATOR, FACT_COMMAND_LINE), "or by an option");
	ok(counts(POLICY_REPOSITORY, FACT_OPERATOR), "what the operator defines counts below");
	ok(counts(POLICY_REPOSITORY, FACT_REPOSITORY), "and so does the repository's own");
	ok(!counts(POLICY_REPOSITORY, FACT_JOB_FILE), "the submitter's never does");
	ok(!counts(POLICY_REPOSITORY, FACT_COMMAND_LINE), "in no way");
	case_layer(&c, POLICY_OPERATOR, tests_required);
	case_path(&c, FACT_ADD, "web/a");
	facts_add_check(&c.facts, "lint", FACT_OPERATOR, true);
	ok(case_decide(&c) == VERDICT_ALLOW, "a check that counts is there");
	facts_add_check(&c.facts, "lint", FACT_COMMAND_LINE, false);
	ok(case_decide(&c) == VERDICT_HUMAN,
		"one of its name that failed spoils it, whoever's it is");
}

/* Layers of which each requires and defines some checks; what is wrong with them, NULL for nothing. */
static void required(const char *const *texts, size_t n, const char *sentence)
{
	auto_case struct policy_case c = { 0 };
	struct err err = { "" };
	int r;

	for (size_t i = 0; i < n; i++) {
		auto_free char *text = xasprintf("version: 1\ndefault: allow\n%s", texts[i]);

		case_layer(&c, i ? POLICY_REPOSITORY : POLICY_OPERATOR, text);
	}
	r = policy_check_required(c.layers, c.n, &err);
	if (sentence ? r != -EINVAL || strcmp(err.text, sentence) != 0 : r != 0)
		fail_msg("expected '%s', found '%s'", sentence ? sentence : "", err.text);
}

static void required_checks(void **state)
{
	static const char lint[] = "evidence: [ { when: { paths: [a] }, require: [lint] } ]\n";
	static const char define[] = "checks: { lint: make lint }\n";
	static const char both[] = "checks: { lint: make lint }\n"
				   "evidence: [ { when: { paths: [a] }, require: [lint] } ]\n";
	static const char missing[] =
		"test:3:46: nothing defines the check 'lint': expected it under 'checks', here or "
		"in a policy that is read before this one";

	(void)state;
	required((const char *const[]){ lint }, 1, missing);
	required((const char *const[]){ both }, 1, NULL);
	required((const char *const[]){ define, lint }, 2, NULL);
	required((const char *const[]){ lint, define }, 2, missing);
	required((const char *const[]){ "", both, define }, 3, NULL);
	required(NULL, 0, NULL);
}

static void evidence_old_name(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, tests_required);
	case_move(&c, FACT_RENAME, "web/a", "docs/a");
	ok(case_decide(&c) == VERDICT_HUMAN, "the old name asks for evidence too");
	ok(c.decision.n_reasons == 1, "and only its own");
}

static void evidence_for_change(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR,
		"version: 1\n"
		"default: allow\n"
		"evidence:\n"
		"  - { when: { change: { lines: { min: 10 } } }, require: [tests] }\n"
		"  - { when: { paths: [src/], agents: [helper] }, require: [audit] }\n");
	case_path(&c, FACT_ADD, "src/a");
	ok(case_decide(&c) == VERDICT_ALLOW, "a small change needs none");
	c.facts.paths[0].added = 10;
	ok(case_decide(&c) == VERDICT_HUMAN, "a big one does");
	ok(case_reason(&c, "evidence")->path == NULL, "as a whole");
	ok(!case_need(&c, "audit"), "conditions about the change and about paths hold together");
	c.facts.agent = xstrdup("helper");
	ok(case_decide(&c) == VERDICT_HUMAN && case_need(&c, "audit"), "or ask together");
}

static void unrequired_check(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, "version: 1\ndefault: allow\n");
	facts_add_check(&c.facts, "style", FACT_OPERATOR, true);
	ok(case_decide(&c) == VERDICT_ALLOW, "a check that passed is no objection");
	facts_add_check(&c.facts, "tests", FACT_OPERATOR, false);
	ok(case_decide(&c) == VERDICT_HUMAN, "a check that failed is, though nobody required it");
	ok(case_same(case_reason(&c, "checks")->clause, "tests: failed"), "and is named");
	ok(case_same(case_reason(&c, "checks")->layer, "remit"), "as built in");
}

static void guarded(struct policy_case *c)
{
	ok(case_decide(c) == VERDICT_HUMAN, "a person lands what changes the policy");
	ok(case_reason(c, "policy-guard"), "and the guard says so");
}

static void policy_guard(void **state)
{
	static const char *const near[] = { ".remitx", "remit/policy.yaml", "a/.remit/policy.yaml",
		".remi" };
	auto_case struct policy_case c = { 0 }, d = { 0 }, e = { 0 }, f = { 0 };

	(void)state;
	case_rule(&c, "{ paths: [\"*\"] }", "allow");
	case_path(&c, FACT_MODIFY, ".remit/policy.yaml");
	guarded(&c);
	case_rule(&d, "{ paths: [\"*\"] }", "allow");
	case_move(&d, FACT_RENAME, ".remit/policy.yaml", "docs/a");
	guarded(&d);
	ok(case_same(case_reason(&d, "policy-guard")->path, ".remit/policy.yaml"),
		"by its old name");
	case_rule(&e, "{ paths: [\"*\"] }", "allow");
	case_path(&e, FACT_ADD, ".remit");
	guarded(&e);
	case_rule(&f, "{ paths: [\"*\"] }", "allow");
	for (size_t i = 0; i < ARRAY_SIZE(near); i++)
		case_path(&f, FACT_ADD, near[i]);
	ok(case_decide(&f) == VERDICT_ALLOW, "other names are not guarded");
}

/* Every way to say allow, in both layers, and every way to change the policy. */
static void guard_of_both_layers(void **state)
{
	static const char all[] =
		"version: 1\ndefault: allow\nrules:\n"
		"  - { id: all, when: { paths: [\"*\", /.remit/] }, verdict: allow }\n";
	static const struct {
		enum fact_operation operation;
		enum fact_kind kind;
		const char *old_path, *path;
	} ways[] = {
		{ FACT_ADD, FACT_FILE, NULL, ".remit/policy.d/a.yaml" },
		{ FACT_DELETE, FACT_FILE, NULL, ".remit/policy.yaml" },
		{ FACT_MODE, FACT_FILE, NULL, ".remit/policy.yaml" },
		{ FACT_TYPE, FACT_SYMLINK, NULL, ".remit/policy.yaml" },
		{ FACT_ADD, FACT_SUBMODULE, NULL, ".remit" },
		{ FACT_RENAME, FACT_FILE, ".remit/policy.yaml", "a" },
		{ FACT_RENAME, FACT_FILE, "a", ".remit/policy.yaml" },
		{ FACT_COPY, FACT_FILE, "a", ".remit/profiles/a.yaml" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		auto_case struct policy_case c = { 0 };
		struct fact_path *p = case_path(&c, ways[i].operation, ways[i].path);

		p->kind = ways[i].kind;
		p->old_path = ways[i].old_path ? xstrdup(ways[i].old_path) : NULL;
		case_layer(&c, POLICY_OPERATOR, all);
		case_layer(&c, POLICY_REPOSITORY, all);
		guarded(&c);
	}
}

static void job_ends(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, "version: 1\ndefault: allow\n");
	c.facts.has_job = true;
	c.facts.denied = 7;
	ok(case_decide(&c) == VERDICT_ALLOW, "attempts that were refused are for rules to judge");
	c.facts.stopped = xstrdup("wall");
	ok(case_decide(&c) == VERDICT_HUMAN, "a job that was stopped is for a person");
	ok(case_same(case_reason(&c, "stopped")->clause, "stopped: wall"), "who is told why");
	c.facts.tripwires = 1;
	ok(case_decide(&c) == VERDICT_DENY, "a job that opened a decoy is denied");
	ok(case_same(case_reason(&c, "tripwire")->clause, "tripwires: 1"), "and the count is told");
	ok(c.decision.n_needs == 0, "nothing helps what is denied");
}

static void unnamed_anomalies(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR,
		"version: 1\ndefault: allow\nanomalies: { fifo: allow, symlink-escape: allow }\n");
	facts_add_anomaly(&c.facts, FACT_FIFO, "a", NULL);
	ok(case_decide(&c) == VERDICT_ALLOW, "an anomaly may be allowed");
	c.facts.unnamed_anomalies = 1;
	ok(case_decide(&c) == VERDICT_DENY, "one that nobody can judge may not");
	ok(case_same(case_reason(&c, "unnamed-anomalies")->clause, "unnamed anomalies: 1"),
		"and is counted");
}

static void omitted_events(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, "version: 1\ndefault: allow\n");
	c.facts.has_job = true;
	ok(case_decide(&c) == VERDICT_ALLOW, "a job whose record is whole");
	c.facts.omitted = 2;
	ok(case_decide(&c) == VERDICT_HUMAN, "one that did more than that is for a person");
	ok(case_same(case_reason(&c, "omitted-events")->clause, "omitted: 2"), "who is told");
	case_layer(&c, POLICY_REPOSITORY,
		"version: 1\ndefault: allow\nrules:\n"
		"  - { id: a, when: { omitted: { min: 1 } }, verdict: deny }\n");
	ok(case_decide(&c) == VERDICT_DENY, "and a policy may be stricter");
}

static const char with_approvals[] =
	"version: 1\n"
	"default: review\n"
	"groups: { security: [ann, bob], core: [bob, eve] }\n"
	"rules:\n"
	"  - { id: a, when: { paths: [a] }, verdict: human, approvals: { from: security, count: 2 } }\n"
	"  - { id: b, when: { paths: [b] }, verdict: review, approvals: { from: [core, security] } }\n"
	"  - { id: c, when: { paths: [c] }, verdict: human }\n"
	"  - { id: d, when: { paths: [d] }, verdict: human, approvals: { count: 2 } }\n"
	"  - { id: e, when: { paths: [e] }, verdict: allow }\n"
	"  - { id: f, when: { paths: [f] }, verdict: deny }\n";

static void stated_approvals(void **state)
{
	auto_case struct policy_case c = { 0 };
	const struct need *need;

	(void)state;
	case_layer(&c, POLICY_OPERATOR, with_approvals);
	case_path(&c, FACT_ADD, "a");
	ok(case_decide(&c) == VERDICT_HUMAN && c.decision.n_needs == 1, "one need");
	need = case_need(&c, "security");
	ok(need && need->count == 2 && case_same(need->rule, "a"),
		"of the group that the rule states");
	ok(need->people.n == 2 && strs_has(&need->people, "ann"), "whose people are named");
	case_path(&c, FACT_ADD, "b");
	ok(case_decide(&c) == VERDICT_HUMAN && c.decision.n_needs == 2, "a weaker rule's stay");
	need = case_need(&c, "core or security");
	ok(need && need->count == 1 && need->people.n == 3, "each person once");
	case_path(&c, FACT_ADD, "f");
	ok(case_decide(&c) == VERDICT_DENY && !c.decision.n_needs, "nothing helps a deny");
}

static void plain_approvals(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, with_approvals);
	case_path(&c, FACT_ADD, "e");
	ok(case_decide(&c) == VERDICT_ALLOW && !c.decision.n_needs, "allow needs nobody");
	case_path(&c, FACT_ADD, "z");
	ok(case_decide(&c) == VERDICT_REVIEW && c.decision.n_needs == 1, "review needs one");
	ok(case_need(&c, "anyone")->count == 1, "approval, of anyone");
	ok(case_same(case_need(&c, "anyone")->rule, "default"), "for the default");
	case_path(&c, FACT_ADD, "c");
	ok(case_decide(&c) == VERDICT_HUMAN && c.decision.n_needs == 1, "human needs one");
	ok(case_same(case_need(&c, "a person")->rule, "c"),
		"of a person, who is a reviewer as well");
	case_path(&c, FACT_ADD, "d");
	ok(case_decide(&c) == VERDICT_HUMAN && c.decision.n_needs == 2, "a count without a group");
	ok(case_need(&c, "a person")->count == 1, "is beside the plain one");
}

static void fails(struct policy_case *c, const char *sentence)
{
	struct err err = { "" };

	c->decision.verdict = VERDICT_ALLOW;
	ok(policy_decide(c->layers, c->n, &c->facts, &c->decision, &err) == -EINVAL, "an error");
	ok(c->decision.verdict == VERDICT_DENY, "leaves a deny");
	if (strcmp(err.text, sentence) != 0)
		fail_msg("expected '%s', found '%s'", sentence, err.text);
}

static void bad_facts(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	case_layer(&c, POLICY_OPERATOR, "version: 1\ndefault: allow\n");
	case_path(&c, FACT_ADD, "b");
	case_path(&c, FACT_ADD, "a");
	fails(&c, "facts: 'a' is out of order");
	facts_finish(&c.facts);
	c.facts.paths[1].operation = FACT_OPERATIONS;
	fails(&c, "facts: 'b': unknown operation or kind");
	c.facts.paths[1].operation = FACT_RENAME;
	fails(&c, "facts: 'b': expected an old name for a rename or copy and for nothing else");
	c.facts.paths[1].operation = FACT_ADD;
	c.facts.paths[0].path[0] = '\0';
	fails(&c, "facts: a path has no name");
	c.facts.paths[0].path[0] = 'a';
	facts_add_check(&c.facts, "tests", FACT_ORIGINS, true);
	fails(&c, "facts: a check has no name or an unknown origin");
	c.facts.checks[0].origin = FACT_OPERATOR;
	facts_add_anomaly(&c.facts, FACT_FIFO, "b", NULL);
	facts_add_anomaly(&c.facts, FACT_FIFO, "a", NULL);
	fails(&c, "facts: the anomaly of 'a' is out of order");
	c.layers[c.n++] = NULL;
	facts_done(&c.facts);
	fails(&c, "policy: layer 2 of 2 is missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("missing or failed evidence is for a person", evidence),
		TEST("evidence is what the layer or one above it defines", evidence_origin),
		TEST("what a policy requires it defines, or one before it", required_checks),
		TEST("a job that did more than its record holds is for a person, whatever a policy says",
			omitted_events),
		TEST("more anomalies than are named are denied, whatever a policy says",
			unnamed_anomalies),
		TEST("the old name of a rename asks for evidence", evidence_old_name),
		TEST("the change as a whole may ask for evidence", evidence_for_change),
		TEST("a check that failed is for a person though nobody required it",
			unrequired_check),
		TEST("a person lands what touches .remit/, whatever a policy says", policy_guard),
		TEST("both layers together can't allow a change of the policy",
			guard_of_both_layers),
		TEST("tripwires deny, and a stopped job is for a person", job_ends),
		TEST("rules state whose approvals they need", stated_approvals),
		TEST("a verdict without stated approvals needs one", plain_approvals),
		TEST("facts that make no sense end in deny", bad_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
