#include "tests/unit/check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/io.h"
#include "repo/confine.h"

/* A directory for the process, and a file beside it that is none of its business. */
struct place {
	char *top;
	int dir;
};

static int start(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	auto_free char *dir = NULL;
	auto_free char *beside = NULL;

	p->top = xstrdup("/tmp/remit-test-XXXXXX");
	ok(mkdtemp(p->top) && chmod(p->top, 0755) == 0, "a directory for the test");
	dir = xasprintf("%s/dir", p->top);
	beside = xasprintf("%s/beside", p->top);
	ok(mkdir(dir, 0700) == 0, "a directory for the process");
	ok(file_write(AT_FDCWD, beside, 0666, "x", 1, 0, NULL) == 0, "a file beside it");
	p->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok(p->dir >= 0, "it is opened");
	*state = p;
	return 0;
}

static int stop(void **state)
{
	struct place *p = *state;

	close(p->dir);
	ok(tree_remove(AT_FDCWD, p->top, NULL) == 0, "the test's directory is removed");
	free(p->top);
	free(p);
	return 0;
}

/* Runs fn in a confined process; what waitpid says of its end. */
static int run(const struct place *p, int (*fn)(void), const int *fds, size_t n)
{
	struct confine c = { getpid(), p->dir, fds, n };
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(confine_self(&c) < 0 ? 99 : fn());
	ok(waitpid(pid, &status, 0) == pid, "it is waited for");
	return status;
}

