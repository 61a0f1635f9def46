/*
 * fuzz_control.c: what the supervisor is told by processes of the cage: messages of any bytes, with any
 * number of descriptors.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "sandbox/control.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_FDS = 2, HIGHEST_FD = 32 };

union space {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(MAX_FDS * sizeof(int))];
};

static bool say(int sock, const void *data, size_t size, size_t n_fds)
{
	struct iovec iov = { (void *)data, size };
	union space space = { .bytes = { 0 } };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (n_fds) {
		space.header.cmsg_level = SOL_SOCKET;
		space.header.cmsg_type = SCM_RIGHTS;
		space.header.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		for (size_t i = 0; i < n_fds; i++)
			memcpy(CMSG_DATA(&space.header) + i * sizeof(int), &sock, sizeof(sock));
		m.msg_control = &space;
		m.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
	}
	return sendmsg(sock, &m, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size;
}

static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < HIGHEST_FD; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void hear(int sock, size_t size, size_t n_fds)
{
	auto_fd int fd = -1;
	struct control msg;
	int r = control_receive(sock, &msg, &fd);

	if (!size && !n_fds) {
		/* A packet without bytes is what the end looks like. */
		must(r == -EPIPE && fd < 0);
		return;
	}
	must((r == 0) ==
		(size == sizeof(msg) && (unsigned int)msg.type < CONTROL_TYPES && n_fds <= 1));
	must(r == 0 || (r == -EPROTO && fd < 0));
	must(r < 0 || (fd >= 0) == (n_fds == 1));
	must(r < 0 || strnlen(msg.text, sizeof(msg.text)) < sizeof(msg.text));
	must(fd < 0 || fcntl(fd, F_GETFD) == FD_CLOEXEC);
}

static void exchange(const void *data, size_t size, size_t n_fds)
{
	int ends[2], before = count_fds();

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	if (say(ends[1], data, size, n_fds))
		hear(ends[0], size, n_fds);
	close(ends[0]);
	close(ends[1]);
	must(count_fds() == before);
}

/* As it is, and as a message of the right size, which begins and ends as the input does. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed f = { data, size };
	size_t n_fds = feed_byte(&f) % (MAX_FDS + 1);
	struct control msg;

	exchange(f.p, f.left, n_fds);
	memset(&msg, feed_byte(&f), sizeof(msg));
	msg.type = feed_byte(&f);
	memcpy(msg.text, f.p, f.left < sizeof(msg.text) ? f.left : sizeof(msg.text));
	exchange(&msg, sizeof(msg), n_fds);
	return 0;
}
