#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/json.h"
#include "base/opt.h"
#include "base/proc.h"
#include "sandbox/launch.h"
#include "sandbox/seccomp.h"

struct options {
	uint64_t plan, events, transcript, lifeline, start, secrets; /* descriptors */
	char *gate;
	bool notify;
};

enum { NOT_GIVEN = INT32_MAX, WRONG_USAGE = 2 };

#define AT(member) .at = offsetof(struct options, member)

static const struct opt run_opts[] = {
	{ "plan", 0, OPT_UINT, AT(plan), "FD", "read the plan from this descriptor" },
	{ "events", 0, OPT_UINT, AT(events), "FD", "write events, JSON lines, to this one" },
	{ "transcript", 0, OPT_UINT, AT(transcript), "FD", "copy the job's output to this one" },
	{ "lifeline", 0, OPT_UINT, AT(lifeline), "FD", "end the cage when this one is closed" },
	{ "start", 0, OPT_UINT, AT(start), "FD",
		"start the command when a byte comes from this one" },
	{ "secrets", 0, OPT_UINT, AT(secrets), "FD", "read the credentials' values from this one" },
	{ "gate", 0, OPT_STR, AT(gate), "PROGRAM",
		"start this for what the plan allows of the network" },
};

static const struct opt seccomp_opts[] = {
	{ "notify", 0, OPT_FLAG, AT(notify), NULL, "also make the filter that reports" },
};

static int descriptor(uint64_t option)
{
	return option == NOT_GIVEN ? -1 : (int)option;
}

static int read_plan(int fd, struct plan *ret, struct err *err)
{
	auto_buf struct buf text = BUF_INIT;
	int r = io_read_all(fd, PLAN_MAX_BYTES, &text);

	close(fd);
	if (r < 0)
		return err_set(err, r, "read the plan");
	return plan_decode(buf_str(&text), text.len, ret, err);
}

static int run(const struct options *o, struct outcome *ret, struct err *err)
{
	struct launch launch = { .events = descriptor(o->events),
		.transcript = descriptor(o->transcript),
		.lifeline = descriptor(o->lifeline),
		.start = descriptor(o->start),
		.gate = o->gate,
		.secrets = descriptor(o->secrets) };
	struct plan plan;
	int r = launch_close_others(&launch, descriptor(o->plan), err);

	if (r < 0)
		return r;
	if (o->plan == NOT_GIVEN)
		return err_say(err, -EINVAL, "option '--plan' is missing");
	r = read_plan((int)o->plan, &plan, err);
	return r < 0 ? r : launch_cage(&plan, &launch, ret, err);
}

static void complain(const struct err *err)
{
	if (*err->text)
		fprintf(stderr, "remit: %s\n", err->text);
}

static int cmd_run(const struct options *o)
{
	struct outcome outcome = { .status = CAGE_FAILED };
	struct err err = { "" };
	int r = run(o, &outcome, &err);

	complain(r < 0 ? &err : &outcome.why);
	return r < 0 ? CAGE_FAILED : outcome.status;
}

static void put_filter(json_t *o, const char *key, const struct buf *filter)
{
	auto_buf struct buf text = BUF_INIT;

	base64_add(&text, filter->data, filter->len);
	json_put_str(o, key, buf_str(&text));
}

/* Reads {"profile": ..., "floor": ...} and prints {"allow": base64, "refuse": base64}. */
static int compile(const struct options *o, struct buf *allow, struct buf *refuse, struct err *err)
{
	auto_buf struct buf text = BUF_INIT;
	auto_json json_t *input = NULL;
	int r = io_read_all(STDIN_FILENO, PLAN_MAX_BYTES, &text);

	if (r < 0)
		return err_set(err, r, "read the seccomp profile");
	r = json_parse(buf_str(&text), text.len, "seccomp profile", &input, err);
	if (r < 0)
		return r;
	return seccomp_compile(json_object_get(input, "profile"), json_object_get(input, "floor"),
		o->notify, allow, refuse, err);
}

static int cmd_seccomp(const struct options *o)
{
	auto_buf struct buf allow = BUF_INIT, refuse = BUF_INIT;
	auto_json json_t *result = json_object();
	auto_free char *text = NULL;
	struct err err = { "" };
	int r = compile(o, &allow, &refuse, &err);

	complain(&err);
	if (r < 0)
		return WRONG_USAGE;
	put_filter(result, "allow", &allow);
	put_filter(result, "refuse", &refuse);
	text = json_canonical(result);
	return io_write_all(STDOUT_FILENO, text, strlen(text)) < 0;
}

struct command {
	const char *name, *help;
	struct opt_set opts;
	int (*run)(const struct options *o);
};

static const struct command commands[] = {
	{ "run", "builds the cage that a plan describes and runs its command there",
		{ run_opts, ARRAY_SIZE(run_opts), true }, cmd_run },
	{ "seccomp",
		"compiles OCI seccomp profiles: {\"profile\": ..., \"floor\": ...} on standard input",
		{ seccomp_opts, ARRAY_SIZE(seccomp_opts), true }, cmd_seccomp },
};

static int help(FILE *out)
{
	fputs("remit-sandbox: one cage, rootless. `remit sandbox` starts it for you.\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		auto_buf struct buf lines = BUF_INIT;

		opt_help(&commands[i].opts, &lines);
		fprintf(out, "\nremit-sandbox %s [OPTION]...\n  %s\n%s", commands[i].name,
			commands[i].help, buf_str(&lines));
	}
	return out == stdout ? 0 : WRONG_USAGE;
}

static int dispatch(const struct command *c, int argc, char **argv)
{
	struct options o = { NOT_GIVEN, NOT_GIVEN, NOT_GIVEN, NOT_GIVEN, NOT_GIVEN, NOT_GIVEN, NULL,
		false };
	auto_free char **rest = NULL;
	struct err err = { "" };
	size_t dashes;

	if (opt_parse(&c->opts, argc, argv, &o, &rest, &dashes, &err) < 0 ||
		(rest[0] && err_say(&err, -EINVAL, "unexpected '%s'", rest[0]) < 0)) {
		complain(&err);
		return WRONG_USAGE;
	}
	return c->run(&o);
}

int main(int argc, char **argv)
{
	proc_reset_signals();
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return dispatch(&commands[i], argc - 1, argv + 1);
	return help(argc > 1 && !strcmp(argv[1], "--help") ? stdout : stderr);
}
