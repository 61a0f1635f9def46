/*
 * seize.h: attaching to a thread (PTRACE_SEIZE) without ever waiting long for it.
 *
 * While a process execs, the kernel has whoever attaches to a thread of it wait, and a job can make that last: a
 * thread that it traces itself is not gone before it has taken note of that (see ptrace(2), "execve(2) under ptrace").
 */
#ifndef REMIT_SANDBOX_SEIZE_H
#define REMIT_SANDBOX_SEIZE_H

#include <sys/types.h>

#include "base/err.h"

struct seizer;

/* At most one: SIGVTALRM, which everybody else leaves blocked, is its own. */
int seizer_new(struct seizer **ret, struct err *err) MUST_USE;
void seizer_free(struct seizer *s);

/* -EAGAIN: not within a tenth of a second. -EPERM: it is traced already. options: PTRACE_O_*. */
int seizer_attach(struct seizer *s, pid_t tid, unsigned long options) MUST_USE;

#endif
