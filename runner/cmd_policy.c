#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "repo/change.h"
#include "runner/command.h"
#include "runner/jobspec.h"
#include "runner/layers.h"
#include "runner/profile.h"

struct options {
	const char *repo, *base, *head, *policy;
	bool json;
};

#define AT(member) .at = offsetof(struct options, member)

static const struct opt check_opts[] = {
	{ "repo", 'C', OPT_STR, AT(repo), "DIR",
		"the repository; the current directory if none is given" },
	{ "base", 'b', OPT_STR, AT(base), "A", "what the change starts from; its policy judges" },
	{ "head", 0, OPT_STR, AT(head), "B", "what the change leads to; HEAD" },
	{ "policy", 0, OPT_STR, AT(policy), "F",
		"the operator's policy: a file, or a shipped one's name" },
	{ "json", 0, OPT_FLAG, AT(json), NULL, "print the decision as JSON" },
};
static const struct opt_set check_set = { check_opts, ARRAY_SIZE(check_opts), false };

static const struct opt schema_opts[] = {
	{ "json", 0, OPT_FLAG, AT(json), NULL, "print JSON, as it does in any case" },
};
static const struct opt_set schema_set = { schema_opts, ARRAY_SIZE(schema_opts), false };

struct judged {
	struct repo *repo;
	struct repo_commit base, head;
	struct layers layers;
	struct facts facts;
	struct decision decision;
};

static void judged_done(struct judged *j)
{
	decision_done(&j->decision);
	facts_done(&j->facts);
	layers_done(&j->layers);
	repo_commit_done(&j->base);
	repo_commit_done(&j->head);
	repo_free(j->repo);
}

static int judge(const struct ctx *ctx, const struct options *o, struct judged *j, struct err *err)
{
	struct change change = { 0 };
	int r = repo_open(o->repo ? o->repo : ".", &j->repo, err);

	if (r == 0)
		r = repo_resolve(j->repo, o->base, &j->base, err);
	if (r == 0)
		r = repo_resolve(j->repo, o->head, &j->head, err);
	if (r == 0)
		r = layers_load(ctx, o->policy, j->repo, j->base.tree, &j->layers, err);
	change = (struct change){ j->repo, NULL, j->base.tree, j->head.tree };
	if (r == 0)
		r = change_facts(&change, &j->facts, err);
	if (r == 0)
		r = change_anomalies(&change, &j->facts, err);
	return r < 0 ? r : policy_decide(j->layers.v, j->layers.n, &j->facts, &j->decision, err);
}

static void put(const char *before, const char *text)
{
	if (!text)
		return;
	fputs(before, stdout);
	command_print_safe(text);
}

static void print_reason(const struct reason *r)
{
	printf("  %-7s", verdict_names[r->verdict]);
	put("", r->rule);
	put(": ", r->path);
	put("; ", r->clause);
	put("; ", r->because);
	putchar('\n');
}

static void print_need(const struct need *n)
{
	if (n->count)
		printf("  needs  %llu approval%s from ", (unsigned long long)n->count,
			n->count == 1 ? "" : "s");
	else
		printf("  needs  %s ", n->what);
	put("", n->from);
	putchar('\n');
}

static void print_decision(const struct judged *j)
{
	printf("%s: %zu file%s, +%llu -%llu, %.10s..%.10s\n", verdict_names[j->decision.verdict],
		j->facts.n_paths, j->facts.n_paths == 1 ? "" : "s",
		(unsigned long long)j->facts.lines_added,
		(unsigned long long)j->facts.lines_removed, j->base.id, j->head.id);
	for (size_t i = 0; i < j->decision.n_reasons; i++)
		print_reason(&j->decision.reasons[i]);
	for (size_t i = 0; i < j->decision.n_needs; i++)
		print_need(&j->decision.needs[i]);
}

static void print_json(const struct judged *j)
{
	auto_json json_t *o = decision_encode(&j->decision);

	json_put_str(o, "base", j->base.id);
	json_put_str(o, "head", j->head.id);
	json_put(o, "policies", layers_encode(&j->layers));
	json_put(o, "facts", facts_encode(&j->facts));
	command_print_json(o);
}

static int run_check(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	struct options o = { 0 };
	auto_args struct args args;
	struct err err = { "" };
	CLEANUP(judged_done) struct judged j = { 0 };
	int r = command_parse(ctx, self, argc, argv, &o, &args);

	if (r)
		return r < 0 ? EXIT_DONE : r;
	if (!o.base)
		r = err_say(&err, -EINVAL, "option '--base' is missing");
	else
		r = judge(ctx, &o, &j, &err);
	if (r < 0)
		return command_fail(ctx, r == -ENOENT ? EXIT_USAGE : command_status(r), &err);
	if (o.json)
		print_json(&j);
	else
		print_decision(&j);
	return verdict_exit(j.decision.verdict);
}

static json_t *profile_schema(void)
{
	return bind_schema(&profile_table);
}

static json_t *job_schema(void)
{
	return bind_schema(&jobspec_table);
}

static const struct {
	const char *name;
	json_t *(*make)(void);
} schemas[] = {
	{ "policy", policy_schema },
	{ "profile", profile_schema },
	{ "job", job_schema },
};

static int run_schema(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	struct options o = { 0 };
	auto_args struct args args;
	struct err err = { "" };
	const char *name;
	int r = command_parse(ctx, self, argc, argv, &o, &args);

	if (r)
		return r < 0 ? EXIT_DONE : r;
	name = args.n ? args.rest[0] : "policy";
	for (size_t i = 0; args.n < 2 && i < ARRAY_SIZE(schemas); i++)
		if (!strcmp(schemas[i].name, name)) {
			auto_json json_t *schema = schemas[i].make();

			command_print_json(schema);
			return EXIT_DONE;
		}
	err_say(&err, -EINVAL, "there is no schema '%s': expected policy, profile or job", name);
	return command_fail(ctx, EXIT_USAGE, &err);
}

const struct command cmd_policy_check = {
	"policy check",
	"",
	"judges the change between two commits, without a job",
	&check_set,
	run_check,
	"Exit status: 0 allow, 10 review, 11 human, 12 deny; 1 when something failed, 2 for wrong usage or\n"
	"input.\n",
};
const struct command cmd_policy_schema = { "policy schema", "[policy|profile|job]",
	"prints the JSON Schema of a file, for editors", &schema_set, run_schema, NULL };
