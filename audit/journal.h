/*
 * journal.h: what is durable of a log before it is in its place. A file of records:
 *
 *     "remit log journal 1\n"
 *     then for each record   u32 length of the body, SHA-256 of the body, body, u32 length again
 *     body                   u64 size before, u64 size after, u16 length of the note, note, rest
 *
 * Numbers are big-endian. The first record says where the journal begins: size before = size after,
 * the note is that size's signed checkpoint, and the rest names the boot that the machine was in.
 * Every other one is a batch: the note is the checkpoint signed for size after, the rest its
 * entries, as bundles have them.
 *
 * A record is written at the end and synced before anything that it leads to is published. One that
 * breaks off or whose digest is wrong was cut by a crash before that, and so was never published:
 * it and all behind it do not count.
 */
#ifndef REMIT_JOURNAL_H
#define REMIT_JOURNAL_H

#include "audit/bundle.h"
#include "audit/store.h"

enum {
	JOURNAL_MAX_BOOT = 64,
	JOURNAL_MAX_BYTES = 64 << 20, /* more is not a journal of ours */
};

struct journal_record {
	uint64_t before, after;
	const char *note; /* borrowed, like the rest */
	size_t note_len;
	struct bundle rest;
};

/* Reading, from memory. */
struct journal_cursor {
	const char *data;
	size_t len;
	size_t at; /* end of the last whole record */
	uint64_t size; /* its size after */
};

/* Sets the cursor behind the first record. -EBADMSG when the data does not begin with one. */
int journal_first(const char *data, size_t len, struct journal_cursor *ret,
	struct journal_record *first) MUST_USE;

/* The next record that is whole and goes on where the last one ended; false when there is none. */
bool journal_next(struct journal_cursor *c, struct journal_record *ret);

/* A journal on disk, open for adding. */
struct journal {
	int fd; /* -1: not open */
	uint64_t base; /* the size that it begins at */
	uint64_t bytes; /* end of the last whole record */
};

#define JOURNAL_INIT     \
	{                \
		-1, 0, 0 \
	}

/* Puts a new journal, without batches, in the place of what is there. Durable. */
int journal_create(const struct store *s, uint64_t size, const struct buf *note, const char *boot,
	struct err *err) MUST_USE;

/*
 * Opens what is there, O_RDWR or O_RDONLY, in the place of what was open. base and bytes are left
 * for the caller to fill in.
 */
int journal_open(const struct store *s, int access, struct journal *j, struct err *err) MUST_USE;

/* Reads all of it. */
int journal_load(const struct journal *j, struct buf *data, struct err *err) MUST_USE;

/*
 * Reads only the first and the last record into data; they are the same one in a journal without
 * batches. *ret_bytes is the end of the last. False unless both are whole and nothing is behind
 * them.
 */
bool journal_peek(const struct journal *j, struct buf *data, struct journal_record *ret_first,
	struct journal_record *ret_last, uint64_t *ret_bytes) MUST_USE;

/* True while the open file is the journal and nobody wrote to it. */
bool journal_is_current(const struct journal *j);

/*
 * Adds a record, durably. On error it is not there; but -ENOTRECOVERABLE says that it could not be
 * taken back, so that a later reader may find it.
 */
int journal_add(struct journal *j, const struct journal_record *r, struct err *err) MUST_USE;

/* Forgets what is behind an earlier end, durably. -ENOTRECOVERABLE if that fails. */
int journal_cut(struct journal *j, uint64_t bytes, struct err *err) MUST_USE;

void journal_close(struct journal *j);

#endif
