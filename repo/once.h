/* once.h: a directory that is made once and appears whole, whoever asks and whoever dies. */
#ifndef REMIT_REPO_ONCE_H
#define REMIT_REPO_ONCE_H

#include "base/err.h"

/*
 * The directory is built as PARENT/.new-NAME under an exclusive flock and then renamed to NAME. The
 * lock goes with the process, so a .new- directory that nobody locks is a leftover: whoever wants
 * the same name takes it over, and once_sweep removes the rest. The same holds for .dead-
 * directories, which are on their way out.
 */
struct once {
	int parent; /* borrowed */
	char *name;
	char *temp; /* ".new-NAME" */
	int fd; /* the directory under construction, locked; -1 when there is none */
};

/*
 * *ret_mine true: NAME is missing and ret is an empty directory to build it in. False: NAME is
 * there. Waits while another process is building it.
 */
int once_begin(
	int parent, const char *name, struct once *ret, bool *ret_mine, struct err *err) MUST_USE;

/* Everything written so far is on disk, then the name appears. */
int once_publish(struct once *o, struct err *err) MUST_USE;

/* Removes what was begun and not published, and lets go. Needed after both. */
void once_done(struct once *o);
#define auto_once CLEANUP(once_done)

/* Makes NAME disappear at once and removes what it held. */
int once_remove(int parent, const char *name, struct err *err) MUST_USE;

/*
 * Removes what processes left behind that died while building or removing. Best effort: what
 * resists is met again by the next sweep.
 */
void once_sweep(int parent);

/* True when name in parent still names the open file fd. */
bool once_is_named(int parent, const char *name, int fd);

#endif
