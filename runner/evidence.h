/* evidence.h: bytes that back a claim, kept under their SHA-256. */
#ifndef REMIT_RUNNER_EVIDENCE_H
#define REMIT_RUNNER_EVIDENCE_H

#include "base/encode.h"
#include "runner/ctx.h"

/* A place in the store, and which of its files still have to reach the disk. */
struct evidence {
	int dir; /* STATE/evidence/sha256 */
	char *path; /* the same, for messages */
	int scratch; /* where files are written before they get their names; -1: for reading alone */
	int *unsynced; /* descriptors of new files */
	size_t n_unsynced;
};

/* scratch is a directory in the same file system, or NULL. To be closed in any case. */
int evidence_open(
	const struct ctx *ctx, const char *scratch, struct evidence *ret, struct err *err) MUST_USE;
void evidence_close(struct evidence *e);

/* Stores bytes, or a file of ours that is complete, which is moved; digest is its name. */
int evidence_put(struct evidence *e, const void *data, size_t len, char digest[SHA256_HEX + 1],
	struct err *err) MUST_USE;
int evidence_put_file(struct evidence *e, const char *path, char digest[SHA256_HEX + 1],
	struct err *err) MUST_USE;

/* After this everything that was put is durable: before a record names it. */
int evidence_sync(struct evidence *e, struct err *err) MUST_USE;

/* Reads a blob back and checks that it still is what its name says. -EBADMSG when it is not. */
int evidence_get(struct evidence *e, const char *digest, size_t max, struct buf *out,
	struct err *err) MUST_USE;

#endif
