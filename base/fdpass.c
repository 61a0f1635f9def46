#include "base/fdpass.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { KERNEL_MAX = 253 }; /* SCM_MAX_FD */

union space {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(KERNEL_MAX * sizeof(int))];
};

int fdpass_send(int sock, const void *data, size_t len, const int *fds, size_t n)
{
	struct iovec part = { (void *)data, len };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	union space space = { .bytes = { 0 } };

	if (n > FDPASS_MAX)
		return -EINVAL;
	if (n) {
		message.msg_control = &space;
		message.msg_controllen = CMSG_SPACE(n * sizeof(int));
		space.header.cmsg_level = SOL_SOCKET;
		space.header.cmsg_type = SCM_RIGHTS;
		space.header.cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(&space.header), fds, n * sizeof(int));
	}
	while (sendmsg(sock, &message, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* All that came are in fds; their number. */
static size_t collect(struct msghdr *message, int fds[KERNEL_MAX])
{
	size_t n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
			size_t bytes = c->cmsg_len - CMSG_LEN(0);

			memcpy(fds + n, CMSG_DATA(c), bytes);
			n += bytes / sizeof(int);
		}
	return n;
}

ssize_t fdpass_receive(
	int sock, void *data, size_t len, int *fds, size_t max, size_t *ret_n, int flags)
{
	struct iovec part = { data, len };
	union space space = { .bytes = { 0 } };
	struct msghdr message = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &space,
		.msg_controllen = sizeof(space) };
	int all[KERNEL_MAX];
	ssize_t n;
	size_t came;

	do
		n = recvmsg(sock, &message, flags | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	*ret_n = 0;
	if (n < 0)
		return -errno;
	came = collect(&message, all);
	if (came <= max && !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		memcpy(fds, all, came * sizeof(int));
		*ret_n = came;
		return n;
	}
	for (size_t i = 0; i < came; i++)
		close(all[i]);
	return -EPROTO;
}
