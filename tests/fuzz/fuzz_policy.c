/* fuzz_policy.c: bytes as a policy: refused with a place, or good enough to judge a change by. */
#include <string.h>

#include "policy/policy.h"
#include "tests/fuzz/fuzz.h"

static void add_path(struct facts *f, enum fact_operation operation, enum fact_kind kind,
	const char *old_path, const char *path)
{
	struct fact_path *p = facts_add_path(f);

	p->operation = operation;
	p->kind = kind;
	p->old_path = old_path ? xstrdup(old_path) : NULL;
	p->path = xstrdup(path);
	p->new_mode = FACT_MODE_FILE;
	p->added = 7;
}

static void fill(struct facts *f)
{
	add_path(f, FACT_ADD, FACT_FILE, NULL, "docs/a.md");
	add_path(f, FACT_RENAME, FACT_FILE, ".github/workflows/a.yml", "src/a.c");
	add_path(f, FACT_COPY, FACT_BINARY, "src/b.c", "vendor/b/\xff\n");
	add_path(f, FACT_DELETE, FACT_SYMLINK, NULL, "link");
	facts_add_anomaly(f, FACT_FIFO, "pipe", NULL);
	facts_add_check(f, "tests", FACT_OPERATOR, false);
	f->has_job = true;
	f->denied = 1;
	f->agent = xstrdup("helper");
	facts_finish(f);
}

static void judge(struct policy *policy)
{
	struct facts facts CLEANUP(facts_done) = { 0 };
	auto_decision struct decision d = { 0 };
	auto_json json_t *json = NULL;
	struct err err = { "" };

	fill(&facts);
	must(policy_decide(&policy, 1, &facts, &d, &err) == 0);
	/* A check failed, whatever the policy says. */
	must(d.verdict <= VERDICT_HUMAN && d.n_reasons);
	must((d.verdict == VERDICT_DENY) == !d.n_needs);
	json = decision_encode(&d);
	must(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy *policy CLEANUP(cleanup_policy_free) = NULL;
	struct err err = { "" };
	int r = policy_parse((const char *)data, size, "fuzz", POLICY_REPOSITORY, &policy, &err);

	if (r < 0)
		must(!policy && !strncmp(err.text, "fuzz:", 5));
	else
		judge(policy);
	return 0;
}
