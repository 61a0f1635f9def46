/* cmd.h: the subcommands of remit-log, one a file. */
#ifndef REMIT_AUDIT_CMD_H
#define REMIT_AUDIT_CMD_H

#include "base/err.h"
#include "base/opt.h"

enum { CMD_GOOD = 0, CMD_FAILED = 1, CMD_USAGE = 2 };

struct cmd {
	const char *name;
	const char *help; /* one line */
	const char *more; /* the rest of --help */
	const struct opt_set
		opts; /* "help" is among them; arguments named in capitals are required */
	size_t size; /* of the struct that opts fill in, which begins with a struct cmd_common */
	int (*run)(const void *options);
};

/* What every command's options begin with. */
struct cmd_common {
	bool help;
};

#define CMD_HELP_OPT                                                                        \
	{                                                                                   \
		"help", 'h', OPT_FLAG, offsetof(struct cmd_common, help), NULL, "show this" \
	}

extern const struct cmd cmd_log_init, cmd_log_append, cmd_log_verify;

/* Prints "remit-log: text" on standard error and gives CMD_FAILED. */
int cmd_fail(const struct err *err);

/* Which boot the machine is in, or "" when it does not say; out holds CMD_BOOT bytes. */
enum { CMD_BOOT = 65 };
void cmd_boot(char out[CMD_BOOT]);

/*
 * Keeps others of the same user from reading our memory, where the private key is. 0 or CMD_FAILED,
 * said aloud.
 */
int cmd_hide_memory(void) MUST_USE;

#endif
