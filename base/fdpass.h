/* fdpass.h: messages that carry descriptors over a unix socket. */
#ifndef REMIT_FDPASS_H
#define REMIT_FDPASS_H

#include "base/base.h"

enum { FDPASS_MAX = 128 }; /* at most the kernel's SCM_MAX_FD */

/* Sends one message with n copies. 0 or -errno. */
int fdpass_send(int sock, const void *data, size_t len, const int *fds, size_t n) MUST_USE;

/*
 * Receives one message whole: its length, or -errno. Of the descriptors that came, at most max are put into fds, close-on-exec and
 * the caller's; if there were more, all are closed: -EPROTO. So it is for a message that does not fit. 0 at the end. flags: MSG_DONTWAIT or 0.
 */
ssize_t fdpass_receive(
	int sock, void *data, size_t len, int *fds, size_t max, size_t *ret_n, int flags) MUST_USE;

#endif
