#include "tests/unit/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fdpass.h"

static size_t open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	ok(dir, "there is /proc");
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void make_pair(int ends[2])
{
	ok(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "a pair of sockets");
}

static void close_pair(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

/* Sends the same descriptor n times. */
static void send_some(int sock, size_t n)
{
	int fds[FDPASS_MAX];

	for (size_t i = 0; i < n; i++)
		fds[i] = sock;
	ok(fdpass_send(sock, "hello", 5, fds, n) == 0, "sent");
}

static void test_whole(void **state)
{
	size_t before = open_files(), n = 0;
	int ends[2], pipe_ends[2], fds[4];
	char text[16];

	(void)state;
	make_pair(ends);
	ok(pipe(pipe_ends) == 0, "a pipe");
	ok(fdpass_send(ends[0], "hello", 5, pipe_ends, 2) == 0, "sent");
	ok(fdpass_receive(ends[1], text, sizeof(text), fds, 4, &n, 0) == 5 && n == 2 &&
			!memcmp(text, "hello", 5),
		"the bytes and the descriptors arrive");
	ok((fcntl(fds[0], F_GETFD) & FD_CLOEXEC) && (fcntl(fds[1], F_GETFD) & FD_CLOEXEC),
		"they are not left to programs that are started");
	ok(write(fds[1], "x", 1) == 1 && read(pipe_ends[0], text, 1) == 1 && *text == 'x',
		"in their order");
	close_pair(fds);
	close_pair(pipe_ends);
	close_pair(ends);
	ok(open_files() == before, "nothing is left open");
}

static void test_none(void **state)
{
	int ends[2], fds[1];
	size_t n = 7;
	char text[16];

	(void)state;
	make_pair(ends);
	ok(fdpass_send(ends[0], "hello", 5, NULL, 0) == 0, "sent");
	ok(fdpass_receive(ends[1], text, sizeof(text), fds, 1, &n, 0) == 5 && n == 0,
		"a message may bring none");
	ok(fdpass_receive(ends[1], text, sizeof(text), fds, 1, &n, MSG_DONTWAIT) == -EAGAIN &&
			n == 0,
		"nothing is there");
	close(ends[0]);
	ok(fdpass_receive(ends[1], text, sizeof(text), fds, 1, &n, 0) == 0 && n == 0, "the end");
	ok(fdpass_send(ends[1], "x", 1, NULL, 0) == -EPIPE, "and no signal from writing to it");
	close(ends[1]);
}

static void test_too_many(void **state)
{
	size_t before = open_files(), n = 7;
	int ends[2], fds[FDPASS_MAX];
	char text[16];

	(void)state;
	make_pair(ends);
	send_some(ends[0], 3);
	ok(fdpass_receive(ends[1], text, sizeof(text), fds, 2, &n, 0) == -EPROTO && n == 0,
		"one more than asked for");
	send_some(ends[0], FDPASS_MAX);
	ok(fdpass_receive(ends[1], text, sizeof(text), fds, 0, &n, 0) == -EPROTO && n == 0,
		"many more");
	send_some(ends[0], FDPASS_MAX);
	ok(fdpass_receive(ends[1], text, sizeof(text), fds, FDPASS_MAX, &n, 0) == 5 &&
			n == FDPASS_MAX,
		"as many as there may be");
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	ok(fdpass_send(ends[0], "x", 1, fds, FDPASS_MAX + 1) == -EINVAL, "more are not sent");
	close_pair(ends);
	ok(open_files() == before, "all others are closed");
}

static void test_long(void **state)
{
	size_t before = open_files(), n = 7;
	int ends[2], fds[4];
	char text[4];

	(void)state;
	make_pair(ends);
	send_some(ends[0], 2);
	ok(fdpass_receive(ends[1], text, sizeof(text), fds, 4, &n, 0) == -EPROTO && n == 0,
		"a message that does not fit is refused");
	close_pair(ends);
	ok(open_files() == before, "and what it brought is closed");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("a message arrives whole with its descriptors", test_whole),
		TEST("a message without descriptors, an empty line and its end differ", test_none),
		TEST("descriptors that nobody asked for are closed", test_too_many),
		TEST("so are those of a message that is too long", test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
