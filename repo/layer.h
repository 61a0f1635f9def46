/* layer.h: a change as an overlay has it: what lies above a checkout of the old tree makes it the new one. */
#ifndef REMIT_REPO_LAYER_H
#define REMIT_REPO_LAYER_H

#include "repo/change.h"

/*
 * Writes new and changed files into the empty directory fd, and whiteouts for what is gone. facts are those of
 * change_facts. The work is linear in the change.
 */
int layer_write(
	const struct change *change, const struct facts *facts, int fd, struct err *err) MUST_USE;

#endif
