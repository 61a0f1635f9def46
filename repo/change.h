/* change.h: a change between two trees: its facts, its text, and the commit that carries it. */
#ifndef REMIT_REPO_CHANGE_H
#define REMIT_REPO_CHANGE_H

#include "policy/facts.h"
#include "repo/repo.h"

/* Objects are looked for in the repository and in quarantine (NULL: none), an object directory. */
struct change {
	struct repo *repo;
	const char *quarantine;
	const char *old_tree; /* NULL: the empty tree */
	const char *new_tree;
};

/*
 * Adds a fact_path for every changed path, renames and copies found, and calls facts_finish. They
 * are those of `git diff --raw --numstat -M -C` with its defaults, but that no attribute and no
 * configuration has a say. A text that takes the place of a binary or the other way round is a
 * binary, and counts its lines all the same. Lines of texts above 16 MiB or a million lines are all counted as
 * removed and added; files above 512 MiB are binary (as core.bigFileThreshold has it).
 */
int change_facts(const struct change *change, struct facts *facts, struct err *err) MUST_USE;

/*
 * Anomalies that can be seen in trees alone, as anomaly_scan finds them. For changes that no cage has
 * captured. After change_facts.
 */
int change_anomalies(const struct change *change, struct facts *facts, struct err *err) MUST_USE;

/*
 * Unified diff as `git diff --full-index -M -C` prints it, at most max bytes, cut at the end of a
 * line; *ret_cut says whether there was more. What is too large to compare line by line is shown as
 * binary.
 */
int change_patch(const struct change *change, size_t max, struct buf *out, bool *ret_cut,
	struct err *err) MUST_USE;

struct change_commit {
	const char *parent; /* commit id */
	const char *author_name, *author_email;
	const char *committer_name, *committer_email;
	const char *message; /* with its trailers */
	uint64_t time; /* seconds since 1970 */
};

/* Writes a commit of new_tree into the quarantine. */
int change_write_commit(const struct change *change, const struct change_commit *commit,
	char ret_id[REPO_ID_HEX + 1], struct err *err) MUST_USE;

/*
 * Moves the quarantined objects into the repository, durable before the return, and only then makes
 * the reference refs/heads/BRANCH, or, where that begins with "refs/", the one of that full name. It
 * must not exist yet (-EEXIST, also where another branch's name leaves no room for it). As root, all
 * that is done as the repository's owner. Nothing is written through a symlink.
 */
int change_publish(const struct change *change, const char *branch, const char *commit,
	struct err *err) MUST_USE;

/*
 * What would keep change_publish from making references in dirs, such as "refs/heads/remit", as far
 * as it can be said before there is a change: no permission, a symlink, a branch in the way.
 */
int change_check_place(
	struct repo *repo, const char *const dirs[], size_t n, struct err *err) MUST_USE;

#endif
