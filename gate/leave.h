/* leave.h: what a process gives up that reads bytes of jobs and of the internet: who may look into it, privileges, files. */
#ifndef REMIT_GATE_LEAVE_H
#define REMIT_GATE_LEAVE_H

#include "base/err.h"

/* Dies with its parent, leaves no core, can't be looked into, and gains no privilege. */
int leave_begin(struct err *err) MUST_USE;

/* For good: no capability, no file, no port to listen on (Landlock). 0 or -errno. */
int leave_finish(void) MUST_USE;

#endif
