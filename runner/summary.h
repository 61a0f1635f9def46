/* summary.h: what a cage's events come to. */
#ifndef REMIT_RUNNER_SUMMARY_H
#define REMIT_RUNNER_SUMMARY_H

#include "base/bind.h"
#include "runner/hosts.h"

/* One kind of refused attempt, and how often it was made. */
struct summary_attempt {
	char *what; /* "connect to 1.2.3.4:443 (tcp)", "system call unshare", "open the decoy ~/.ssh/id_rsa" */
	char *program;
	uint64_t count;
};

enum { SUMMARY_MAX_ATTEMPTS = 100, SUMMARY_MAX_PROGRAMS = 1000 };

struct summary {
	bool ended; /* the stream has its last line */
	int exit; /* of the command; 128 + N after signal N */
	char *why; /* what ended it early, or NULL */
	char *error; /* why there was no cage, or NULL */
	uint64_t wall, user, sys; /* ms */
	uint64_t max_rss, output, disk; /* bytes */
	uint64_t execs, denied, tripwires, omitted;
	struct summary_attempt *attempts; /* the first SUMMARY_MAX_ATTEMPTS kinds */
	size_t n_attempts;
	struct strs programs; /* that ran, each once, in order of first appearance */
	uint64_t programs_omitted; /* how many others past SUMMARY_MAX_PROGRAMS */
	json_t *seen; /* their names and those of the others, while the stream is read */
	struct hosts hosts; /* that it reached through the gate */
	struct strs unenforced; /* limits that were only noted */
};

/* Reads the stream of a cage that is gone. A line that does not parse is an error: we wrote it. */
int summary_read(const char *path, struct summary *ret, struct err *err) MUST_USE;

void summary_done(struct summary *s);

/* Attempts and opened decoys that the first n kinds of attempts do not account for. */
uint64_t summary_attempts_omitted(const struct summary *s, size_t n);

/* For records and results. */
json_t *summary_encode(const struct summary *s) MUST_USE;

#endif
