/* profile.h: what a job may touch, as a security team writes it. */
#ifndef REMIT_RUNNER_PROFILE_H
#define REMIT_RUNNER_PROFILE_H

#include "base/plan.h"
#include "runner/ctx.h"

enum profile_git { PROFILE_GIT_FULL, PROFILE_GIT_SHALLOW, PROFILE_GIT_NONE };

struct profile_files {
	struct strs read, write, hide;
	uint64_t tmp;
};

struct profile_workspace {
	char *path;
	unsigned int git; /* enum profile_git */
};

struct profile_loopback {
	unsigned int mode; /* enum plan_loopback */
	struct strs ports;
};

struct profile_network {
	struct profile_loopback loopback;
	struct list allow; /* struct net_rule */
	struct net_budget budget;
};

struct profile_env {
	struct strs pass;
	struct list set; /* struct plan_env */
};

struct profile {
	uint64_t version;
	char *name;
	char *extends;
	char *help;
	struct profile_files files;
	struct profile_workspace workspace;
	struct profile_network network;
	struct profile_env env;
	char *syscalls; /* "default", or the path of an OCI seccomp profile */
	struct plan_limits limits;
	unsigned int trace; /* enum plan_trace */
	struct strs decoys;
	struct strs tripwires;
	struct list credentials; /* struct credential */
};

extern const struct bind_table profile_table;

/* One file that a profile came from, the profile itself first, then what it extends. */
struct profile_source {
	char *name; /* as messages call it */
	char *path; /* NULL for one that came from a commit */
};

/* Reads files that lie in a commit: text of a profile by name, or -ENOENT. May be NULL. */
struct profile_repo {
	int (*read)(void *repo, const char *name, struct buf *out, struct err *err);
	void *repo;
};

/*
 * Loads a profile by name or by path (anything with a slash or a dot in it) and everything that it
 * extends: scalars of the child replace, lists add to those of the parent. Names are looked for in the
 * operator's configuration, the user's, among what is shipped and last in the repository, so that a
 * repository can't put a profile of its own in the place of one that is known by that name; nor can its
 * own widen what it extends, or extend a file by its path.
 */
int profile_load(const struct ctx *ctx, const char *name, const struct profile_repo *repo,
	struct profile *ret, struct err *err) MUST_USE;

/* Refuses what a profile from a commit may not say. */
int profile_check_narrow(const struct doc *doc, struct err *err) MUST_USE;

void profile_done(struct profile *p);
#define auto_profile CLEANUP(profile_done)

#endif
