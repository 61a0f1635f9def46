/* tile_file.h: reading the file of one tile or bundle. */
#ifndef REMIT_TILE_FILE_H
#define REMIT_TILE_FILE_H

#include "audit/bundle.h"

/*
 * Reads a tile's file beneath a log's directory, at most the bytes that such a tile can have. A
 * partial file may be gone once the full one, which begins with the same bytes, is there: then that
 * is read, and *ret_full is true. -ENOENT and a sentence when there is neither.
 */
int tile_read(
	int dir, const struct tile *t, struct buf *out, bool *ret_full, struct err *err) MUST_USE;

#endif
