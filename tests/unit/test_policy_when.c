#include "tests/unit/policy_case.h"

enum { FILE_ = FACT_MODE_FILE, EXEC = FACT_MODE_EXEC, LINK = FACT_MODE_LINK };

/* One path, and whether a rule of that condition matches it. */
struct path_row {
	const char *when;
	bool hit;
	struct fact_path path;
};

static const struct path_row path_rows[] = {
	{ "{ operations: [add] }", true, { .operation = FACT_ADD } },
	{ "{ operations: [add, delete] }", true, { .operation = FACT_DELETE } },
	{ "{ operations: [add] }", false, { .operation = FACT_MODIFY } },
	{ "{ operations: [type] }", true, { .operation = FACT_TYPE } },
	{ "{ operations: [mode] }", true, { .operation = FACT_MODE } },
	{ "{ operations: [mode] }", false, { .operation = FACT_TYPE } },
	{ "{ kinds: [file] }", true, { .kind = FACT_FILE } },
	{ "{ kinds: [file] }", false, { .kind = FACT_BINARY } },
	{ "{ kinds: [symlink, submodule] }", true, { .kind = FACT_SUBMODULE } },
	{ "{ kinds: [symlink, submodule] }", false, { .kind = FACT_FILE } },
	{ "{ lines: { min: 5 } }", false, { .added = 2, .removed = 2 } },
	{ "{ lines: { min: 5 } }", true, { .added = 2, .removed = 3 } },
	{ "{ lines: { max: 5 } }", true, { .added = 2, .removed = 3 } },
	{ "{ lines: { max: 5 } }", false, { .added = 2, .removed = 4 } },
	{ "{ lines: { max: 0 } }", true, { .added = 0 } },
	{ "{ lines: { max: 0 } }", false, { .removed = 1 } },
	{ "{ lines: { max: 9 } }", false, { .added = UINT64_MAX, .removed = 2 } },
	{ "{ size: { min: 4k } }", false, { .new_size = 4095 } },
	{ "{ size: { min: 4k } }", true, { .new_size = 4096 } },
	{ "{ size: { min: 1, max: 4k } }", true, { .new_size = 4096 } },
	{ "{ size: { max: 4k } }", false, { .new_size = 4097, .old_size = 1 } },
	{ "{ modes: { new: \"100755\" } }", true, { .old_mode = FILE_, .new_mode = EXEC } },
	{ "{ modes: { new: 100755 } }", true, { .old_mode = EXEC, .new_mode = EXEC } },
	{ "{ modes: { new: \"100755\" } }", false, { .old_mode = EXEC, .new_mode = FILE_ } },
	{ "{ modes: { old: \"000000\", new: \"100755\" } }", true, { .new_mode = EXEC } },
	{ "{ modes: { old: \"000000\", new: \"100755\" } }", false,
		{ .old_mode = FILE_, .new_mode = EXEC } },
	{ "{ modes: { old: [\"100644\", \"100755\"], new: \"120000\" } }", true,
		{ .old_mode = EXEC, .new_mode = LINK } },
	{ "{ modes: { old: \"100644\" } }", false, { .old_mode = 0200100644 } },
	{ "{ paths: [\"*.c\"] }", true, { .path = (char *)"src/a.c" } },
	{ "{ paths: [\"*.c\"] }", false, { .path = (char *)"src/a.h" } },
	{ "{ paths: [\"*.c\", \"!b.c\"] }", false, { .path = (char *)"src/b.c" } },
	{ "{ paths: [\"*\", \"!/docs/\"] }", true, { .path = (char *)"src/docs/b.c" } },
	{ "{ paths: [\"/*\", \"!/docs/\"] }", false, { .path = (char *)"docs/b.c" } },
	{ "{ paths: [\"*.c\"], operations: [add] }", true, { .path = (char *)"a.c" } },
	{ "{ paths: [\"*.c\"], operations: [delete] }", false, { .path = (char *)"a.c" } },
	{ "{ paths: [\"*.h\"], operations: [add] }", false, { .path = (char *)"a.c" } },
};

