/*
 * programs.h: the programs that are running in a cage. Of each the stream gets two lines: start, when it was
 * loaded, and exec, when it has ended or another one has taken its place.
 */
#ifndef REMIT_SANDBOX_PROGRAMS_H
#define REMIT_SANDBOX_PROGRAMS_H

#include <sys/types.h>

#include "base/event.h"

struct programs;

struct programs *programs_new(struct events *events) MUST_USE;
void programs_free(struct programs *p);

/* To be called before the first program: finds out how this kernel tells their ends. */
void programs_begin(struct programs *p);

/*
 * True where the end of a program is learnt without a tracer (see exits.h). What follows then needs
 * nobody to stay attached to it.
 */
bool programs_can_let_go(const struct programs *p);

/*
 * A program is in memory in process pid, which is stopped and stays so until this returns. Takes over
 * fields, which describe it. now is in ms since the command was started.
 */
void programs_loaded(struct programs *p, pid_t pid, json_t *fields, uint64_t now);

/* True for a process whose program's end only waitpid can tell: its tracer must stay. */
bool programs_needs_tracer(const struct programs *p, pid_t pid);

/* waitpid has told its tracer that a process has ended, or one that runs no program of ours. */
void programs_waited(struct programs *p, pid_t pid, int status, uint64_t now);

/* To be polled for POLLIN, -1: nothing; and what is to be done then. */
int programs_poll(const struct programs *p);
void programs_serve(struct programs *p, uint64_t now);

/* Every process is gone: what is still open was killed, unless it is known how it ended. */
void programs_end(struct programs *p, uint64_t now);

/* How many were loaded. */
uint64_t programs_count(const struct programs *p);

#endif
