/*
 * trace.h: what programs ran, as the kernel loaded them, and what was refused.
 *
 * A filter stops each execve until we have attached to its thread; the kernel stops the process again
 * when the new program is in memory and has not run an instruction. Only then are its name and
 * arguments read: no other thread exists that could rewrite them, /proc is read-only inside, and a second tracer can't
 * attach. The same filter reports the calls that the profile refuses, which we answer with its error,
 * and connections, which we only look at: whether they succeed is for the kernel to say.
 */
#ifndef REMIT_SANDBOX_TRACE_H
#define REMIT_SANDBOX_TRACE_H

#include <sys/types.h>

#include "base/event.h"
#include "base/plan.h"
#include "sandbox/gatelink.h"

struct trace;

struct trace *trace_new(
	struct events *events, const struct plan *plan, struct gatelink *gate) MUST_USE;
void trace_free(struct trace *t);

/* Takes over the descriptor that notifications come from. */
int trace_set_listener(struct trace *t, int listener, struct err *err) MUST_USE;

/* To be polled for POLLIN; -1: none. */
int trace_listener(const struct trace *t);

/* Nobody is left who could notify: stops listening. */
void trace_close(struct trace *t);

/* Serves one notification. now is in ms since the command was started. */
void trace_serve(struct trace *t, uint64_t now);

/* Likewise for ends of programs that nobody traces. */
int trace_ends(const struct trace *t);
void trace_serve_ends(struct trace *t, uint64_t now);

/* A status that waitpid returned for a process that is not our child. */
void trace_waited(struct trace *t, pid_t pid, int status, uint64_t now);

/* The cage is gone: what was still running was killed. */
void trace_end(struct trace *t, uint64_t now);

uint64_t trace_execs(const struct trace *t);
uint64_t trace_denied(const struct trace *t);

#endif
