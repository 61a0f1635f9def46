#include <fcntl.h>

#include "base/io.h"
#include "tests/unit/policy_case.h"

static void load(struct policy_case *c)
{
	auto_buf struct buf text = BUF_INIT;
	struct err err = { "" };

	if (file_read(AT_FDCWD, "profiles/policies/default.yaml", 1 << 20, &text, &err) < 0)
		fail_msg("%s", err.text);
	case_layer(c, POLICY_OPERATOR, buf_str(&text));
}

static void decided_by(
	const struct policy_case *c, const char *path, const char *rule, const char *verdict)
{
	const struct reason *r = case_reason(c, rule);

	if (strcmp(verdict_names[c->decision.verdict], verdict) != 0)
		fail_msg("%s: expected %s, found %s", path, verdict,
			verdict_names[c->decision.verdict]);
	if (!r || r->verdict != c->decision.verdict)
		fail_msg("%s: expected rule %s to decide, found %s", path, rule,
			c->decision.reasons[0].rule);
	if (strcmp(rule, "default") != 0)
		ok(r && r->because, "a rule tells people why");
}

static void judge(const char *path, const char *rule, const char *verdict, const char *not_rule)
{
	auto_case struct policy_case c = { 0 };

	load(&c);
	case_path(&c, FACT_MODIFY, path);
	case_decide(&c);
	decided_by(&c, path, rule, verdict);
	if (not_rule && case_reason(&c, not_rule))
		fail_msg("%s: rule %s matches", path, not_rule);
}

enum { RULE, VERDICT, HIT, MISS, MISS_RULE, MISS_VERDICT, COLUMNS };

static void judge_row(char *line)
{
	char *cell[COLUMNS], *rest = line;

	for (size_t i = 0; i < COLUMNS; i++)
		cell[i] = strsep(&rest, "\t");
	ok(cell[MISS_VERDICT], "the row has six columns");
	judge(cell[HIT], cell[RULE], cell[VERDICT], NULL);
	judge(cell[MISS], cell[MISS_RULE], cell[MISS_VERDICT], cell[RULE]);
}

static void samples(void **state)
{
	auto_buf struct buf text = BUF_INIT;
	struct err err = { "" };
	char *rest, *line;
	size_t n = 0;

	(void)state;
	if (file_read(AT_FDCWD, "tests/data/policy/default_samples.tsv", 1 << 20, &text, &err) < 0)
		fail_msg("%s", err.text);
	rest = text.data;
	while ((line = strsep(&rest, "\n"))) {
		if (!*line || *line == '#')
			continue;
		judge_row(line);
		n++;
	}
	ok(n >= 60, "every class of paths has samples");
}

/* One path of some shape, and the rule that decides. */
struct shape {
	const char *rule, *verdict;
	struct fact_path path;
};

