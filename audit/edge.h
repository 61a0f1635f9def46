/*
 * edge.h: the right edge of a log, which is all that growing needs: the last tile of each level,
 * the last bundle, and from them the tree's complete subtrees.
 */
#ifndef REMIT_EDGE_H
#define REMIT_EDGE_H

#include "audit/bundle.h"
#include "audit/pending.h"

struct edge {
	struct merkle tree;
	/* The last tile of each level: as many hashes of it are meant as it has at tree.size. */
	unsigned char hashes[TILE_LEVELS][TILE_BYTES];
	struct buf bundle; /* the bytes of the last bundle */
};

/*
 * Reads the edge of a log of that size. A partial file that is gone, since the full one is there,
 * is no loss: its bytes are read from that. -EUCLEAN when something is missing or can't be right.
 */
int edge_load(struct edge *e, const struct store *s, uint64_t size, struct err *err) MUST_USE;

/*
 * Adds entries, and to out every file that gets complete by it. Nothing is written. On error the edge is of no more use.
 */
int edge_extend(
	struct edge *e, struct bundle entries, struct pending *out, struct err *err) MUST_USE;

/* Adds the partial files that a log has got by growing from a size to that of the edge in one step. */
int edge_add_partials(
	const struct edge *e, uint64_t before, struct pending *out, struct err *err) MUST_USE;

/*
 * Partial files of earlier sizes beside the last tiles are never synced: after the machine went
 * down they may be torn. Adds those that are there and are not the beginning of the last one.
 */
int edge_mend(
	const struct edge *e, const struct store *s, struct pending *out, struct err *err) MUST_USE;

void edge_done(struct edge *e);

#endif
