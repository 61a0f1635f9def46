#include "sandbox/control.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Ends a process that can't even say why. */
enum { CONTROL_LOST = 125 };

union fd_space {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int control_send(int sock, const struct control *msg, int fd)
{
	struct iovec iov = { (void *)msg, sizeof(*msg) };
	union fd_space space = { 0 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *c = &space.header;

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
		m.msg_control = &space;
		m.msg_controllen = sizeof(space);
	}
	return sendmsg(sock, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int take_fd(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
		c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

int control_receive(int sock, struct control *ret, int *ret_fd)
{
	struct iovec iov = { ret, sizeof(*ret) };
	union fd_space space = { 0 };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &space,
		.msg_controllen = sizeof(space) };
	ssize_t n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);

	*ret_fd = -1;
	if (n < 0)
		return -errno;
	*ret_fd = take_fd(&m);
	if (n == 0 && *ret_fd < 0)
		return -EPIPE;
	if (n == (ssize_t)sizeof(*ret) && (unsigned int)ret->type < CONTROL_TYPES) {
		ret->text[sizeof(ret->text) - 1] = '\0';
		return 0;
	}
	if (*ret_fd >= 0)
		close(*ret_fd);
	*ret_fd = -1;
	return -EPROTO;
}

_Noreturn void control_fail(int sock, int status, const struct err *err)
{
	struct control msg = { .type = CONTROL_FAILED, .value = status };
	size_t n = strnlen(err->text, sizeof(msg.text) - 1);

	memcpy(msg.text, err->text, n);
	_exit(control_send(sock, &msg, -1) < 0 ? CONTROL_LOST : status);
}
