#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "runner/card.h"
#include "runner/command.h"
#include "runner/job.h"
#include "runner/leftovers.h"

struct options {
	const char *repo, *base, *profile, *policy, *task, *agent;
	struct strs checks;
	bool json, stream, interactive;
};

static void options_done(struct options *o)
{
	strs_done(&o->checks);
}

#define AT(member) .at = offsetof(struct options, member)

static const struct opt opts[] = {
	{ "repo", 'C', OPT_STR, AT(repo), "DIR",
		"the repository; the current directory if none is given" },
	{ "base", 'b', OPT_STR, AT(base), "REV", "the revision to start from; HEAD" },
	{ "profile", 'p', OPT_STR, AT(profile), "P",
		"what the job may touch: a profile's name or file; base" },
	{ "policy", 0, OPT_STR, AT(policy), "F",
		"the operator's policy: a file, or a shipped one's name" },
	{ "task", 't', OPT_STR, AT(task), "TEXT|@FILE",
		"what is to be done; the job finds it in REMIT_TASK" },
	{ "agent", 'a', OPT_STR, AT(agent), "NAME[@VERSION]", "who does it" },
	{ "check", 0, OPT_STRS, AT(checks), "NAME=COMMAND",
		"judge the result by a command; may be repeated" },
	{ "stream", 's', OPT_FLAG, AT(stream), NULL,
		"show the job's output as it comes, escapes included" },
	{ "interactive", 'i', OPT_FLAG, AT(interactive), NULL,
		"connect the job with this terminal" },
	{ "json", 0, OPT_FLAG, AT(json), NULL, "print the result as JSON" },
};

static const struct opt_set set = { opts, ARRAY_SIZE(opts), false };

static void override(char **slot, const char *value)
{
	if (!value)
		return;
	free(*slot);
	*slot = xstrdup(value);
}

static int set_task(struct jobspec *spec, const char *task, struct err *err)
{
	auto_buf struct buf text = BUF_INIT;
	int r;

	if (!task || task[0] != '@') {
		override(&spec->task, task);
		r = task ? jobspec_check_task(task, err) : 0;
		return r < 0 ? err_prefix(err, r, "option '--task'") : 0;
	}
	r = file_read(AT_FDCWD, task + 1, JOBSPEC_MAX_TASK, &text, err);
	if (r < 0)
		return err_prefix(err, r, "option '--task'");
	if (strlen(buf_str(&text)) != text.len)
		return err_say(err, -EINVAL, "option '--task': '%s' has a NUL in it", task + 1);
	override(&spec->task, buf_str(&text));
	return 0;
}

static int apply(const struct options *o, struct jobspec *spec, struct err *err)
{
	int r = set_task(spec, o->task, err);

	override(&spec->repo, o->repo);
	override(&spec->base, o->base);
	override(&spec->profile, o->profile);
	override(&spec->policy, o->policy);
	if (r == 0 && o->agent)
		r = jobspec_set_agent(spec, o->agent, err);
	for (size_t i = 0; r == 0 && i < o->checks.n; i++)
		r = jobspec_add_check(spec, o->checks.v[i], err);
	return r;
}

static int load_file(const char *path, struct jobspec *spec, struct err *err)
{
	int r = jobspec_load(path, spec, err);

	if (r == -ENOENT)
		return err_say(
			err, r, "there is no job file '%s': a command goes behind '--'", path);
	return r;
}

/* What stands before "--" is a job file, what stands behind it a command; without "--", a file alone or a command. */
static int read_operands(const struct args *args, struct jobspec *spec, struct err *err)
{
	bool dashed = args->dashes < args->n;
	size_t files = dashed || args->n == 1 ? args->dashes : 0;
	int r = 0;

	if (files > 1)
		return err_say(err, -EINVAL,
			"unexpected '%s': expected one job file, and a command behind '--'",
			args->rest[1]);
	if (files == 1)
		r = load_file(args->rest[0], spec, err);
	if (r == 0 && args->n > files)
		strs_done(&spec->command);
	for (size_t i = files; r == 0 && i < args->n; i++)
		strs_add(&spec->command, args->rest[i]);
	return r;
}

