/* audit_kit.h: a log with a key that is always the same, for the tests of audit/. */
#ifndef REMIT_TESTS_AUDIT_KIT_H
#define REMIT_TESTS_AUDIT_KIT_H

#include "tests/unit/check.h"

#include "audit/log.h"
#include "audit/verify.h"
#include "tests/unit/scratch.h"

#define KIT_NAME "test.example/log"

struct kit {
	struct scratch scratch;
	char dir[80]; /* the log, "log" in the scratch directory */
	struct signer *signer;
	struct err err; /* of the last call that failed */
};

/* An empty log, as log_create makes it, but with a key of our own; begun in the boot "one". */
void kit_open(struct kit *k);
void kit_close(struct kit *k);
#define auto_kit CLEANUP(kit_close)

/* Entry number n, the same in every test, as a bundle has it. */
void kit_add_entry(struct buf *out, uint64_t n);

/* Adds entries from, from + 1, ... in one batch to a log that is open. */
int kit_add(struct kit *k, struct log *l, uint64_t from, uint64_t n) MUST_USE;

/*
 * Opens the log in a boot, adds the entries up to one number in batches of some size, and closes
 * it.
 */
int kit_grow(struct kit *k, const char *boot, uint64_t from, uint64_t to, uint64_t batch) MUST_USE;

struct verify_report kit_verify(const struct kit *k);

/* Says that the log is good and has so many entries. */
void kit_expect(const struct kit *k, uint64_t size);

/* The bytes of a file below the scratch directory, and back. */
void kit_read(const struct kit *k, const char *path, struct buf *out);
void kit_write(const struct kit *k, const char *path, const void *data, size_t len);

/* Names, inodes and bytes of all files that the scratch directory has. */
void kit_snapshot(struct kit *k, struct buf *out);
void kit_expect_untouched(struct kit *k, const struct buf *before);

/* Who only looks finds the log good, with or without something to be finished, and touches nothing. */
void kit_expect_look(struct kit *k, const char *boot, uint64_t size, bool settled);

/* Neither who looks nor who wants to append takes the log for one that is in order, or writes anything. */
void kit_expect_refused(struct kit *k, const char *boot, const char *why);

#endif
