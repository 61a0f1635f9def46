#include "base/record.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const char *const record_names[RECORD_TYPES + 1] = {
	[RECORD_LOG_OPENED] = "log.opened",
	[RECORD_JOB_SUBMITTED] = "job.submitted",
	[RECORD_JOB_STARTED] = "job.started",
	[RECORD_JOB_FINISHED] = "job.finished",
	[RECORD_CHANGE_CAPTURED] = "change.captured",
	[RECORD_CHECK_FINISHED] = "check.finished",
	[RECORD_POLICY_DECIDED] = "policy.decided",
	[RECORD_REVIEW_APPROVED] = "review.approved",
	[RECORD_REVIEW_REJECTED] = "review.rejected",
	[RECORD_CHANGE_LANDED] = "change.landed",
	[RECORD_JOB_STOPPED] = "job.stopped",
	[RECORD_KEY_ROTATED] = "key.rotated",
};

static void put_part(json_t *object, const char *key, json_t *part)
{
	json_put(object, key, part ? json_incref(part) : json_object());
}

int record_encode(const struct record *record, char **ret, struct err *err)
{
	auto_json json_t *object = json_object();
	char *text;

	json_put_int(object, "v", RECORD_VERSION);
	json_put_str(object, "type", record_names[record->type]);
	json_put_str(object, "time", record->time);
	if (record->job)
		json_put_str(object, "job", record->job);
	put_part(object, "actor", record->actor);
	put_part(object, "subject", record->subject);
	put_part(object, "body", record->body);
	text = json_canonical(object);
	if (strlen(text) > RECORD_MAX_BYTES) {
		free(text);
		return err_say(err, -EFBIG, "record '%s' is larger than %d bytes",
			record_names[record->type], RECORD_MAX_BYTES);
	}
	*ret = text;
	return 0;
}

/* The last that RFC 3339 can say: 9999-12-31T23:59:59.999Z. */
static const uint64_t last_ms = 253402300799999;

void record_time(uint64_t unix_ms, char out[RECORD_TIME_LEN + 1])
{
	uint64_t ms = unix_ms < last_ms ? unix_ms : last_ms;
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(out, RECORD_TIME_LEN + 1, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, RECORD_TIME_LEN + 1 - n, ".%03uZ", (unsigned int)(ms % 1000));
}
