/* capture_walk.h: a workspace's upper directory, walked and merged with the base into new trees. */
#ifndef REMIT_REPO_CAPTURE_WALK_H
#define REMIT_REPO_CAPTURE_WALK_H

#include "repo/anomaly.h"
#include "repo/capture.h"
#include "repo/capture_file.h"

struct capture_walk {
	struct capture_files files;
	struct capture *out;
	struct anomalies *anomalies;
	struct buf path; /* of the directory being read; "" at the top */
	unsigned int depth;
	uint64_t ignore_left;
};

/*
 * Only directories that are in upper are visited, each once; what they don't mention is taken from
 * base by name. *ret is the final tree, the empty one included.
 */
int capture_walk_run(struct capture_walk *w, int upper, const git_oid *base, git_oid *ret,
	struct err *err) MUST_USE;

#endif
