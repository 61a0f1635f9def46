/* confine.h: the gate reads bytes of the job and of the internet, so it gives up all but its sockets. */
#ifndef REMIT_GATE_CONFINE_H
#define REMIT_GATE_CONFINE_H

#include "base/err.h"

/* Dies with its parent, and can't be looked into. */
int confine_begin(struct err *err) MUST_USE;

/*
 * For good: no new privileges, no capability, no file (Landlock), no program, no socket but TCP, no system call but those
 * that the loop makes.
 */
int confine_finish(struct err *err) MUST_USE;

#endif
