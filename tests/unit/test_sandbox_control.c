/* What the supervisor hears of the cage, and that no descriptor stays open that came with anything else. */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "sandbox/control.h"
#include "tests/unit/check.h"

enum { MOST_FDS = 253 }; /* the kernel's SCM_MAX_FD */

struct line {
	int ours, theirs;
};

static void line_open(struct line *l)
{
	int ends[2];

	ok(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "a socket pair");
	*l = (struct line){ ends[0], ends[1] };
}

static void line_close(struct line *l)
{
	cleanup_fd(&l->ours);
	cleanup_fd(&l->theirs);
}

#define auto_line CLEANUP(line_close)

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	ok(dir != NULL, "/proc/self/fd is read");
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Sends size bytes and n descriptors, all of them the other end's. */
static void say(const struct line *l, const void *data, size_t size, size_t n)
{
	static const char nothing[1];
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(MOST_FDS * sizeof(int))];
	} space = { .bytes = { 0 } };
	struct iovec iov = { (void *)(data ? data : nothing), size };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	space.header.cmsg_level = SOL_SOCKET;
	space.header.cmsg_type = SCM_RIGHTS;
	space.header.cmsg_len = CMSG_LEN(n * sizeof(int));
	for (size_t i = 0; i < n; i++)
		memcpy(CMSG_DATA(&space.header) + i * sizeof(int), &l->theirs, sizeof(int));
	if (n) {
		m.msg_control = &space;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
	}
	ok(sendmsg(l->theirs, &m, MSG_NOSIGNAL) == (ssize_t)size, "it is sent");
}

/* Sees what was said refused, with nothing left open. */
static void expect_refusal(const struct line *l)
{
	struct control got;
	int before = count_fds(), fd = 0;

	ok(control_receive(l->ours, &got, &fd) == -EPROTO, "it is refused");
	ok(fd == -1, "no descriptor is handed on");
	ok(count_fds() == before, "none is left open");
}

static void expect_refused(const void *data, size_t size, size_t n)
{
	auto_line struct line l = { -1, -1 };

	line_open(&l);
	say(&l, data, size, n);
	expect_refusal(&l);
}

static void a_message_brings_one_descriptor_or_none(void **state)
{
	auto_line struct line l = { -1, -1 };
	struct control sent = { .type = CONTROL_DECOY, .value = 7, .text = "why" }, got;
	auto_fd int fd = -1;
	int none = 0;

	(void)state;
	line_open(&l);
	ok(control_send(l.theirs, &sent, STDIN_FILENO) == 0, "one with a descriptor");
	ok(control_receive(l.ours, &got, &fd) == 0, "is heard");
	ok(!memcmp(&sent, &got, sizeof(got)), "as it was sent");
	ok(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC, "with the descriptor, closed on exec");
	ok(control_send(l.theirs, &sent, -1) == 0, "one without");
	ok(control_receive(l.ours, &got, &none) == 0 && none == -1, "is heard without");
	cleanup_fd(&l.theirs);
	l.theirs = -1;
	ok(control_receive(l.ours, &got, &none) == -EPIPE && none == -1, "the end is the end");
}

static void more_than_one_descriptor_is_refused(void **state)
{
	static const size_t numbers[] = { 2, 3, MOST_FDS };
	const struct control msg = { .type = CONTROL_LISTENER };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		expect_refused(&msg, sizeof(msg), numbers[i]);
}

static void descriptors_without_a_message_are_closed(void **state)
{
	const struct control unknown = { .type = CONTROL_TYPES }, msg = { .type = CONTROL_JOB };

	(void)state;
	expect_refused(NULL, 0, 1);
	expect_refused(NULL, 0, 2);
	expect_refused(&msg, sizeof(msg) - 1, 1);
	expect_refused(&unknown, sizeof(unknown), 1);
}

static void a_message_that_is_too_long_is_refused(void **state)
{
	struct control two[2] = { { .type = CONTROL_JOB }, { .type = CONTROL_JOB } };

	(void)state;
	expect_refused(two, sizeof(two), 0);
	expect_refused(two, sizeof(*two) + 1, 1);
}

/* The kernel gives as many as there is room for, here one, and says so. */
static void descriptors_that_there_is_no_room_for_are_refused(void **state)
{
	const struct control msg = { .type = CONTROL_JOB };
	auto_line struct line l = { -1, -1 };
	struct rlimit before, few;
	int free_one;

	(void)state;
	line_open(&l);
	say(&l, &msg, sizeof(msg), 2);
	free_one = dup(l.ours);
	ok(free_one >= 0 && close(free_one) == 0, "the lowest free descriptor is known");
	ok(getrlimit(RLIMIT_NOFILE, &before) == 0, "the limit is read");
	few = (struct rlimit){ (rlim_t)free_one + 1, before.rlim_max };
	ok(setrlimit(RLIMIT_NOFILE, &few) == 0, "the limit is lowered");
	expect_refusal(&l);
	ok(setrlimit(RLIMIT_NOFILE, &before) == 0, "the limit is as before");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("a message brings one descriptor or none",
			a_message_brings_one_descriptor_or_none),
		TEST("a message with more than one descriptor is refused, and all are closed",
			more_than_one_descriptor_is_refused),
		TEST("descriptors that come without a message are closed",
			descriptors_without_a_message_are_closed),
		TEST("a message that is too long is refused",
			a_message_that_is_too_long_is_refused),
		TEST("descriptors that there is no room for are refused, and what came is closed",
			descriptors_that_there_is_no_room_for_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
