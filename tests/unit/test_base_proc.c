#include "tests/unit/check.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "base/io.h"
#include "base/proc.h"
#include "base/text.h"
#include "tests/unit/scratch.h"

#define SH "/bin/sh"

/* Lists its own descriptors and what each is; the one that ls opens itself is the directory. */
static const char list_fds[] = "for f in /proc/self/fd/*; do printf '%s=%s\\n' \"${f##*/}\" "
			       "\"$(readlink /proc/$$/fd/${f##*/})\"; done";

/* The command line of a shell that runs script. */
struct command {
	char *argv[4];
};

static struct command shell(const char *script)
{
	return (struct command){ { (char *)"sh", (char *)"-c", (char *)script, NULL } };
}

static char *run_with(const struct scratch *s, struct proc_fd *fds, size_t n)
{
	struct command c = shell(list_fds);
	auto_fd int out = openat(s->fd, "out", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct err err = { "" };
	int code = -1;
	pid_t pid;

	fds[0] = (struct proc_fd){ out, 1 };
	if (proc_start(SH, c.argv, NULL, fds, n, &pid, &err) < 0)
		fail_msg("%s", err.text);
	ok(proc_wait(pid, &code) == 0 && code == 0, "the child is done");
	return scratch_get(s, "out");
}

static bool has_line(const char *text, const char *fmt, const struct scratch *s)
{
	auto_free char *line = xasprintf(fmt, s->path);

	return strstr(text, line) && (text == strstr(text, line) || strstr(text, line)[-1] == '\n');
}

static unsigned int count_lines(const char *text)
{
	unsigned int n = 0;

	for (; (text = strchr(text, '\n')); text++)
		n++;
	return n;
}

/* Neither what we hold open close-on-exec nor what whoever started us left open. */
static void test_listed(void **state)
{
	auto_scratch struct scratch s;
	auto_free char *text = NULL;
	struct proc_fd fds[4];
	int a, b, leaked[3];

	(void)state;
	scratch_open(&s);
	a = openat(s.fd, "a", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	b = openat(s.fd, "b", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	leaked[0] = fcntl(a, F_DUPFD, 3);
	leaked[1] = fcntl(a, F_DUPFD, 20);
	leaked[2] = fcntl(a, F_DUPFD, 200);
	fds[1] = (struct proc_fd){ a, 5 };
	fds[2] = (struct proc_fd){ b, 9 };
	fds[3] = (struct proc_fd){ -1, 0 };
	text = run_with(&s, fds, 4);
	ok(has_line(text, "5=%s/a\n", &s) && has_line(text, "9=%s/b\n", &s), "as listed");
	ok(has_line(text, "1=%s/out\n", &s) && strstr(text, "0=/dev/null\n"),
		"the standard ones too");
	if (count_lines(text) > 6)
		fail_msg("the child has more: %s", text);
	for (size_t i = 0; i < ARRAY_SIZE(leaked); i++)
		close(leaked[i]);
	close(a);
	close(b);
}

static void test_swapped(void **state)
{
	auto_scratch struct scratch s;
	auto_free char *text = NULL;
	struct proc_fd fds[4];
	int a, b, c;

	(void)state;
	scratch_open(&s);
	a = openat(s.fd, "a", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	b = openat(s.fd, "b", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	c = openat(s.fd, "c", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	fds[1] = (struct proc_fd){ a, b };
	fds[2] = (struct proc_fd){ b, c };
	fds[3] = (struct proc_fd){ c, a };
	text = run_with(&s, fds, 4);
	for (int i = 1; i < 4; i++) {
		auto_free char *line = xasprintf("%d=%s/%c\n", fds[i].to, s.path, 'a' + i - 1);

		ok(strstr(text, line), "each is where it was to be");
	}
	ok(fcntl(a, F_GETFD) == FD_CLOEXEC && fcntl(b, F_GETFD) == FD_CLOEXEC,
		"ours are unchanged");
	close(a);
	close(b);
	close(c);
}

static void test_codes(void **state)
{
	struct command seven = shell("exit 7"), killed = shell("kill -9 $$");
	struct err err = { "" };
	int code = -1;
	pid_t pid = -7;

	(void)state;
	ok(proc_start(SH, seven.argv, NULL, NULL, 0, &pid, NULL) == 0 &&
			proc_wait(pid, &code) == 0 && code == 7,
		"an exit status");
	ok(proc_start(SH, killed.argv, NULL, NULL, 0, &pid, NULL) == 0 &&
			proc_wait(pid, &code) == 0 && code == 137,
		"128 and the signal");
	ok(proc_start("/nonexistent", seven.argv, NULL, NULL, 0, &pid, &err) == -ENOENT,
		"no program");
	assert_string_equal(err.text, "start '/nonexistent': No such file or directory");
	ok(proc_start("sh", seven.argv, NULL, NULL, 0, &pid, &err) < 0, "PATH is not searched");
	ok(proc_wait(pid, &code) == -ECHILD, "a child is waited for once");
}

static void test_bad_fd(void **state)
{
	struct command c = shell("exit 0");
	struct proc_fd fds[] = { { 999, 3 } };
	struct err err = { "" };
	pid_t pid = -7;

	(void)state;
	ok(proc_start(SH, c.argv, NULL, fds, 1, &pid, &err) == -EBADF && pid == -7,
		"nothing starts");
}

static void test_env(void **state)
{
	struct command c = shell("test \"$A\" = 1 && test -z \"$HOME\"");
	char *const env[] = { (char *)"A=1", NULL };
	int code = -1;
	pid_t pid;

	(void)state;
	ok(proc_start(SH, c.argv, env, NULL, 0, &pid, NULL) == 0 && proc_wait(pid, &code) == 0 &&
			!code,
		"exactly what was given");
}

/* The mask behind that word, without the signals above 31, of which libc keeps some for itself. */
static unsigned long signals_in(const char *status, const char *word)
{
	const char *at = strstr(status, word);

	ok(at, "the mask is there");
	return strtoul(at + strlen(word), NULL, 16) & 0x7fffffff;
}

/* What we ignore or block, the child does not. A shell would set that right itself: cat does not. */
static void test_signals(void **state)
{
	char *const argv[] = { (char *)"cat", (char *)"/proc/self/status", NULL };
	auto_scratch struct scratch s;
	auto_free char *status = NULL;
	struct proc_fd fds[1] = { { -1, 1 } };
	sigset_t set, before;
	int code = -1;
	pid_t pid;

	(void)state;
	scratch_open(&s);
	fds[0].from = openat(s.fd, "status", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &before);
	signal(SIGUSR1, SIG_IGN);
	ok(proc_start("/bin/cat", argv, NULL, fds, 1, &pid, NULL) == 0 &&
			proc_wait(pid, &code) == 0 && code == 0,
		"done");
	signal(SIGUSR1, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(fds[0].from);
	status = scratch_get(&s, "status");
	ok(signals_in(status, "SigBlk:\t") == 0, "none is blocked");
	ok(signals_in(status, "SigIgn:\t") == 0, "none is ignored");
}

static int run(const char *script, const struct buf *in, size_t max, struct buf *out, int *code,
	struct err *err)
{
	struct command c = shell(script);

	return proc_run(SH, c.argv, in->data, in->len, max, out, code, err);
}

static void fill(struct buf *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addc(b, (char)('a' + i % 26));
}

static void test_run(void **state)
{
	auto_buf struct buf in = BUF_INIT, out = BUF_INIT, none = BUF_INIT, empty = BUF_INIT;
	int code = -1;

	(void)state;
	fill(&in, 1 << 20);
	ok(run("cat; exit 3", &in, 1 << 20, &out, &code, NULL) == 0 && code == 3,
		"both ways at once");
	ok(out.len == in.len && !memcmp(out.data, in.data, in.len), "nothing is lost");
	ok(run("cat; echo x", &empty, 10, &none, &code, NULL) == 0 && code == 0,
		"no input is an end");
	assert_string_equal(buf_str(&none), "x\n");
}

static void test_run_deaf(void **state)
{
	auto_buf struct buf in = BUF_INIT, out = BUF_INIT, late = BUF_INIT;
	int code = -1;

	(void)state;
	fill(&in, 1 << 20);
	ok(run("exec <&-; echo done", &in, 100, &out, &code, NULL) == 0 && code == 0, "no reader");
	assert_string_equal(buf_str(&out), "done\n");
	ok(run("head -c 5; exit 4", &in, 100, &late, &code, NULL) == 0 && code == 4,
		"half a reader");
	assert_string_equal(buf_str(&late), "abcde");
}

static void test_run_bound(void **state)
{
	auto_buf struct buf in = BUF_INIT, out = BUF_INIT, exact = BUF_INIT;
	struct err err = { "" };
	int code = -1;

	(void)state;
	alarm(20);
	ok(run("yes", &in, 1000, &out, &code, &err) == -EFBIG, "more than was asked for");
	alarm(0);
	ok(code == 128 + SIGKILL, "and the child is gone");
	ok(text_starts(err.text, "talk to '/bin/sh': "), "and said so");
	ok(run("printf abcde", &in, 5, &exact, &code, &err) == 0 && exact.len == 5,
		"the most allowed");
}

static void test_run_missing(void **state)
{
	struct command c = shell("exit 0");
	auto_buf struct buf out = BUF_INIT;
	struct err err = { "" };
	int code = -1, before = open("/dev/null", O_RDONLY | O_CLOEXEC), after;

	(void)state;
	close(before);
	ok(proc_run("/nonexistent", c.argv, "", 0, 1, &out, &code, &err) == -ENOENT, "no program");
	after = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close(after);
	ok(before == after, "no descriptor is left open");
}

static void test_reset(void **state)
{
	auto_buf struct buf in = BUF_INIT, out = BUF_INIT;
	int code = -1;
	sigset_t held;

	(void)state;
	sigfillset(&held);
	ok(sigprocmask(SIG_SETMASK, &held, NULL) == 0, "all are held back");
	signal(SIGCHLD, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	proc_reset_signals();
	ok(sigprocmask(SIG_SETMASK, NULL, &held) == 0 && !sigismember(&held, SIGTERM),
		"signals come again");
	ok(run("exit 7", &in, 10, &out, &code, NULL) == 0 && code == 7,
		"the end of a child is told");
	ok(signal(SIGHUP, SIG_DFL) == SIG_IGN, "what somebody wants ignored stays so");
}

static const struct CMUnitTest tests[] = {
	TEST("a child has the descriptors listed and no other", test_listed),
	TEST("descriptors may trade places", test_swapped),
	TEST("a child's end is told as a shell tells it", test_codes),
	TEST("a descriptor that is none starts nothing", test_bad_fd),
	TEST("a child's environment is what was given", test_env),
	TEST("a child begins with no signal blocked or ignored", test_signals),
	TEST("a child is fed and read at once", test_run),
	TEST("a child that does not read holds nobody up", test_run_deaf),
	TEST("a child that writes too much is ended", test_run_bound),
	TEST("a program that is not there leaves nothing open", test_run_missing),
	TEST("a program begins with signals that it can live by", test_reset),
};

int main(void)
{
	return cmocka_run_group_tests_name("base/proc", tests, NULL, NULL);
}
