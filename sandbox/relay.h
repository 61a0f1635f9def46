/* relay.h: the job's standard descriptors are never the host's: pipes or a private pty stand between. */
#ifndef REMIT_SANDBOX_RELAY_H
#define REMIT_SANDBOX_RELAY_H

#include <poll.h>

#include "base/err.h"

/* One direction. Bytes go from `from` to `to` through a buffer of our own. */
struct relay {
	int from, to; /* -1 when closed */
	bool owns_to; /* ours to close; a descriptor that we were started with is not */
	bool output; /* of the job: counted, and copied to the transcript */
	size_t chunk; /* most that one write may take without holding us up */
	char *data;
	size_t len, sent;
};

enum { RELAY_IN, RELAY_OUT, RELAY_ERR, RELAYS };

/* What the job gets as 0, 1 and 2, where it is not a pipe. */
enum { RELAY_NULL = -2, RELAY_TTY = -1 };

struct relays {
	struct relay relay[RELAYS];
	int job[RELAYS]; /* descriptors for the job, or RELAY_NULL, or RELAY_TTY */
	bool tty[RELAYS]; /* which of our own are terminals */
	int terminal; /* one of them, or -1 */
	int master; /* of the job's pty, or -1 */
	int slave; /* held so that a job may close its terminal and open it again; or -1 */
	uint64_t output; /* bytes of output so far */
	uint64_t most; /* that are passed on; what comes after them is counted only; 0: all */
	int transcript; /* -1: none */
	int transcript_error; /* first failure to write it, -errno */
};

/* Looks at 0, 1 and 2, which must be open, and makes the pipes that are needed. */
int relays_prepare(struct relays *r, struct err *err) MUST_USE;

/* After the clone: closes the job's ends. */
void relays_forked(struct relays *r);

/* Connects the terminal with the master side of the job's pty, which is taken over. */
void relays_connect(struct relays *r, int master);

/* Adds what is waited for to fds (room for RELAYS * 2); returns how many. */
size_t relays_poll(const struct relays *r, struct pollfd *fds);

/* Moves what poll says can be moved. Returns the bytes of output that came. */
size_t relays_serve(struct relays *r, const struct pollfd *fds, size_t n);

/* True while output may still come or is waiting to be written. */
bool relays_busy(const struct relays *r);

/* The job is gone: input is pointless now, and nobody opens the terminal again. */
void relays_close_input(struct relays *r);

void relays_done(struct relays *r);

#endif
