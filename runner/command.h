/* command.h: a command is one row: its dispatch, its help, its options and its completion. */
#ifndef REMIT_RUNNER_COMMAND_H
#define REMIT_RUNNER_COMMAND_H

#include "base/opt.h"
#include "runner/ctx.h"

/* Exit statuses beside those of verdicts. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_NO_CAGE = 125 };

struct command {
	const char *name; /* "run", "policy check" */
	const char *operands; /* what follows the options, for help */
	const char *help; /* one line */
	const struct opt_set *opts;
	int (*run)(struct ctx *ctx, const struct command *self, int argc, char **argv);
	const char *details; /* more lines for --help, or NULL */
};

/* What opt_parse found. */
struct args {
	char **rest;
	size_t n, dashes;
};

void args_done(struct args *args);
#define auto_args CLEANUP(args_done)

/*
 * Reads the command line into opts. Returns 0, or what to exit with when there is nothing left to do: wrong usage
 * has been explained, or, -1, help was asked for and given. Every command knows --help.
 */
int command_parse(const struct ctx *ctx, const struct command *self, int argc, char **argv,
	void *opts, struct args *ret) MUST_USE;

/* Prints the sentence, "remit: ...", and returns status. With --json also {"error": ...} on standard output. */
int command_fail(const struct ctx *ctx, int status, const struct err *err);

/* The exit status for an error: what is wrong with the input is 2, everything else 1. */
int command_status(int error);

/* As they are; on a terminal, what is more than lines of text comes out escaped. */
void command_print_bytes(const struct ctx *ctx, const char *bytes, size_t len);

/* Prints a document, indented for people, with what a terminal would obey escaped as JSON has it. That standard output took it is for main to check, at the end. */
void command_print_json(const json_t *json);

/* Escaped text and nothing else; for what a job or a file wrote. */
void command_print_safe(const char *text);

extern const struct command *const commands[];
extern const size_t n_commands;

#endif
