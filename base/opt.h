/* opt.h: command lines. One row an option gives its parser and its line of help. */
#ifndef REMIT_OPT_H
#define REMIT_OPT_H

#include "base/bind.h"

enum opt_type {
	OPT_FLAG, /* bool */
	OPT_STR, /* const char *: the last one given */
	OPT_STRS, /* struct strs: every one given */
	OPT_UINT, /* uint64_t */
	OPT_REFUSED, /* others have it, this command can't: help says why and what there is instead */
};

struct opt {
	const char *name; /* without the dashes */
	char letter; /* 0: none */
	enum opt_type type;
	size_t at;
	const char *arg; /* what help calls the argument */
	const char *help;
};

struct opt_set {
	const struct opt *opts;
	size_t n;
	bool stop_at_operand; /* what follows the first operand is somebody else's command line */
};

/*
 * Parses argv[1..argc). Options and operands may be mixed unless stop_at_operand; "--" ends
 * the options. Operands are left in argv order in *ret_rest, which the caller frees; *ret_dashes says
 * how many operands stood before "--" (all of them without one). -EINVAL with a sentence.
 */
int opt_parse(const struct opt_set *set, int argc, char **argv, void *dst, char ***ret_rest,
	size_t *ret_dashes, struct err *err) MUST_USE;

/* Whether it is one to be listed: not OPT_REFUSED. */
bool opt_is_taken(const struct opt *o);

/* One line an option, aligned. */
void opt_help(const struct opt_set *set, struct buf *out);

#endif
