/* verify_state.h: what the parts of verify.h share. For verify*.c only. */
#ifndef REMIT_VERIFY_STATE_H
#define REMIT_VERIFY_STATE_H

#include "audit/bundle.h"
#include "audit/verify.h"

struct verify {
	const struct verify_options *options;
	int dir;
	struct checkpoint head; /* what is verified */
	struct checkpoint newest; /* the same, or what the log has grown to meanwhile */
	struct merkle tree; /* of the entries so far */
	struct buf tiles[TILE_LEVELS]; /* the files of the hash tiles in work */
	struct buf bundle; /* the file of the bundle in work */
	size_t ends[TILE_WIDTH + 1]; /* ends[i]: bytes of the bundle's first i entries */
	struct tile moved; /* a partial tile whose full one was read; width 0 for none */
	struct verify_report *report;
};

/* Notes the first problem. Always -EBADMSG, which ends the work. */
int verify_bad(struct verify *v, const char *file, const char *fmt, ...) PRINTF(3, 4);

/* The bytes that a file is still to get, or NULL. */
const struct buf *verify_pending(const struct verify *v, const char *path) MUST_USE;

/* Reads the checkpoint again: newest. It may not go back. */
int verify_reread(struct verify *v) MUST_USE;

/*
 * Partial files beside a tile that is done: each must be its beginning. bytes are the tile's, or
 * the bundle's.
 */
int verify_siblings(struct verify *v, const struct tile *t, const struct buf *bytes) MUST_USE;

/* Every name in the directory must be that of a file that the log has. */
int verify_names(struct verify *v) MUST_USE;

#endif
