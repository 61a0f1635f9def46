/* sockets.h: finds the unix sockets of the host that showing a directory would lend to a job. */
#ifndef REMIT_SANDBOX_SOCKETS_H
#define REMIT_SANDBOX_SOCKETS_H

#include "base/plan.h"

/*
 * Looks through the directory dir (any descriptor of it), which mount m shows, and all beneath it.
 * A socket that the plan lists, or that lies under something that it hides, is left out. -EEXIST with the first other one in
 * found (PATH_MAX bytes), -ELOOP when nested too deeply to look, -EACCES for a directory that we can't look into and the
 * job can reach through. Does not allocate.
 */
int sockets_find(
	int dir, const struct plan_mount *m, const struct plan *plan, char *found) MUST_USE;

#endif
