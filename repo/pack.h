/* pack.h: a pack of whole objects, written front to back: one file for what would be very many. */
#ifndef REMIT_REPO_PACK_H
#define REMIT_REPO_PACK_H

#include <git2.h>

#include "base/err.h"

struct pack;

/* Into objects/pack of an object directory, which is made when it is missing. */
int pack_new(const char *objects, struct pack **ret, struct err *err) MUST_USE;

/* Every object once: it is the caller who knows which are in already. */
int pack_add(
	struct pack *p, git_object_t type, const void *data, size_t len, struct err *err) MUST_USE;

/* Checks and indexes it; only then does it have a name that git knows. */
int pack_finish(struct pack *p, struct err *err) MUST_USE;

/* An unfinished one is removed. */
void pack_free(struct pack *p);

#endif
