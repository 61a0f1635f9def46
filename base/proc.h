/* proc.h: starting one of our own programs, or a tool, with exactly the descriptors it is to have. */
#ifndef REMIT_PROC_H
#define REMIT_PROC_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * First of all in a program: whoever started us may ignore the ends of our children, or hold back signals
 * that we live by. What else is ignored stays so.
 */
void proc_reset_signals(void);

struct proc_fd {
	int from; /* ours; -1 gives /dev/null */
	int to; /* what the child calls it */
};

/*
 * Starts the program at path; no search in PATH. env NULL hands ours on. The child has the descriptors
 * listed and the standard ones; whatever else is open here, inherited or not, it does not have.
 */
int proc_start(const char *path, char *const argv[], char *const env[], const struct proc_fd *fds,
	size_t n_fds, pid_t *ret_pid, struct err *err) MUST_USE;

/* Waits; *ret_code is the exit status, or 128 + N after signal N. */
int proc_wait(pid_t pid, int *ret_code) MUST_USE;

/* Starts, feeds input, collects at most max bytes of output, and waits. */
int proc_run(const char *path, char *const argv[], const void *input, size_t len, size_t max,
	struct buf *out, int *ret_code, struct err *err) MUST_USE;

#endif
