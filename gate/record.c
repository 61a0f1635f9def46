#include "gate/record.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/gatewire.h"
#include "base/hostname.h"

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

/* True: this was told before. */
static bool count(struct recorder *r, const char *key)
{
	json_t *seen = json_object_get(r->denied, key);

	json_put_int(r->denied, key, seen ? (uint64_t)json_integer_value(seen) + 1 : 0);
	return seen != NULL;
}

/* A job that makes up ever new names fills no memory and no log with them. */
static void leave_out_which(json_t *fields)
{
	static const char *const which[] = { "name", "record", "address", "port" };

	for (size_t i = 0; i < ARRAY_SIZE(which); i++)
		json_object_del(fields, which[i]);
}

struct peer peer_of(int protocol, const struct sockaddr_storage *address)
{
	struct peer peer = { .protocol = (unsigned char)protocol };
	struct in6_addr unused;

	if (!address_from_socket((const struct sockaddr *)address, &unused, &peer.port))
		peer.protocol = 0;
	return peer;
}

struct peer peer_of_socket(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	if (fd < 0 || getpeername(fd, (struct sockaddr *)&address, &len) < 0)
		return (struct peer){ 0 };
	return peer_of(IPPROTO_TCP, &address);
}

/* The supervisor can see it, as long as the job waits for what we are about to say. */
static void add_who(struct recorder *r, json_t *fields, struct peer peer)
{
	const struct gate_ask ask = { GATE_ASK, peer.protocol, peer.port };
	auto_json json_t *who = NULL;
	char text[WIRE_MAX_RECORD];
	ssize_t n;

	if (!peer.protocol || send(r->sock, &ask, sizeof(ask), MSG_NOSIGNAL) < 0)
		return;
	do
		n = recv(r->sock, text, sizeof(text), 0);
	while (n < 0 && errno == EINTR);
	if (n > 0 && json_parse(text, (size_t)n, "supervisor", &who, NULL) == 0)
		json_object_update(fields, who);
}

void record_denied(struct recorder *r, json_t *fields, struct peer peer)
{
	auto_free char *key = json_canonical(fields);

	if (json_object_size(r->denied) >= DIFFERENT && !json_object_get(r->denied, key)) {
		leave_out_which(fields);
		free(key);
		key = json_canonical(fields);
	}
	if (count(r, key)) {
		json_decref(fields);
		return;
	}
	add_who(r, fields, peer);
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
	r->denied = NULL;
}

void recorder_end(struct recorder *r)
{
	const char end = GATE_END;

	if (send(r->sock, &end, 1, MSG_NOSIGNAL) != 1)
		_exit(CANT_RECORD);
}