static const struct shape shapes[] = {
	{ "docs", "allow", { .path = (char *)"a.md", .added = 500 } },
	{ "docs", "allow", { .path = (char *)"a.md", .operation = FACT_ADD } },
	{ "docs-long", "review", { .path = (char *)"a.md", .added = 400, .removed = 101 } },
	{ "docs-deleted", "review", { .path = (char *)"a.md", .operation = FACT_DELETE } },
	{ "big-deletions", "human",
		{ .path = (char *)"a.c", .operation = FACT_DELETE, .removed = 1000 } },
	{ "symlinks", "review", { .path = (char *)"a.md", .kind = FACT_SYMLINK } },
	{ "submodules", "human", { .path = (char *)"a.c", .kind = FACT_SUBMODULE } },
	{ "binaries", "human", { .path = (char *)"a.c", .kind = FACT_BINARY } },
	{ "type-changes", "human", { .path = (char *)"a.c", .operation = FACT_TYPE } },
	{ "executables", "review",
		{ .path = (char *)"a.md", .operation = FACT_ADD, .new_mode = FACT_MODE_EXEC } },
	{ "executables", "review",
		{ .path = (char *)"a.md",
			.old_mode = FACT_MODE_FILE,
			.new_mode = FACT_MODE_EXEC } },
	{ "docs", "allow",
		{ .path = (char *)"a.md",
			.old_mode = FACT_MODE_EXEC,
			.new_mode = FACT_MODE_EXEC } },
	{ "big-files", "human", { .path = (char *)"a.md", .new_size = 1 << 20 } },
	{ "docs-large", "review", { .path = (char *)"a.md", .new_size = (1 << 20) - 1 } },
	{ "docs-large", "review", { .path = (char *)"a.md", .new_size = (256 << 10) + 1 } },
	{ "docs", "allow", { .path = (char *)"a.md", .new_size = 256 << 10 } },
	{ "tests-deleted", "human",
		{ .path = (char *)"tests/a.c", .operation = FACT_DELETE, .removed = 1 } },
	{ "tests-deleted", "human",
		{ .old_path = (char *)"tests/a.c",
			.path = (char *)"junk/a",
			.operation = FACT_RENAME } },
	{ "docs-deleted", "review",
		{ .old_path = (char *)"a.md", .path = (char *)"b.md", .operation = FACT_RENAME } },
	{ "docs", "allow",
		{ .old_path = (char *)"a.md", .path = (char *)"b.md", .operation = FACT_COPY } },
	{ "executables", "review",
		{ .old_path = (char *)"a.md",
			.path = (char *)"b.md",
			.operation = FACT_COPY,
			.old_mode = FACT_MODE_EXEC,
			.new_mode = FACT_MODE_EXEC } },
	{ "type-changes", "human",
		{ .path = (char *)"a.md",
			.operation = FACT_TYPE,
			.old_mode = FACT_MODE_COMMIT,
			.new_mode = FACT_MODE_FILE } },
	{ "ci", "human",
		{ .old_path = (char *)".github/workflows/a.yml",
			.path = (char *)"docs/a.md",
			.operation = FACT_RENAME } },
	{ "default", "review",
		{ .old_path = (char *)"src/a.c",
			.path = (char *)"docs/a.md",
			.operation = FACT_RENAME } },
	{ "policy-guard", "human", { .path = (char *)".remit/policy.yaml" } },
};

static void shape_decides(const struct shape *s)
{
	auto_case struct policy_case c = { 0 };
	struct fact_path *p = facts_add_path(&c.facts);

	load(&c);
	*p = s->path;
	if (!s->path.operation && !s->path.old_mode && !s->path.new_mode)
		p->operation = FACT_MODIFY;
	p->path = xstrdup(s->path.path);
	p->old_path = s->path.old_path ? xstrdup(s->path.old_path) : NULL;
	case_decide(&c);
	decided_by(&c, p->path, s->rule, s->verdict);
}

static void by_shape(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		shape_decides(&shapes[i]);
}

static void add_files(struct policy_case *c, size_t n, enum fact_operation operation)
{
	for (size_t i = 0; i < n; i++) {
		auto_free char *name = xasprintf("docs/%zu.md", i);

		case_path(c, operation, name);
	}
}

static void by_count(void **state)
{
	auto_case struct policy_case c = { 0 }, d = { 0 }, e = { 0 };

	(void)state;
	load(&c);
	add_files(&c, 100, FACT_ADD);
	case_decide(&c);
	decided_by(&c, "100 files", "docs", "allow");
	case_path(&c, FACT_ADD, "docs/more.md");
	case_decide(&c);
	decided_by(&c, "101 files", "many-files", "review");
	load(&d);
	add_files(&d, 50, FACT_DELETE);
	case_decide(&d);
	decided_by(&d, "50 deletions", "mass-deletions", "human");
	d.facts.paths[0].added = 0;
	ok(case_decide(&d) == VERDICT_HUMAN && case_reason(&d, "mass-deletions"),
		"so are fewer among many");
	load(&e);
	add_files(&e, 5, FACT_ADD);
	for (size_t i = 0; i < 5; i++)
		e.facts.paths[i].added = 401;
	case_decide(&e);
	decided_by(&e, "2005 lines", "many-lines", "review");
}

static void by_job(void **state)
{
	auto_case struct policy_case c = { 0 };

	(void)state;
	load(&c);
	case_path(&c, FACT_MODIFY, "README.md");
	c.facts.has_job = true;
	case_decide(&c);
	decided_by(&c, "README.md", "docs", "allow");
	c.facts.denied = 1;
	case_decide(&c);
	decided_by(&c, "README.md", "refused-attempts", "review");
	facts_add_anomaly(&c.facts, FACT_SYMLINK_ESCAPE, "link", "/etc");
	case_decide(&c);
	decided_by(&c, "link", "anomalies", "deny");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("the shipped policy tells classes of paths from their near misses", samples),
		TEST("the shipped policy goes by what a path is", by_shape),
		TEST("the shipped policy goes by how much there is", by_count),
		TEST("the shipped policy goes by how the job went", by_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
