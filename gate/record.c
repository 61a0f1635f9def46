#include "gate/record.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/gatewire.h"

enum { DIFFERENT = 1024, CANT_RECORD = 3 };

void recorder_init(struct recorder *r, int sock)
{
	*r = (struct recorder){ sock, json_object() };
}

void record(struct recorder *r, const char *type, json_t *fields)
{
	const unsigned char kind = GATE_RECORD;
	auto_free char *text = NULL;
	struct iovec parts[2] = { { (void *)&kind, 1 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	json_put_str(fields, "type", type);
	text = json_canonical(fields);
	json_decref(fields);
	parts[1] = (struct iovec){ text, strlen(text) };
	while (sendmsg(r->sock, &message, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			_exit(CANT_RECORD);
}

void record_denied(struct recorder *r, json_t *fields)
{
	auto_free char *key = json_canonical(fields);
	json_t *seen = json_object_get(r->denied, key);

	if (seen)
		json_put_int(r->denied, key, (uint64_t)json_integer_value(seen) + 1);
	else if (json_object_size(r->denied) < DIFFERENT)
		json_put_int(r->denied, key, 0);
	if (seen)
		json_decref(fields);
	else
		record(r, "denied", fields);
}

void recorder_done(struct recorder *r)
{
	const char *key;
	json_t *times;

	json_object_foreach (r->denied, key, times) {
		json_t *fields = json_loads(key, 0, NULL);

		if (json_integer_value(times)) {
			json_put(fields, "times", json_incref(times));
			record(r, "denied", fields);
		} else {
			json_decref(fields);
		}
	}
	json_decref(r->denied);
}
