#include "tests/unit/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "base/io.h"
#include "base/text.h"
#include "tests/unit/scratch.h"

static int read_text(int dirfd, const char *path, size_t max, char **ret, struct err *err)
{
	auto_buf struct buf b = BUF_INIT;
	int r = file_read(dirfd, path, max, &b, err);

	*ret = r < 0 ? NULL : buf_steal(&b);
	return r;
}

static void test_read(void **state)
{
	auto_scratch struct scratch s;
	auto_free char *text = NULL, *none = NULL, *large = NULL;
	struct err err = { "" };

	(void)state;
	scratch_open(&s);
	scratch_put(&s, "f", "hello");
	ok(read_text(s.fd, "f", 5, &text, &err) == 0 && !strcmp(text, "hello"), "read whole");
	ok(read_text(s.fd, "f", 4, &large, &err) == -EFBIG, "a byte more than allowed");
	assert_string_equal(err.text, "read 'f': larger than 4 bytes");
	ok(read_text(s.fd, "none", 5, &none, &err) == -ENOENT, "missing");
	assert_string_equal(err.text, "read 'none': No such file or directory");
}

static void test_read_large(void **state)
{
	auto_scratch struct scratch s;
	auto_buf struct buf in = BUF_INIT, out = BUF_INIT;

	(void)state;
	scratch_open(&s);
	for (int i = 0; i < 50000; i++)
		buf_addc(&in, (char)i);
	ok(file_write(s.fd, "f", 0600, in.data, in.len, 0, NULL) == 0, "written");
	buf_adds(&out, "before");
	ok(file_read(s.fd, "f", 50000, &out, NULL) == 0 && out.len == 50006 &&
			!memcmp(out.data + 6, in.data, in.len),
		"any bytes are appended");
}

/* alarm() ends the test where the call waits for a writer. */
static void test_read_special(void **state)
{
	static const char *const special[] = { "fifo", "dir", "link" };
	auto_scratch struct scratch s;
	struct err err = { "" };
	auto_free char *text = NULL, *linked = NULL;

	(void)state;
	scratch_open(&s);
	ok(mkfifoat(s.fd, "fifo", 0600) == 0 && mkdirat(s.fd, "dir", 0700) == 0 &&
			symlinkat("fifo", s.fd, "link") == 0,
		"prepared");
	alarm(10);
	for (size_t i = 0; i < ARRAY_SIZE(special); i++) {
		ok(read_text(s.fd, special[i], 100, &text, &err) == -EINVAL, "refused");
		ok(text_ends(err.text, ": not a regular file"), "and said so");
	}
	ok(read_text(AT_FDCWD, "/dev/zero", 100, &linked, &err) == -EINVAL, "a device is none");
	alarm(0);
}

