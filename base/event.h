/* event.h: the ordered stream of JSON lines that says what happened in a cage. */
#ifndef REMIT_EVENT_H
#define REMIT_EVENT_H

#include "base/json.h"

/*
 * Every line is an object with "n" (counts from 1, no gap), "t" (ms since the command was started)
 * and "type". Names and paths are strings, or {"base64": "..."} where they are not UTF-8. A line is at most
 * EVENT_MAX_LINE bytes, its end included: of one that would be longer the longest fields are left out, and "cut"
 * names them.
 *
 *   start    pid parent program argv cwd            a program was loaded, as the kernel loaded it
 *   exec     the same, and "start" and either "exit" or "signal", or "replaced": true
 *   denied   what pid program error, and of what: family address port, or syscall
 *            family address port, or name record, or name port; times: how often more
 *   connect  name|address port reached out in (bytes) took (ms) ended    a connection through the gate is over
 *            or, with credential method path status too, a request with a credential
 *   limit    name limit [used]                      a limit was reached: the cage is ended
 *   unenforced name                                 best-effort: this limit can't be held here
 *   tripwire path                                   a decoy was opened
 *   error    message                                the cage could not be built
 *   end      exit|signal, why, wall user sys max_rss (bytes) execs denied tripwires output disk omitted
 *
 * "why" is what ended the cage early: the name of a limit, "interrupted", "abandoned", or null.
 */
enum event_type {
	EVENT_START,
	EVENT_EXEC,
	EVENT_DENIED,
	EVENT_CONNECT,
	EVENT_LIMIT,
	EVENT_UNENFORCED,
	EVENT_TRIPWIRE,
	EVENT_ERROR,
	EVENT_END,
	EVENT_TYPES
};

extern const char *const event_names[EVENT_TYPES + 1];

enum { EVENT_MAX_BYTES = 64 << 20, EVENT_MAX_LINE = 64 << 10 };

struct events {
	int fd; /* -1: nobody wants them */
	uint64_t next; /* number of the next line */
	uint64_t bytes;
	uint64_t omitted; /* lines left out once EVENT_MAX_BYTES was reached */
	int error; /* first failure to write, -errno */
};

void events_init(struct events *e, int fd);

/* Writes one line and gives fields away. After EVENT_MAX_BYTES only limit, error and end are written. */
void events_add(struct events *e, enum event_type type, uint64_t t_ms, json_t *fields);

/* Type of a line that was read back, or -EINVAL. */
int event_type_of(const json_t *line) MUST_USE;

#endif
