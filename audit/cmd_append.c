#include "audit/cmd.h"

#include <signal.h>
#include <sys/prctl.h>

#include "audit/key.h"
#include "audit/log.h"
#include "audit/serve.h"

struct options {
	struct cmd_common common;
	const char *log, *key;
};

static const struct opt opts[] = {
	{ "log", 0, OPT_STR, offsetof(struct options, log), "DIR", "the log's directory" },
	{ "key", 0, OPT_STR, offsetof(struct options, key), "FILE", "its private key" },
	CMD_HELP_OPT,
};

static void warn(const struct err *err)
{
	cmd_fail(err);
}

static int append(const struct options *o, struct err *err)
{
	auto_signer struct signer *signer = NULL;
	auto_log struct log *log = NULL;
	char boot[CMD_BOOT];
	int r = key_read(o->key, &signer, err);

	cmd_boot(boot);
	if (r == 0)
		r = log_open(o->log, signer, boot, &log, err);
	return r == 0 ? serve(log, STDIN_FILENO, STDOUT_FILENO, warn, err) : r;
}

/* What was asked by somebody who is dead by now is not to come into the log behind the back of who clears up. */
static int die_with_parent(void)
{
	struct err err;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0)
		return CMD_GOOD;
	err_set(&err, -errno, "ask to end with our parent");
	return cmd_fail(&err);
}

static int run(const void *options)
{
	struct err err = { "" };

	/*
	 * A terminal's Ctrl-C is for whoever started us, who may have that to log: we end when the
	 * input does.
	 */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (cmd_hide_memory() != CMD_GOOD || die_with_parent() != CMD_GOOD)
		return CMD_FAILED;
	return append(options, &err) < 0 ? cmd_fail(&err) : CMD_GOOD;
}

const struct cmd cmd_log_append = {
	.name = "append",
	.help = "Adds entries read from standard input, and says where they went",
	.more = "A request is its length (4 bytes, big-endian) and that many bytes: for each entry its\n"
		"length (2 bytes, big-endian) and the entry. The answer is one line:\n\n"
		"  ok FIRST_INDEX SIZE ROOT ORIGIN    all of them are in the log, durably\n"
		"  error SENTENCE                     none of them is\n",
	.opts = { opts, ARRAY_SIZE(opts), false },
	.size = sizeof(struct options),
	.run = run,
};
