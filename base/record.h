/* record.h: what one entry of the log says. The log itself never looks inside. */
#ifndef REMIT_RECORD_H
#define REMIT_RECORD_H

#include "base/json.h"

enum record_type {
	RECORD_LOG_OPENED,
	RECORD_JOB_SUBMITTED,
	RECORD_JOB_STARTED,
	RECORD_JOB_FINISHED,
	RECORD_CHANGE_CAPTURED,
	RECORD_CHECK_FINISHED,
	RECORD_POLICY_DECIDED,
	RECORD_REVIEW_APPROVED,
	RECORD_REVIEW_REJECTED,
	RECORD_CHANGE_LANDED,
	RECORD_JOB_STOPPED,
	RECORD_KEY_ROTATED,
	RECORD_TYPES
};

/* "job.submitted" and so on, ended by NULL. */
extern const char *const record_names[RECORD_TYPES + 1];

enum { RECORD_VERSION = 1, RECORD_MAX_BYTES = 65535 };

struct record {
	enum record_type type;
	const char *time; /* RFC 3339, UTC, "Z", milliseconds */
	const char *job; /* NULL for a record of the log's own */
	json_t *actor; /* who: borrowed; NULL is {} */
	json_t *subject; /* about what: borrowed; NULL is {} */
	json_t *body; /* the rest: borrowed; NULL is {} */
};

/* The entry's bytes: canonical JSON, owned by the caller. -EFBIG above RECORD_MAX_BYTES. */
int record_encode(const struct record *record, char **ret, struct err *err) MUST_USE;

/* "2026-01-02T03:04:05.678Z" from milliseconds since 1970; out holds 25 bytes. */
enum { RECORD_TIME_LEN = 24 };
void record_time(uint64_t unix_ms, char out[RECORD_TIME_LEN + 1]);

#endif
