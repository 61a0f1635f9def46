#include "audit/cmd.h"

#include <signal.h>

#include "audit/log.h"

struct options {
	struct cmd_common common;
	const char *log, *key, *vkey, *origin;
};

static const struct opt opts[] = {
	{ "log", 0, OPT_STR, offsetof(struct options, log), "DIR",
		"the log's directory, to be made" },
	{ "key", 0, OPT_STR, offsetof(struct options, key), "FILE",
		"the private key, to be made, for the owner alone" },
	{ "vkey", 0, OPT_STR, offsetof(struct options, vkey), "FILE",
		"the public key, to be made" },
	{ "origin", 0, OPT_STR, offsetof(struct options, origin), "NAME",
		"what the log is called, everywhere and for ever" },
	CMD_HELP_OPT,
};

/*
 * A terminal's Ctrl-C reaches us along with whoever started us: what has begun is finished first.
 */
static void hold_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static int run(const void *options)
{
	const struct options *o = options;
	struct log_paths paths = { o->log, o->key, o->vkey };
	char boot[CMD_BOOT];
	struct err err = { "" };

	if (cmd_hide_memory() != CMD_GOOD)
		return CMD_FAILED;
	hold_signals();
	cmd_boot(boot);
	return log_create(&paths, o->origin, boot, &err) < 0 ? cmd_fail(&err) : CMD_GOOD;
}

const struct cmd cmd_log_init = {
	.name = "init",
	.help = "Makes a key and an empty log that it signs",
	.more = "Nothing that is there is touched. DIR.journal and DIR.lock belong to the log, too. What an\n"
		"init that was cut short has left is made whole, under the name that it had.\n",
	.opts = { opts, ARRAY_SIZE(opts), false },
	.size = sizeof(struct options),
	.run = run,
};
