/* idmap.h: a set of object names, each with a value. */
#ifndef REMIT_REPO_IDMAP_H
#define REMIT_REPO_IDMAP_H

#include <git2.h>

#include "base/base.h"

struct idmap_slot;

struct idmap {
	struct idmap_slot *slots;
	size_t n, room; /* room is 0 or a power of two */
};

void idmap_done(struct idmap *m);
#define auto_idmap CLEANUP(idmap_done)

/* The value of key, zero when it is new; *ret_new says so. Good until the next call. */
git_oid *idmap_put(struct idmap *m, const git_oid *key, bool *ret_new);

#endif
