/* pattern_table.h: patterns that are plain bytes, found by hash. */
#ifndef REMIT_POLICY_PATTERN_TABLE_H
#define REMIT_POLICY_PATTERN_TABLE_H

#include "base/base.h"

/* What the bytes are compared with. */
enum table_kind { TABLE_NAME, TABLE_SUFFIX /* of a name */, TABLE_PATH };

struct table_entry;

/*
 * Names come from whoever wrote the change, and so may be chosen to collide. The hash is a polynomial
 * over the prime 2^61 - 1 in a point drawn when the table is made (Carter and Wegman, "Universal Classes
 * of Hash Functions", 1979): for bytes chosen without knowing it, a chain is short whatever they are.
 */
struct table {
	uint64_t key;
	struct table_entry *entries;
	size_t n;
	uint32_t *heads; /* 1 + index of the first entry of a chain; 0: none */
	size_t n_heads; /* a power of two */
	/* By kind and last byte, a bit for each length in use, modulo 64: most looks are saved by these. */
	uint64_t lengths[3][256];
};

enum { TABLE_MAX_SUFFIX = 63 };

/* Draws the key; nothing that is found depends on it. */
void table_init(struct table *t);
void table_done(struct table *t);

/* The hash of bytes, below 2^61, for the life of the table. */
uint64_t table_hash(const struct table *t, enum table_kind kind, const char *bytes, size_t len);

/* Index replaces a lower one for the same bytes. A suffix has between 1 and TABLE_MAX_SUFFIX bytes. */
void table_add(struct table *t, enum table_kind kind, const char *bytes, size_t len, uint32_t index,
	bool must_be_dir);

/*
 * The highest index for the path of to bytes whose last component begins at from: as a name, by
 * its suffixes, and as a whole path. -1: none.
 */
long table_find(const struct table *t, const char *path, size_t from, size_t to, bool is_dir);

#endif
