/* hosts.h: what a job reached through the gate, added up by name and port. */
#ifndef REMIT_RUNNER_HOSTS_H
#define REMIT_RUNNER_HOSTS_H

#include "base/json.h"

struct host {
	char *name; /* or the address, where a job connects to those */
	uint64_t port;
	uint64_t connections, failed; /* failed: of those, not closed properly */
	uint64_t out, in; /* bytes that the job sent and got */
};

enum { HOSTS_MAX = 200 };

struct hosts {
	struct host *v; /* the first HOSTS_MAX */
	size_t n;
	uint64_t connections; /* in all */
	uint64_t out, in;
	uint64_t omitted; /* connections to others than those in v */
};

/* Takes in one `connect` event. */
void hosts_note(struct hosts *hosts, const json_t *event);

void hosts_done(struct hosts *hosts);

/* {"reached": [{name, port, connections, failed, out, in}], connections, out, in, omitted}; most of the list at most. */
json_t *hosts_encode(const struct hosts *hosts, size_t most) MUST_USE;

#endif
