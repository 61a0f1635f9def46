/* discard.h: what a job put into its private .git that would run on a host. */
#ifndef REMIT_REPO_DISCARD_H
#define REMIT_REPO_DISCARD_H

#include "repo/private.h"

/*
 * Names of such files in upper/.git, relative to it, at most max: hooks, attributes, excludes, a
 * configuration that is not the one that private_create wrote. None of it is ever read for what it
 * says. private NULL: none was written.
 */
void discard_list(int upper, const struct private_options *private, size_t max, struct strs *out);

#endif
