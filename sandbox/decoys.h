/*
 * decoys.h: files where keys would be. Whoever opens one was looking for a key.
 *
 * The supervisor holds a write lease (fcntl(2), F_SETLEASE) on each: the kernel holds up the first open of it until
 * the supervisor has let go, and says which it was. Other opens cost nothing. Considered: inotify, whose
 * end takes the kernel ten milliseconds.
 */
#ifndef REMIT_SANDBOX_DECOYS_H
#define REMIT_SANDBOX_DECOYS_H

#include "base/bind.h"

struct decoys {
	const struct strs *paths;
	int *fds; /* one a path, -1: not watched */
};

/* Borrows paths. */
void decoys_init(struct decoys *d, const struct strs *paths);
void decoys_done(struct decoys *d);

/* Takes over a descriptor of decoy number i, the only one that is open, and watches it. */
int decoys_watch(struct decoys *d, int i, int fd, struct err *err) MUST_USE;

/*
 * The signal that says that one may have been opened. To be blocked by everybody. A job can have so many
 * signals pending that it does not come: then the kernel sends SIGIO.
 */
int decoys_signal(void);

/* The path of a decoy that somebody opened, or NULL; lets the open go on. It is not watched after that. */
const char *decoys_next_opened(struct decoys *d);

#endif
