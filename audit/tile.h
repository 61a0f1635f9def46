/*
 * tile.h: what a log's files are called and which of them a log of some size has (C2SP tlog-tiles).
 *
 *     tile/<L>/<N>[.p/<W>]         hashes: 256 of them, 32 bytes each; W of them in a partial one
 *     tile/entries/<N>[.p/<W>]     the entries below the hashes of tile/0/<N>
 *
 * N is written in groups of three digits, all but the last behind an x: 1234067 is x001/x234/067.
 */
#ifndef REMIT_TILE_H
#define REMIT_TILE_H

#include "audit/merkle.h"
#include "base/err.h"

enum {
	TILE_WIDTH = 256,
	TILE_BYTES = TILE_WIDTH * MERKLE_HASH,
	TILE_LEVELS = 8, /* of hashes; a log of 2^64 - 1 entries has no more */
	TILE_ENTRIES = -1, /* the level that entry bundles are at */
	TILE_PATH = 64, /* bytes, the longest name and its NUL */
};

struct tile {
	int level; /* TILE_ENTRIES or 0..63 */
	uint64_t n; /* which one of its level, below 2^56 */
	unsigned int width; /* 1..255 for a partial one, else TILE_WIDTH */
};

void tile_path(const struct tile *t, char out[TILE_PATH]);

/* Takes what tile_path makes and nothing else; -EINVAL. */
int tile_parse(const char *path, struct tile *ret) MUST_USE;

/* True for the name of a directory that files with names of tiles can lie in. */
bool tile_is_dir(const char *path);

/* How many hashes, or entries, a level has in a log of that size. */
uint64_t tile_hashes(int level, uint64_t size);

/* Tile n of a level in a log of that size; width is 0 where there is none. */
struct tile tile_at(int level, uint64_t n, uint64_t size);

/* False when the tile says something about entries that a log of that size does not have. */
bool tile_within(const struct tile *t, uint64_t size);

/*
 * Calls fn for each file that a log gets by growing from one size to another in one step: every
 * tile that becomes full and the last, partial one of each level that grew. Stops at the first
 * error.
 */
typedef int (*tile_fn)(void *ctx, const struct tile *t, struct err *err);
int tile_each_new(uint64_t before, uint64_t after, tile_fn fn, void *ctx, struct err *err) MUST_USE;

#endif