static void path_conditions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(path_rows); i++) {
		const struct path_row *row = &path_rows[i];
		auto_case struct policy_case c = { 0 };
		struct fact_path *p = facts_add_path(&c.facts);

		*p = row->path;
		p->path = xstrdup(row->path.path ? row->path.path : "x");
		case_rule(&c, row->when, "deny");
		if ((case_decide(&c) == VERDICT_DENY) != row->hit)
			fail_msg(
				"row %zu: %s should %smatch", i, row->when, row->hit ? "" : "not ");
	}
}

/*
 * A file that was renamed or copied from old/a to new/b, and the name that a rule of that condition
 * has a verdict for.
 */
struct move_row {
	const char *when;
	enum fact_operation operation;
	const char *name; /* NULL: neither */
};

static const struct move_row move_rows[] = {
	{ "{ operations: [rename] }", FACT_RENAME, "new/b" },
	{ "{ operations: [delete] }", FACT_RENAME, "old/a" },
	{ "{ operations: [add] }", FACT_RENAME, "new/b" },
	{ "{ operations: [modify] }", FACT_RENAME, NULL },
	{ "{ operations: [copy] }", FACT_RENAME, NULL },
	{ "{ paths: [/old/], operations: [delete] }", FACT_RENAME, "old/a" },
	{ "{ paths: [/new/], operations: [delete] }", FACT_RENAME, NULL },
	{ "{ paths: [/old/], operations: [add] }", FACT_RENAME, NULL },
	{ "{ paths: [/new/], operations: [add] }", FACT_RENAME, "new/b" },
	{ "{ operations: [add] }", FACT_COPY, "new/b" },
	{ "{ operations: [delete] }", FACT_COPY, NULL },
	{ "{ paths: [/old/], operations: [add] }", FACT_COPY, NULL },
	{ "{ paths: [/old/], operations: [copy] }", FACT_COPY, "old/a" },
	{ "{ modes: { old: \"000000\", new: \"100755\" } }", FACT_RENAME, "new/b" },
	{ "{ modes: { old: \"000000\", new: \"100755\" } }", FACT_COPY, "new/b" },
	{ "{ modes: { new: \"000000\" } }", FACT_RENAME, "old/a" },
	{ "{ modes: { new: \"000000\" } }", FACT_COPY, NULL },
	{ "{ modes: { old: \"100755\", new: \"100755\" } }", FACT_RENAME, "new/b" },
	{ "{ modes: { old: \"000000\", new: \"100644\" } }", FACT_COPY, NULL },
	{ "{ paths: [/new/], modes: { new: \"000000\" } }", FACT_RENAME, NULL },
	{ "{ paths: [/old/], modes: { old: \"000000\" } }", FACT_RENAME, NULL },
};

static void moves(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(move_rows); i++) {
		const struct move_row *row = &move_rows[i];
		auto_case struct policy_case c = { 0 };
		struct fact_path *p = case_move(&c, row->operation, "old/a", "new/b");
		const struct reason *r;

		p->old_mode = EXEC;
		p->new_mode = EXEC;
		case_rule(&c, row->when, "deny");
		case_decide(&c);
		r = case_reason(&c, "one");
		if (row->name ? !r || !case_same(r->path, row->name) : r != NULL)
			fail_msg("row %zu: %s: expected %s, found %s", i, row->when,
				row->name ? row->name : "nothing", r ? r->path : "nothing");
	}
}

/* The change as a whole, and whether a rule of that condition matches it. */
struct change_row {
	const char *when;
	bool hit;
	struct facts facts;
};

#define WHO(field_, name_) .has_job = true, .field_ = (char *)(name_)

