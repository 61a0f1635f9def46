/* anomaly.h: what is wrong with a change, as facts. */
#ifndef REMIT_REPO_ANOMALY_H
#define REMIT_REPO_ANOMALY_H

#include "policy/facts.h"
#include "repo/view.h"

/*
 * So many of a kind are named. The rest are counted in facts: they can't be judged, so no policy lets
 * them pass.
 */
enum { ANOMALY_MAX_NAMED = 1000 };

struct anomalies {
	struct facts *facts;
	struct {
		uint64_t n;
		size_t last; /* its place in facts */
	} kinds[FACT_ANOMALIES];
};

void anomaly_add(
	struct anomalies *a, enum fact_anomaly_kind kind, const char *path, const char *detail);

/* Once, after the last; puts facts in order. */
void anomaly_finish(struct anomalies *a);

/*
 * Those that trees alone show, on what is new or changed in new: refused and hostile names, case
 * collisions, directories shaped like a repository, symlinks in place of directories, and symlinks that
 * lead out, old ones included that did not before. old NULL: the empty tree.
 */
int anomaly_scan(const struct view *v, const git_oid *old, const git_oid *new, struct anomalies *a,
	struct err *err) MUST_USE;

#endif
