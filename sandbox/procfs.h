/* procfs.h: what the host's /proc says about a process of the cage. Its contents are the job's: bytes, bounded. */
#ifndef REMIT_SANDBOX_PROCFS_H
#define REMIT_SANDBOX_PROCFS_H

#include <sys/types.h>

#include "base/json.h"

enum { PROCFS_MAX_ARGV = 32 << 10 };

/* pid, parent, program, argv, cwd of a stopped process; numbers and paths as the cage sees them. */
json_t *procfs_describe(pid_t pid) MUST_USE;

/* Adds "pid" and "program" to an attempt. */
void procfs_add_who(json_t *fields, pid_t pid);

/* The process that a thread belongs to, as we number it; 0 when it is gone. */
pid_t procfs_process_of(pid_t thread);

/* True when the thread's tracer is the calling process. */
bool procfs_is_traced_by_us(pid_t thread);

#endif