static void print_result(const struct ctx *ctx, const struct job *job)
{
	auto_json json_t *result = job_encode_result(job);
	auto_buf struct buf card = BUF_INIT;

	if (ctx->json) {
		command_print_json(result);
		return;
	}
	card_draw(ctx, result, &card);
	fputs(buf_str(&card), stdout);
}

/* A change is judged; a command that failed and changed nothing has simply failed. */
static int status_of(const struct job *job)
{
	if (!job->changed && job->decision.verdict == VERDICT_ALLOW && job->summary.exit)
		return EXIT_FAILED;
	return verdict_exit(job->decision.verdict);
}

/* Once a job has begun there is nothing wrong any more with how it was asked for. */
static int fail_status(const struct job *job, int error)
{
	if (error == -ENOEXEC)
		return EXIT_NO_CAGE;
	if (job->recorded != JOB_UNRECORDED)
		return EXIT_FAILED;
	return error == -ENOENT && !job->resolved ? EXIT_USAGE : command_status(error);
}

/* With JSON on standard output, what the job writes goes to standard error. */
static enum cagerun_stdio choose_stdio(const struct options *o)
{
	if (o->interactive)
		return CAGERUN_CONNECTED;
	if (!o->stream)
		return CAGERUN_QUIET;
	return o->json ? CAGERUN_STREAM_ERR : CAGERUN_STREAM;
}

static int run_job(struct ctx *ctx, const struct options *o, struct jobspec *spec)
{
	struct err err = { "" };
	struct job job;
	int r, status;

	job_init(&job, ctx, spec);
	job.stdio = choose_stdio(o);
	r = job_run(&job, &err);
	status = r < 0 ? fail_status(&job, r) : status_of(&job);
	if (r < 0)
		command_fail(ctx, status, &err);
	else
		print_result(ctx, &job);
	job_done(&job);
	return status;
}

static int prepare(
	const struct options *o, const struct args *args, struct jobspec *spec, struct err *err)
{
	int r = read_operands(args, spec, err);

	if (r == 0)
		r = apply(o, spec, err);
	if (r == 0 && o->json && o->interactive)
		return err_say(err, -EINVAL,
			"options '--json' and '--interactive' don't go together: the job would write "
			"into the JSON");
	return r;
}

static int run(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	CLEANUP(options_done) struct options o = { 0 };
	auto_args struct args args;
	struct err err = { "" };
	struct jobspec spec;
	int r = command_parse(ctx, self, argc, argv, &o, &args);

	if (r)
		return r < 0 ? EXIT_DONE : r;
	r = ctx_check_state(ctx, &err);
	if (r < 0)
		return command_fail(ctx, command_status(r), &err);
	/* What can't be put right for dead jobs now, `remit jobs` tells. */
	(void)!leftovers_clear(ctx, NULL);
	jobspec_init(&spec);
	if (prepare(&o, &args, &spec, &err) < 0)
		r = command_fail(ctx, EXIT_USAGE, &err);
	else
		r = run_job(ctx, &o, &spec);
	jobspec_done(&spec);
	return r;
}

const struct command cmd_run = {
	"run",
	"[JOB.yaml] [-- COMMAND [ARGUMENT]...]",
	"runs a job on a repository and says what may be done with its change",
	&set,
	run,
	"The change, if there is one, is on the branch remit/JOB; one that is denied is kept as\n"
	"refs/remit/denied/JOB. Ctrl-C ends the command; its change so far is judged.\n"
	"Exit status: the verdict's, 0 allow, 10 review, 11 human, 12 deny; 1 when something failed, 2 for\n"
	"wrong usage or input, 125 when the cage could not be built.\n",
};
