/*
 * bundle.h: entries one after the other, each behind its length (u16, big-endian), as bundles hold
 * them.
 */
#ifndef REMIT_BUNDLE_H
#define REMIT_BUNDLE_H

#include "audit/tile.h"

enum {
	BUNDLE_HEAD = 2,
	BUNDLE_MAX_ENTRY = 65535,
	BUNDLE_MAX_BYTES = TILE_WIDTH * (BUNDLE_HEAD + BUNDLE_MAX_ENTRY),
};

/* Bytes not looked at yet. */
struct bundle {
	const char *p;
	size_t left;
};

struct entry {
	const char *data; /* borrowed; BUNDLE_HEAD bytes before it lies its length */
	size_t len;
};

/* 1 and the next entry, 0 at the end, -EBADMSG where the bytes break off within an entry. */
int bundle_next(struct bundle *b, struct entry *ret) MUST_USE;

/* How many entries the bytes hold; -EBADMSG where they break off. */
int bundle_count(struct bundle b, uint64_t *ret) MUST_USE;

#endif