static bool ends_with(const struct place *p, int (*fn)(void), int code)
{
	int status = run(p, fn, NULL, 0);

	return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

static bool is_killed(const struct place *p, int (*fn)(void))
{
	int status = run(p, fn, NULL, 0);

	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static int work(void)
{
	int fd = open("made", O_RDWR | O_CREAT | O_EXCL, 0600);

	return fd >= 0 && write(fd, "abc", 3) == 3 && mkdir("d", 0700) == 0 &&
			       mmap(NULL, 3, PROT_READ, MAP_PRIVATE, fd, 0) != MAP_FAILED &&
			       rename("made", "other") == 0 && unlink("other") == 0 &&
			       open("/dev/null", O_RDONLY) < 0
		       ? 0
		       : 1;
}

static void in_its_directory_it_can_work(void **state)
{
	ok(ends_with(*state, work, 0), "files are made, read and removed");
}

static int read_outside(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES ? 0 : 1;
}

static int list_outside(void)
{
	return open("/etc", O_RDONLY | O_DIRECTORY) < 0 && errno == EACCES ? 0 : 1;
}

static int write_outside(void)
{
	return open("../beside", O_WRONLY) < 0 && errno == EACCES ? 0 : 1;
}

static int make_outside(void)
{
	return open("../new", O_WRONLY | O_CREAT, 0600) < 0 && errno == EACCES ? 0 : 1;
}

static void outside_of_it_there_is_nothing(void **state)
{
	ok(ends_with(*state, read_outside, 0), "nothing is read");
	ok(ends_with(*state, list_outside, 0), "nothing is listed");
	ok(ends_with(*state, write_outside, 0), "nothing is written");
	ok(ends_with(*state, make_outside, 0), "nothing is made");
}

static int call_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static int call_fork(void)
{
	return fork() < 0;
}

static int call_kill(void)
{
	return kill(getppid(), 0);
}

static int call_exec(void)
{
	return execl("/bin/true", "true", NULL);
}

static int call_ptrace(void)
{
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int call_truncate(void)
{
	return truncate("../beside", 0);
}

static int call_alarm(void)
{
	return (int)alarm(0);
}

static void other_calls_end_it(void **state)
{
	ok(is_killed(*state, call_socket), "socket");
	ok(is_killed(*state, call_fork), "fork");
	ok(is_killed(*state, call_kill), "kill");
	ok(is_killed(*state, call_exec), "exec");
	ok(is_killed(*state, call_ptrace), "ptrace");
	ok(is_killed(*state, call_truncate), "truncate, which old Landlocks let through");
	ok(is_killed(*state, call_alarm), "alarm, by which it will end");
}

static int look_at_fds(void)
{
	char c;

	for (int fd = 0; fd < 3; fd++)
		if (read(fd, &c, 1) != 0)
			return 1;
	if (read(CONFINE_FIRST_FD, &c, 1) != 1 || c != 'a' ||
		read(CONFINE_FIRST_FD + 1, &c, 1) != 1 || c != 'b')
		return 2;
	for (int fd = CONFINE_FIRST_FD + 2; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return 3;
	return 0;
}

static void it_has_what_it_is_given(void **state)
{
	int a[2], b[2], fds[2], status;

	ok(pipe(a) == 0 && pipe(b) == 0, "two pipes");
	ok(write(a[1], "a", 1) == 1 && write(b[1], "b", 1) == 1, "with something in them");
	fds[0] = fcntl(a[0], F_DUPFD, 100);
	fds[1] = fcntl(b[0], F_DUPFD, 100);
	status = run(*state, look_at_fds, fds, 2);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "in that order, and nothing else");
	for (int i = 0; i < 2; i++) {
		close(fds[i]);
		close(a[i]);
		close(b[i]);
	}
}

/* A sanitizer needs more than the bound by itself, so that none is set. */
#ifdef __SANITIZE_ADDRESS__
enum { HAS_BOUND = 0 };
#else
enum { HAS_BOUND = 1 };
#endif

static int swallow(void)
{
	return mmap(NULL, (size_t)2 << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0) != MAP_FAILED;
}

static int spread(void)
{
	int fd = open("large", O_WRONLY | O_CREAT, 0600);

	return ftruncate(fd, (off_t)2 << 30) == 0;
}

static void it_is_bounded(void **state)
{
	int status = run(*state, spread, NULL, 0);

	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ, "a file of 2 GiB");
	ok(ends_with(*state, swallow, !HAS_BOUND), "2 GiB of memory");
}

static int wait_for_end(void)
{
	char c;

	return read(CONFINE_FIRST_FD, &c, 1) != 0;
}

static void seen_from_outside_it_has_no_rights(void **state)
{
	const struct place *p = *state;
	auto_buf struct buf text = BUF_INIT;
	auto_free char *path = NULL;
	auto_free char *uid = NULL;
	int ends[2], ready[2], status;
	char c;
	pid_t pid;

	ok(pipe2(ends, O_CLOEXEC) == 0 && pipe2(ready, O_CLOEXEC) == 0, "pipes");
	pid = fork();
	if (pid == 0) {
		const int fds[] = { ends[0], ready[1] };
		struct confine conf = { getppid(), p->dir, fds, 2 };

		if (confine_self(&conf) < 0 || write(CONFINE_FIRST_FD + 1, "", 1) != 1)
			_exit(99);
		_exit(wait_for_end());
	}
	close(ready[1]);
	ok(read(ready[0], &c, 1) == 1, "it is confined");
	path = xasprintf("/proc/%d/status", pid);
	ok(file_read(AT_FDCWD, path, 1 << 16, &text, NULL) == 0, "its status is read");
	ok(strstr(text.data, "\nNoNewPrivs:\t1\n"), "no new privileges");
	ok(strstr(text.data, "\nSeccomp:\t2\n"), "a filter");
	ok(strstr(text.data, "\nCapEff:\t0000000000000000\n"), "no capabilities");
	ok(strstr(text.data, "\nCapPrm:\t0000000000000000\n"), "none to raise");
	uid = xasprintf("\nUid:\t%u\t", geteuid() ? geteuid() : 0x78000000U + (unsigned int)pid);
	ok(strstr(text.data, uid), "as root, an id of its own");
	close(ends[0]);
	close(ends[1]);
	close(ready[0]);
	ok(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0,
		"it ends well");
}

static void without_its_parent_it_does_not_begin(void **state)
{
	const struct place *p = *state;
	struct confine c = { getppid(), p->dir, NULL, 0 };
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(confine_self(&c) == -ESRCH ? 0 : 1);
	ok(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0,
		"whoever it was to die with is gone");
}

#define PLACE_TEST(sentence, fn)                \
	{                                       \
		sentence, fn, start, stop, NULL \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(
			"a confined process works in its directory", in_its_directory_it_can_work),
		PLACE_TEST("outside of that it reads, lists, writes and makes nothing",
			outside_of_it_there_is_nothing),
		PLACE_TEST("calls that it has no need for end it", other_calls_end_it),
		PLACE_TEST("it has the descriptors that it is given, in order, and no others",
			it_has_what_it_is_given),
		PLACE_TEST("memory and files are bounded", it_is_bounded),
		PLACE_TEST(
			"seen from outside, it has no rights", seen_from_outside_it_has_no_rights),
		PLACE_TEST("without its parent it does not begin",
			without_its_parent_it_does_not_begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
