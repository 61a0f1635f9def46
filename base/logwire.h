/*
 * logwire.h: what a client says to `remit-log append`, and what it hears.
 *
 * A request is a byte count (u32, big-endian) and that many bytes of entry bundle as C2SP
 * tlog-tiles has it: for each entry its length (u16, big-endian) and its bytes. The entries of a
 * request go into the log together, in order, or not at all. The answer is one line:
 *
 *     ok FIRST_INDEX SIZE ROOT_BASE64 ORIGIN
 *     error SENTENCE
 *
 * "ok" comes once the entries are durable and published; "error" says that none is in the log. When
 * the line never comes, the entries may be in the log or not.
 */
#ifndef REMIT_LOGWIRE_H
#define REMIT_LOGWIRE_H

#include "base/encode.h"
#include "base/err.h"

enum {
	LOGWIRE_MAX_ENTRY = 65535,
	LOGWIRE_MAX_REQUEST = 16 << 20, /* bytes behind the count */
	LOGWIRE_MAX_ANSWER = 8192, /* bytes, the newline included */
	LOGWIRE_COUNT = 4, /* bytes of the count */
};

/* Empties req and leaves room for the count. */
void logwire_begin(struct buf *req);

/*
 * -EFBIG for an entry above LOGWIRE_MAX_ENTRY or a request above LOGWIRE_MAX_REQUEST; req is as
 * before then.
 */
int logwire_add(struct buf *req, const void *entry, size_t len, struct err *err) MUST_USE;

/* Fills in the count; req->data is ready to be sent. -EINVAL for a request without entries. */
int logwire_end(struct buf *req, struct err *err) MUST_USE;

/* The count that the first LOGWIRE_COUNT bytes of a request hold. */
size_t logwire_count(const char *req);

struct logwire_answer {
	uint64_t first; /* index of the first entry of the request */
	uint64_t size; /* of the log, all of the request's entries included */
	unsigned char root[SHA256_LEN];
	char *origin; /* owned */
};

/*
 * Reads one line, with or without its newline. -EREMOTEIO: the log refused, err has its sentence.
 * -EPROTO: not an answer at all.
 */
int logwire_parse_answer(const char *line, struct logwire_answer *ret, struct err *err) MUST_USE;
void logwire_answer_done(struct logwire_answer *a);

/* The two lines, for the side that answers. */
void logwire_add_ok(struct buf *out, const struct logwire_answer *a);
void logwire_add_error(struct buf *out, const char *sentence);

#endif
