#include "sandbox/control.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum {
	CONTROL_LOST = 125, /* ends a process that can't even say why */
	MAX_FDS = 253, /* that one message can carry (kernel: SCM_MAX_FD) */
};

union fd_space {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

union fds_space {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(MAX_FDS * sizeof(int))];
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

/* A descriptor that nobody asked for would stay open here: all that came are taken, and closed but for one alone. */
static int take_fds(struct msghdr *m, size_t *ret_n)
{
	int fd = -1, next;

	*ret_n = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = CMSG_LEN(0); at + sizeof(next) <= c->cmsg_len;
			at += sizeof(next)) {
			memcpy(&next, (char *)c + at, sizeof(next));
			cleanup_fd(&fd);
			fd = next;
			++*ret_n;
		}
	}
	return fd;
}

static bool is_whole(const struct msghdr *m, ssize_t n, size_t n_fds)
{
	const struct control *msg = m->msg_iov->iov_base;

	return n == (ssize_t)sizeof(*msg) && n_fds <= 1 &&
	       (unsigned int)msg->type < CONTROL_TYPES &&
	       !(m->msg_flags & (MSG_TRUNC | MSG_CTRUNC));
}

int control_receive(int sock, struct control *ret, int *ret_fd)
{
	struct iovec iov = { ret, sizeof(*ret) };
	union fds_space space = { .bytes = { 0 } };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &space,
		.msg_controllen = sizeof(space) };
	ssize_t n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	auto_fd int fd = -1;
	size_t n_fds;

	*ret_fd = -1;
	if (n < 0)
		return -errno;
	fd = take_fds(&m, &n_fds);
	if (n == 0 && !n_fds)
		return -EPIPE;
	if (!is_whole(&m, n, n_fds))
		return -EPROTO;
	ret->text[sizeof(ret->text) - 1] = '\0';
	*ret_fd = steal_fd(&fd);
	return 0;
}

_Noreturn void control_fail(int sock, int status, const struct err *err)
{
	struct control msg = { .type = CONTROL_FAILED, .value = status };
	size_t n = strnlen(err->text, sizeof(msg.text) - 1);

	memcpy(msg.text, err->text, n);
	_exit(control_send(sock, &msg, -1) < 0 ? CONTROL_LOST : status);
}
