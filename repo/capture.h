/* capture.h: what a job left in its upper directory, as a git tree. */
#ifndef REMIT_REPO_CAPTURE_H
#define REMIT_REPO_CAPTURE_H

#include "policy/facts.h"
#include "repo/private.h"

/* A commit that the job made in its private repository: text for the record, nothing more. */
struct capture_commit {
	char id[REPO_ID_HEX + 1];
	char *author; /* "Name <address>" as it stands there */
	char *message; /* at most CAPTURE_MAX_MESSAGE bytes */
};

enum { CAPTURE_MAX_COMMITS = 1000, CAPTURE_MAX_MESSAGE = 16384, CAPTURE_MAX_NAMED = 100 };

struct capture {
	char tree[REPO_ID_HEX + 1]; /* the captured tree; objects are in the quarantine */
	uint64_t seen; /* entries of the upper directory that were looked at */
	/* Names left out because .gitignore says so; a directory of such counts once. */
	uint64_t ignored;
	struct strs ignored_names; /* the first CAPTURE_MAX_NAMED of them; directories as "name/" */
	/* What the job put into its private .git that would run on a host: hooks, attributes, ... */
	struct strs discarded;
	struct capture_commit *commits; /* oldest first */
	size_t n_commits;
	bool commits_cut; /* there were more, or some could not be read */
};

struct capture_options {
	const char *base_tree; /* tree id */
	const char *base_commit;
	int upper; /* the upper directory; in copy mode the whole workspace */
	bool whole; /* copy mode: upper is complete, what is missing from it is deleted */
	const char *quarantine; /* object directory for what is new; created when missing */
	/* As private_create had them; NULL: any .git/config is the job's. */
	const struct private_options *private;
};

/*
 * Builds the final tree of the workspace: base with upper on top. To be called after the last
 * process of the cage is dead. Anomalies are added to facts, at most ANOMALY_MAX_NAMED (1000) of a
 * kind, and what they name is not in the tree where it can't be; everything of the job's .git stays
 * out. The process forks where the job made commits: see commits.h. On failure quarantine may hold
 * objects; nothing else is left behind.
 */
int capture_run(struct repo *repo, const struct capture_options *options, struct capture *ret,
	struct facts *facts, struct err *err) MUST_USE;

void capture_done(struct capture *c);
#define auto_capture CLEANUP(capture_done)

#endif