static unsigned int count_names(const struct scratch *s)
{
	DIR *dir = opendir(s->path);
	unsigned int n = 0;

	ok(dir, "the directory can be listed");
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void test_write(void **state)
{
	auto_scratch struct scratch s;
	auto_free char *first = NULL, *second = NULL;
	struct stat st;

	(void)state;
	scratch_open(&s);
	ok(file_write(s.fd, "f", 0640, "one", 3, FILE_SYNC, NULL) == 0, "made");
	first = scratch_get(&s, "f");
	assert_string_equal(first, "one");
	ok(file_write(s.fd, "f", 0604, "2", 1, 0, NULL) == 0, "replaced");
	second = scratch_get(&s, "f");
	assert_string_equal(second, "2");
	ok(fstatat(s.fd, "f", &st, 0) == 0 && (st.st_mode & 07777) == 0604, "with the mode given");
	ok(count_names(&s) == 1, "nothing else is left there");
}

static void test_write_exclusive(void **state)
{
	auto_scratch struct scratch s;
	auto_free char *text = NULL;
	struct err err = { "" };

	(void)state;
	scratch_open(&s);
	ok(file_write(s.fd, "f", 0600, "1", 1, FILE_EXCL, &err) == 0, "made");
	ok(file_write(s.fd, "f", 0600, "2", 1, FILE_EXCL | FILE_SYNC, &err) == -EEXIST, "refused");
	assert_string_equal(err.text, "write 'f': File exists");
	text = scratch_get(&s, "f");
	assert_string_equal(text, "1");
	ok(symlinkat("nowhere", s.fd, "link") == 0, "prepared");
	ok(file_write(s.fd, "link", 0600, "2", 1, FILE_EXCL, &err) == -EEXIST,
		"a link is there too");
	ok(count_names(&s) == 2, "nothing else is left there");
}

/* A reader that opened the old file goes on with the old file; a link is replaced, not followed. */
static void test_write_atomic(void **state)
{
	auto_scratch struct scratch s;
	auto_free char *outside = NULL, *linked = NULL;
	char old[4] = "";
	size_t n;
	int fd;

	(void)state;
	scratch_open(&s);
	scratch_put(&s, "f", "old");
	scratch_put(&s, "target", "safe");
	ok(symlinkat("target", s.fd, "link") == 0, "prepared");
	fd = openat(s.fd, "f", O_RDONLY | O_CLOEXEC);
	ok(file_write(s.fd, "f", 0600, "new", 3, 0, NULL) == 0, "replaced");
	ok(io_read_full(fd, old, 3, &n) == 0 && !memcmp(old, "old", 3), "the old one is whole");
	close(fd);
	ok(file_write(s.fd, "link", 0600, "new", 3, 0, NULL) == 0, "replaced");
	outside = scratch_get(&s, "target");
	linked = scratch_get(&s, "link");
	assert_string_equal(outside, "safe");
	assert_string_equal(linked, "new");
}

struct writer {
	pthread_t thread;
	const struct scratch *s;
	char c;
	int r;
};

static void *write_often(void *arg)
{
	struct writer *w = arg;
	char text[20000];

	memset(text, w->c, sizeof(text));
	for (int i = 0; i < 200 && w->r == 0; i++)
		w->r = file_write(w->s->fd, "f", 0600, text, sizeof(text), 0, NULL);
	return NULL;
}

/* Threads stand for processes of one number in two containers over one directory. */

static void test_write_together(void **state)
{
	auto_scratch struct scratch s;
	struct writer w[3] = { { .s = &s, .c = 'a' }, { .s = &s, .c = 'b' },
		{ .s = &s, .c = 'c' } };
	bool whole = true;
	int bad = 0;

	(void)state;
	scratch_open(&s);
	scratch_put(&s, "f", "");
	for (size_t i = 0; i < 3; i++)
		ok(pthread_create(&w[i].thread, NULL, write_often, &w[i]) == 0, "started");
	for (int i = 0; i < 300 && whole; i++) {
		auto_free char *text = scratch_get(&s, "f");
		size_t n = strlen(text);

		whole = !n || (n == 20000 && strspn(text, (char[]){ text[0], '\0' }) == n);
	}
	for (size_t i = 0; i < 3; i++) {
		pthread_join(w[i].thread, NULL);
		bad += w[i].r != 0;
	}
	ok(whole && !bad, "every reader saw one text whole, every writer was done");
	ok(count_names(&s) == 1, "nothing else is left there");
}

static void test_write_planted(void **state)
{
	auto_scratch struct scratch s;
	auto_free char *planted = xasprintf("f.tmp-%d", getpid()), *kept = NULL;

	(void)state;
	scratch_open(&s);
	scratch_put(&s, planted, "planted");
	ok(linkat(s.fd, planted, s.fd, "other", 0) == 0, "prepared");
	ok(file_write(s.fd, "f", 0644, "secret", 6, 0, NULL) == 0, "written");
	kept = scratch_get(&s, "other");
	assert_string_equal(kept, "planted");
}

static void test_dir_make(void **state)
{
	auto_scratch struct scratch s;
	struct err err = { "" };
	struct stat st;

	(void)state;
	scratch_open(&s);
	ok(dir_make(s.fd, "a/b//c/", 0750, &err) == 0, "made with its parents");
	ok(fstatat(s.fd, "a/b/c", &st, 0) == 0 && (st.st_mode & 07777) == 0750, "with its mode");
	ok(dir_make(s.fd, "a", 0700, &err) == 0 && fstatat(s.fd, "a", &st, 0) == 0 &&
			(st.st_mode & 07777) == 0750,
		"one that exists stays as it is");
	ok(symlinkat("a", s.fd, "link") == 0 && dir_make(s.fd, "link/x", 0700, &err) == 0 &&
			dir_make(s.fd, "link", 0700, &err) == 0,
		"a link to a directory is one");
	ok(dir_make(s.fd, ".", 0700, &err) == 0 && dir_make(s.fd, "/", 0700, &err) == 0,
		"roots exist");
}

static void test_dir_make_refused(void **state)
{
	auto_scratch struct scratch s;
	struct err err = { "" };

	(void)state;
	scratch_open(&s);
	scratch_put(&s, "file", "");
	ok(symlinkat("nowhere", s.fd, "dangling") == 0, "prepared");
	ok(dir_make(s.fd, "file", 0700, &err) == -ENOTDIR, "a file is no directory");
	assert_string_equal(err.text, "create directory 'file': Not a directory");
	ok(dir_make(s.fd, "file/x", 0700, &err) == -ENOTDIR, "nor has it any in it");
	ok(dir_make(s.fd, "dangling", 0700, &err) < 0, "a link to nothing is no directory");
	ok(dir_make(s.fd, "", 0700, &err) < 0, "nor is no name");
}

static void test_dir_open(void **state)
{
	auto_scratch struct scratch s;
	struct err err = { "" };
	int fd = -1;

	(void)state;
	scratch_open(&s);
	scratch_put(&s, "file", "");
	ok(mkdirat(s.fd, "dir", 0700) == 0 && symlinkat("dir", s.fd, "link") == 0, "prepared");
	ok(dir_open(s.fd, "link", &fd, &err) == -ENOTDIR && dir_open(s.fd, "file", &fd, &err) < 0 &&
			dir_open(s.fd, "none", &fd, &err) == -ENOENT && fd == -1,
		"a link, a file and nothing are refused");
	ok(dir_open(s.fd, "dir", &fd, &err) == 0 && fcntl(fd, F_GETFD) & FD_CLOEXEC,
		"close-on-exec");
	close(fd);
}

static void test_beneath(void **state)
{
	static const char *const out[] = { "/etc/passwd", "../..", "up/x", "abs", "d/../../x" };
	auto_scratch struct scratch s;
	int fd;

	(void)state;
	scratch_open(&s);
	ok(mkdirat(s.fd, "d", 0700) == 0 && symlinkat("..", s.fd, "up") == 0 &&
			symlinkat("/etc/passwd", s.fd, "abs") == 0 &&
			symlinkat("d", s.fd, "in") == 0,
		"prepared");
	for (size_t i = 0; i < ARRAY_SIZE(out); i++) {
		ok(open_beneath(s.fd, out[i], O_RDONLY, 0, RESOLVE_BENEATH) == -EXDEV, "asked for");
		ok(open_beneath(s.fd, out[i], O_RDONLY, 0, 0) == -EXDEV, "and by its name");
	}
	ok(open_beneath(s.fd, "in", O_RDONLY, 0, RESOLVE_NO_SYMLINKS) == -ELOOP, "no links at all");
	fd = open_beneath(s.fd, "in/new", O_WRONLY | O_CREAT | O_EXCL, 0600, RESOLVE_BENEATH);
	ok(fd >= 0 && fcntl(fd, F_GETFD) & FD_CLOEXEC, "a link inside leads inside");
	close(fd);
	fd = open_beneath(s.fd, "/up/in/new", O_RDONLY, 0, RESOLVE_IN_ROOT);
	ok(fd >= 0, "as root of its own nothing leads out either");
	close(fd);
}

static void test_short(void **state)
{
	char data[10] = "", many[70000];
	struct buf all = BUF_INIT;
	size_t n = 99;
	int p[2];

	(void)state;
	memset(many, 'm', sizeof(many));
	ok(pipe2(p, O_CLOEXEC) == 0, "prepared");
	if (fork() == 0) {
		int r = 0;

		close(p[0]);
		for (const char *c = "split"; *c && r == 0; c++)
			r = io_write_all(p[1], c, 1);
		_exit(r < 0 || io_write_all(p[1], many, sizeof(many)) < 0);
	}
	close(p[1]);
	ok(io_read_full(p[0], data, 5, &n) == 0 && n == 5 && !strcmp(data, "split"),
		"put together");
	ok(io_read_all(p[0], sizeof(many), &all) == 0 && all.len == sizeof(many), "to the end");
	ok(io_read_full(p[0], data, 5, &n) == 0 && n == 0, "at the end there is nothing");
	close(p[0]);
	wait(NULL);
	buf_done(&all);
	ok(io_read_full(-1, data, 1, &n) == -EBADF && io_write_all(-1, "x", 1) == -EBADF, "errors");
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* A child that has the lock until it has slept for so long. */
static pid_t hold(const char *path, long ms, int ready)
{
	struct timespec pause = { 0, ms * 1000000L };
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || file_lock(fd, LOCK_EX) < 0 || write(ready, "", 1) != 1)
		_exit(1);
	nanosleep(&pause, NULL);
	_exit(0);
}

static void test_lock(void **state)
{
	struct sigaction interrupting = { .sa_handler = on_alarm };
	struct itimerval soon = { { 0, 20000 }, { 0, 20000 } }, never = { { 0, 0 }, { 0, 0 } };
	auto_scratch struct scratch scratch;
	auto_free char *path = NULL;
	auto_fd int fd = -1;
	int ready[2], code;
	char byte;
	pid_t pid;

	(void)state;
	scratch_open(&scratch);
	scratch_put(&scratch, "lock", "");
	path = xasprintf("%s/lock", scratch.path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ok(fd >= 0 && pipe2(ready, O_CLOEXEC) == 0, "open");
	pid = hold(path, 200, ready[1]);
	ok(read(ready[0], &byte, 1) == 1, "it has the lock");
	ok(file_lock(fd, LOCK_EX | LOCK_NB) == -EBUSY, "it can be asked for without waiting");
	ok(sigaction(SIGALRM, &interrupting, NULL) == 0 && setitimer(ITIMER_REAL, &soon, NULL) == 0,
		"signals");
	ok(file_lock(fd, LOCK_EX) == 0, "it is waited for until it is free");
	ok(setitimer(ITIMER_REAL, &never, NULL) == 0, "no more signals");
	ok(waitpid(pid, &code, 0) == pid && code == 0, "the child");
	close(ready[0]);
	close(ready[1]);
}

/* That it is on disk can't be seen from here; that the right directory is asked for, or none, can. */
static void test_sync_name(void **state)
{
	auto_scratch struct scratch s;

	(void)state;
	scratch_open(&s);
	ok(mkdirat(s.fd, "d", 0700) == 0, "a directory");
	scratch_put(&s, "f", "");
	ok(file_sync_name(s.fd, "d/f") == 0 && file_sync_name(s.fd, "d") == 0, "a name");
	ok(file_sync_name(s.fd, "none/f") == -ENOENT, "in a directory that is not there");
	ok(file_sync_name(s.fd, "f/g") == -ENOTDIR, "in what is none");
}

static const struct CMUnitTest tests[] = {
	TEST("a file is read whole or not at all", test_read),
	TEST("a file of any bytes is appended to what is there", test_read_large),
	TEST("only a regular file is read, and a fifo holds nobody up", test_read_special),
	TEST("a file is replaced, with its mode", test_write),
	TEST("an exclusive write leaves what is there", test_write_exclusive),
	TEST("a reader sees the old file or the new one", test_write_atomic),
	TEST("many writers at once never tear a file", test_write_together),
	TEST("what lies in the way of the temporary file is not written to", test_write_planted),
	TEST("a directory is made with its parents", test_dir_make),
	TEST("what is no directory does not pass for one", test_dir_make_refused),
	TEST("a directory is opened, and no link to one", test_dir_open),
	TEST("what is opened beneath a directory lies beneath it", test_beneath),
	TEST("a signal does not end the wait for a lock", test_lock),
	TEST("a name is made durable where it lies", test_sync_name),
	TEST("short reads and writes are put together", test_short),
};

int main(void)
{
	return cmocka_run_group_tests_name("base/io", tests, NULL, NULL);
}
