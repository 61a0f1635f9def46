/* remit-log: makes, extends and verifies a log. It alone holds the key that signs it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "audit/cmd.h"
#include "base/proc.h"
#include "base/version.h"

static const struct cmd *const cmds[] = { &cmd_log_init, &cmd_log_append, &cmd_log_verify };

static void print_usage(void)
{
	printf("usage: remit-log COMMAND [OPTION]...\n\n"
	       "A log that only grows and that anybody can check, in the C2SP tlog-tiles format.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++)
		printf("  %-10s %s\n", cmds[i]->name, cmds[i]->help);
	printf("\n  --help     show this; after a command, show its options\n"
	       "  --version  show the version\n");
}

static void print_help(const struct cmd *cmd)
{
	auto_buf struct buf opts = BUF_INIT;

	opt_help(&cmd->opts, &opts);
	printf("usage: remit-log %s [OPTION]...\n\n%s.\n%s\n%s", cmd->name, cmd->help, cmd->more,
		buf_str(&opts));
}

static int usage_error(const struct err *err)
{
	fprintf(stderr, "remit-log: %s\nTry 'remit-log --help'.\n", err->text);
	return CMD_USAGE;
}

/* Options that take an argument are all required, but for numbers. */
static int check_required(const struct cmd *cmd, const void *options, struct err *err)
{
	for (size_t i = 0; i < cmd->opts.n; i++) {
		const struct opt *o = &cmd->opts.opts[i];

		if (o->type == OPT_STR && !*(const char *const *)((const char *)options + o->at))
			return err_say(err, -EINVAL, "%s: option '--%s %s' is missing", cmd->name,
				o->name, o->arg);
	}
	return 0;
}

static int run(const struct cmd *cmd, int argc, char **argv)
{
	auto_free struct cmd_common *options = xcalloc(1, cmd->size);
	auto_free char **rest = NULL;
	struct err err = { "" };
	size_t dashes;

	if (opt_parse(&cmd->opts, argc, argv, options, &rest, &dashes, &err) < 0) {
		err_prefix(&err, -EINVAL, "%s", cmd->name);
		return usage_error(&err);
	}
	if (options->help) {
		print_help(cmd);
		return CMD_GOOD;
	}
	if (rest[0]) {
		err_say(&err, -EINVAL, "%s: '%s' is not an option", cmd->name, rest[0]);
		return usage_error(&err);
	}
	if (check_required(cmd, options, &err) < 0)
		return usage_error(&err);
	return cmd->run(options);
}

static int dispatch(int argc, char **argv)
{
	struct err err;

	if (argc < 2) {
		err_say(&err, -EINVAL, "expected a command");
		return usage_error(&err);
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_usage();
		return CMD_GOOD;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("remit-log %s\n", REMIT_VERSION);
		return CMD_GOOD;
	}
	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++)
		if (!strcmp(argv[1], cmds[i]->name))
			return run(cmds[i], argc - 1, argv + 1);
	err_say(&err, -EINVAL, "there is no command '%s'", argv[1]);
	return usage_error(&err);
}

int main(int argc, char **argv)
{
	int code;

	proc_reset_signals();
	/*
	 * A reader that went away, or a limit on file sizes, is an error of a write and not our
	 * end.
	 */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	code = dispatch(argc, argv);
	if (fflush(stdout) != 0 && code == CMD_GOOD) {
		fprintf(stderr, "remit-log: write standard output: %s\n", strerror(errno));
		return CMD_FAILED;
	}
	return code;
}
