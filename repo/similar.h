/* similar.h: how much of one blob is in another, in git's measure. */
#ifndef REMIT_REPO_SIMILAR_H
#define REMIT_REPO_SIMILAR_H

#include "repo/view.h"

/*
 * A blob as a bag of pieces: a piece is a line or 64 bytes, whichever ends first, known by a hash
 * of git's own so that scores come out as git's do.
 */
struct similar_piece {
	uint32_t hash;
	uint32_t bytes; /* of all pieces with that hash */
};

struct similar {
	struct similar_piece *v; /* sorted by hash */
	size_t n;
	uint64_t size; /* of the blob */
};

/* Blobs above this are never compared. */
enum { SIMILAR_MAX_BLOB = 16 << 20 };

int similar_read(
	const struct view *v, const git_oid *id, struct similar *ret, struct err *err) MUST_USE;
void similar_done(struct similar *s);

/* 0 to DELTA_MAX_SCORE; 0 where the sizes alone keep it below min. */
int similar_score(const struct similar *old, const struct similar *new, int min);

#endif
