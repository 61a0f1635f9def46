/*
 * checkpoint.h: what a log's signature is for (C2SP tlog-checkpoint): a note's text of three lines,
 * origin, size and base64 of the root; lines of extensions may follow.
 */
#ifndef REMIT_CHECKPOINT_H
#define REMIT_CHECKPOINT_H

#include "audit/merkle.h"
#include "audit/vkey.h"
#include "base/err.h"

struct checkpoint {
	char origin[VKEY_MAX_NAME + 1]; /* by convention the name of the key that signs */
	uint64_t size;
	unsigned char root[MERKLE_HASH];
};

/* -EINVAL and a sentence for text that is no checkpoint. */
int checkpoint_parse(
	const char *text, size_t len, struct checkpoint *ret, struct err *err) MUST_USE;

void checkpoint_add(struct buf *out, const struct checkpoint *c);

#endif
