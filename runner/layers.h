/* layers.h: the policies that judge a change: the operator's, and the one of the commit that it starts from. */
#ifndef REMIT_RUNNER_LAYERS_H
#define REMIT_RUNNER_LAYERS_H

#include "policy/policy.h"
#include "repo/repo.h"
#include "runner/ctx.h"

struct layers {
	struct policy **v;
	size_t n;
};

/*
 * Loads every layer: the operator's policy.yaml and policy.d/, on top of them the one named by policy
 * when it is not NULL (a file, or a shipped one's name), then .remit/policy.yaml and .remit/policy.d/ of tree. Where
 * there is none at all, the shipped default judges. Any malformed one is an error.
 */
int layers_load(const struct ctx *ctx, const char *policy, struct repo *repo, const char *tree,
	struct layers *ret, struct err *err) MUST_USE;

void layers_done(struct layers *l);
#define auto_layers CLEANUP(layers_done)

/* [{name, sha256}], for records. */
json_t *layers_encode(const struct layers *l) MUST_USE;

#endif
