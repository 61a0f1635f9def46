/*
 * exits.h: how processes end that nobody here is the parent or tracer of, as their pidfds tell.
 *
 * Linux 6.15 keeps the wait status of a process for those who hold a pidfd of it, from when its parent has taken
 * note of its end (PIDFD_INFO_EXIT, include/uapi/linux/pidfd.h). Debian 12's headers do not have it yet.
 */
#ifndef REMIT_SANDBOX_EXITS_H
#define REMIT_SANDBOX_EXITS_H

#include <sys/types.h>

#include "base/base.h"

struct exits;

/* NULL where this kernel does not tell, which is tried out on a child that ends at once. */
struct exits *exits_new(void) MUST_USE;
void exits_free(struct exits *e);

/* To be polled for POLLIN. */
int exits_poll(const struct exits *e);

/*
 * Watches a process that can't go away meanwhile: its pidfd, which exits_forget closes. -EMFILE when
 * so many are watched that the caller could be left without descriptors for anything else.
 */
int exits_watch(struct exits *e, pid_t pid, int *ret_fd) MUST_USE;
void exits_forget(struct exits *e, int fd);

/* The wait status, as waitpid has it, once the process is gone; false before that. */
bool exits_status(int fd, int *ret_status);

/* Processes that are watched and gone, by the numbers that they had. At most n; how many there are. */
size_t exits_next(const struct exits *e, pid_t *pids, size_t n);

#endif