static const struct change_row change_rows[] = {
	{ "{ change: { files: { min: 1 } } }", true, { .has_job = true } },
	{ "{ change: { files: { min: 2 } } }", false, { .has_job = true } },
	{ "{ change: { lines: { min: 1 } } }", true, { .has_job = false } },
	{ "{ change: { lines: { max: 0 } } }", false, { .has_job = false } },
	{ "{ change: { files: { max: 1 }, lines: { min: 2 } } }", false, { .has_job = false } },
	{ "{ denied: { min: 3 } }", true, { .has_job = true, .denied = 3 } },
	{ "{ denied: { min: 3 } }", false, { .has_job = true, .denied = 2 } },
	{ "{ denied: { max: 0 } }", true, { .has_job = true } },
	{ "{ denied: { max: 0 } }", false, { .has_job = false } },
	{ "{ tripwires: { max: 0 } }", true, { .has_job = true } },
	{ "{ tripwires: { max: 0 } }", false, { .has_job = false } },
	{ "{ omitted: { min: 1 } }", true, { .has_job = true, .omitted = 1 } },
	{ "{ omitted: { min: 1 } }", false, { .has_job = true } },
	{ "{ omitted: { max: 0 } }", false, { .has_job = false } },
	{ "{ agents: [a, b] }", true, { WHO(agent, "b") } },
	{ "{ agents: [a, b] }", false, { WHO(agent, "ab") } },
	{ "{ agents: [a, b] }", false, { WHO(submitter, "a") } },
	{ "{ agents: [a, b] }", false, { .has_job = true } },
	{ "{ submitters: [a] }", true, { WHO(submitter, "a") } },
	{ "{ submitters: [a] }", false, { WHO(profile, "a") } },
	{ "{ profiles: [a] }", true, { WHO(profile, "a") } },
	{ "{ profiles: [a] }", false, { WHO(agent, "a") } },
	{ "{ agents: [a], denied: { min: 1 } }", false, { WHO(agent, "a") } },
};

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

static void change_conditions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(change_rows); i++) {
		const struct change_row *row = &change_rows[i];
		auto_case struct policy_case c = { .facts = row->facts };

		c.facts.agent = copy(row->facts.agent);
		c.facts.submitter = copy(row->facts.submitter);
		c.facts.profile = copy(row->facts.profile);
		case_path(&c, FACT_ADD, "x");
		case_rule(&c, row->when, "deny");
		if ((case_decide(&c) == VERDICT_DENY) != row->hit)
			fail_msg(
				"row %zu: %s should %smatch", i, row->when, row->hit ? "" : "not ");
	}
}

static void clause_is(struct policy_case *c, const char *when, const char *clause)
{
	case_rule(c, when, "deny");
	ok(case_decide(c) == VERDICT_DENY, "the rule matches");
	if (!case_same(case_reason(c, "one")->clause, clause))
		fail_msg("%s: expected '%s', found '%s'", when, clause,
			case_reason(c, "one")->clause);
	policy_free(c->layers[--c->n]);
}

static void clauses(void **state)
{
	auto_case struct policy_case c = { 0 };
	struct fact_path *p = case_move(&c, FACT_RENAME, "old.c", "new.h");

	(void)state;
	p->old_mode = FACT_MODE_EXEC;
	p->added = 41;
	p->new_size = 5000;
	c.facts.has_job = true;
	c.facts.denied = 3;
	c.facts.agent = xstrdup("helper");
	facts_add_anomaly(&c.facts, FACT_CASE_COLLISION, "new.h", "NEW.H");
	clause_is(&c, "{ paths: [\"*.h\", \"n*\"] }", "paths: n*");
	clause_is(&c, "{ paths: [\"*.c\", \"!n*\"] }", "paths: *.c");
	clause_is(&c, "{ operations: [add, rename], paths: [new.h] }",
		"paths: new.h; operations: rename");
	clause_is(&c, "{ kinds: [file], lines: { min: 1 } }", "kinds: file; lines: 41");
	clause_is(&c, "{ size: { min: 1k } }", "size: 5000");
	clause_is(&c, "{ modes: { new: \"100644\" } }", "modes: 100755 to 100644");
	clause_is(&c, "{ change: { files: { max: 9 } } }", "change: files 1");
	clause_is(&c, "{ change: { files: { max: 9 }, lines: { min: 9 } } }",
		"change: files 1, lines 41");
	clause_is(&c, "{ denied: { min: 1 }, agents: [helper] }", "denied: 3; agents: helper");
	c.facts.omitted = 12;
	clause_is(&c, "{ omitted: { min: 1 } }", "omitted: 12");
	clause_is(&c, "{ anomalies: [fifo, case-collision] }", "anomalies: case-collision");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("conditions about a path hold when all of them do", path_conditions),
		TEST("each name of a rename or copy answers for what it would be alone", moves),
		TEST("conditions about the change hold when all of them do", change_conditions),
		TEST("a reason tells the conditions and what met them", clauses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
