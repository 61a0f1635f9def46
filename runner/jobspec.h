/* jobspec.h: what is to be done, by whom, with what: a job file, or the options that stand for one. */
#ifndef REMIT_RUNNER_JOBSPEC_H
#define REMIT_RUNNER_JOBSPEC_H

#include "base/bind.h"

struct jobspec_agent {
	char *name, *version;
};

struct jobspec_check {
	char *name;
	char *run; /* for /bin/sh -c */
	uint64_t timeout; /* ms */
	bool option; /* given by --check */
};

struct jobspec {
	uint64_t version;
	char *task; /* in words, for people and for the agent: REMIT_TASK */
	struct strs command; /* a lone string is for /bin/sh -c */
	struct jobspec_agent agent;
	char *repo, *base, *profile, *policy;
	struct list checks; /* struct jobspec_check */
	struct list env; /* struct plan_env */
};

extern const struct bind_table jobspec_table;

enum { CHECK_TIMEOUT_MS = 600000, JOBSPEC_MAX_TASK = 65536 };

void jobspec_init(struct jobspec *spec);
void jobspec_done(struct jobspec *spec);

int jobspec_load(const char *path, struct jobspec *spec, struct err *err) MUST_USE;

/* NAME=COMMAND, as --check takes it. */
int jobspec_add_check(struct jobspec *spec, const char *text, struct err *err) MUST_USE;

/* NAME or NAME@VERSION, as --agent takes it. */
int jobspec_set_agent(struct jobspec *spec, const char *text, struct err *err) MUST_USE;

int jobspec_check_task(const char *task, struct err *err) MUST_USE;

/* A name that can stand in a record, a path and a commit: [A-Za-z0-9][A-Za-z0-9._-]*, at most 64. */
int jobspec_check_name(const char *name, struct err *err) MUST_USE;

#endif
