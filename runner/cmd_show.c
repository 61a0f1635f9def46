#include <stdio.h>

#include "runner/card.h"
#include "runner/command.h"
#include "runner/evidence.h"
#include "runner/leftovers.h"
#include "runner/results.h"

struct options {
	bool json, output;
};

#define AT(member) .at = offsetof(struct options, member)

static const struct opt show_opts[] = {
	{ "json", 0, OPT_FLAG, AT(json), NULL, "print all that is known as JSON" },
	{ "output", 'o', OPT_FLAG, AT(output), NULL,
		"print what the job wrote to its output; on a terminal, escaped" },
};
static const struct opt_set show_set = { show_opts, ARRAY_SIZE(show_opts), false };

static const struct opt json_opts[] = {
	{ "json", 0, OPT_FLAG, AT(json), NULL, "print JSON" },
};
static const struct opt_set json_set = { json_opts, ARRAY_SIZE(json_opts), false };

enum { MAX_EVIDENCE = 1 << 30 };

/* Prints the evidence that a result names under key. */
static int print_evidence(struct ctx *ctx, const json_t *result, const char *key, struct err *err)
{
	const char *digest = json_string_value(json_object_get(result, key));
	auto_buf struct buf bytes = BUF_INIT;
	struct evidence e;
	int r;

	if (!digest || !*digest)
		return 0;
	r = evidence_open(ctx, NULL, &e, err);
	if (r == 0)
		r = evidence_get(&e, digest, MAX_EVIDENCE, &bytes, err);
	evidence_close(&e);
	if (r == 0)
		command_print_bytes(ctx, buf_str(&bytes), bytes.len);
	return r;
}

static int load(struct ctx *ctx, const struct args *args, json_t **ret, struct err *err)
{
	auto_free char *id = NULL;
	int r;

	if (args->n > 1)
		return err_say(err, -EINVAL, "unexpected '%s': expected one job", args->rest[1]);
	r = results_find(ctx, args->n ? args->rest[0] : NULL, &id, err);
	if (r == 0)
		*ret = results_load(ctx, id);
	return r;
}

/* A name that no job has is wrong usage. */
static int status_of(const struct args *args, int error)
{
	return error == -ENOENT && args->n ? EXIT_USAGE : command_status(error);
}

static int show(struct ctx *ctx, const struct options *o, const json_t *result, struct err *err)
{
	auto_buf struct buf card = BUF_INIT;

	if (o->output)
		return print_evidence(ctx, result, "output_sha256", err);
	if (o->json) {
		command_print_json(result);
		return 0;
	}
	card_draw(ctx, result, &card);
	fputs(buf_str(&card), stdout);
	return 0;
}

static int run_show(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	struct options o = { 0 };
	auto_args struct args args;
	auto_json json_t *result = NULL;
	struct err err = { "" };
	int r = command_parse(ctx, self, argc, argv, &o, &args);

	if (r)
		return r < 0 ? EXIT_DONE : r;
	r = load(ctx, &args, &result, &err);
	if (r == 0)
		r = show(ctx, &o, result, &err);
	return r < 0 ? command_fail(ctx, status_of(&args, r), &err) : EXIT_DONE;
}

static int diff(struct ctx *ctx, const json_t *result, struct err *err)
{
	json_t *paths = json_object_get(result, "paths");

	if (!paths)
		return err_say(err, -ENODATA, "job '%s' has no change: it is %s",
			json_string_value(json_object_get(result, "job")),
			json_string_value(json_object_get(result, "state")));
	if (!ctx->json)
		return print_evidence(ctx, result, "patch_sha256", err);
	command_print_json(paths);
	return 0;
}

static int run_diff(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	struct options o = { 0 };
	auto_args struct args args;
	auto_json json_t *result = NULL;
	struct err err = { "" };
	int r = command_parse(ctx, self, argc, argv, &o, &args);

	if (r)
		return r < 0 ? EXIT_DONE : r;
	r = load(ctx, &args, &result, &err);
	if (r == 0)
		r = diff(ctx, result, &err);
	return r < 0 ? command_fail(ctx, status_of(&args, r), &err) : EXIT_DONE;
}

static int print_jobs(struct ctx *ctx, struct err *err)
{
	auto_json json_t *list = json_array();
	auto_strs struct strs all = { 0 };
	int r = results_list(ctx, &all, err);

	for (size_t i = 0; r == 0 && i < all.n; i++) {
		auto_json json_t *result = results_load(ctx, all.v[i]);
		auto_buf struct buf line = BUF_INIT;

		if (ctx->json) {
			json_push(list, json_incref(result));
			continue;
		}
		card_draw_line(ctx, result, &line);
		fputs(buf_str(&line), stdout);
	}
	if (r == 0 && ctx->json)
		command_print_json(list);
	return r;
}

/* The list is true whether or not anything can be put right for the dead among the jobs. */
static void clear_leftovers(const struct ctx *ctx)
{
	struct err err = { "" };

	if (ctx_check_state(ctx, &err) < 0 || leftovers_clear(ctx, &err) < 0)
		fprintf(stderr, "remit: clear up after jobs whose remit died: %s\n", err.text);
}

static int run_jobs(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	struct options o = { 0 };
	auto_args struct args args;
	struct err err = { "" };
	int r = command_parse(ctx, self, argc, argv, &o, &args);

	if (r)
		return r < 0 ? EXIT_DONE : r;
	clear_leftovers(ctx);
	r = print_jobs(ctx, &err);
	return r < 0 ? command_fail(ctx, command_status(r), &err) : EXIT_DONE;
}

const struct command cmd_show = { "show", "[JOB]", "shows a job; the latest if none is named",
	&show_set, run_show, NULL };
const struct command cmd_diff = { "diff", "[JOB]",
	"prints a job's change as a patch; with --json its paths", &json_set, run_diff,
	"On a terminal control characters and what is not UTF-8 are escaped: a patch that is to be applied\n"
	"comes from a pipe or a file.\n" };
const struct command cmd_jobs = { "jobs", "", "lists the jobs that were run", &json_set, run_jobs,
	NULL };
