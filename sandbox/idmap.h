/* idmap.h: what root does for a job that is not root: the job's user owns the workspace, on its mount alone. */
#ifndef REMIT_SANDBOX_IDMAP_H
#define REMIT_SANDBOX_IDMAP_H

#include "sandbox/cage.h"

/*
 * For each tree of the cage a detached mount on which the owner of the tree is the job's user; on
 * disk nothing changes. The directory that upper and work lie in, which must have been made for this cage alone,
 * is handed over for good instead: what the job writes is then owned by an id that means nothing on the host.
 */
int idmap_trees(struct cage *cage, struct err *err) MUST_USE;

#endif
