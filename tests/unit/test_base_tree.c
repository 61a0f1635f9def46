#include "tests/unit/check.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/io.h"
#include "tests/unit/scratch.h"

/* Makes a chain of n directories in dirfd, each of that mode once the next is in it; the last holds a file. */
static void make_chain(int dirfd, const char *name, int n, mode_t mode)
{
	int fd = dup(dirfd);

	for (int i = 0; i < n; i++) {
		int next;

		ok(mkdirat(fd, name, 0700) == 0, "a level is made");
		next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ok(next >= 0, "and opened");
		ok(i == 0 || fchmod(fd, mode) == 0, "the one above is closed up");
		close(fd);
		fd = next;
	}
	close(openat(fd, "leaf", O_WRONLY | O_CREAT | O_CLOEXEC, 0));
	ok(fchmod(fd, mode) == 0, "the last too");
	close(fd);
}

static bool is_there(const struct scratch *s, const char *name)
{
	struct stat st;

	return fstatat(s->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void check_removed(const struct scratch *s, const char *name)
{
	struct err err = { "" };

	if (tree_remove(s->fd, name, &err) < 0)
		fail_msg("%s", err.text);
	ok(!is_there(s, name), "it is gone");
}

static void test_remove(void **state)
{
	auto_scratch struct scratch s;

	(void)state;
	scratch_open(&s);
	check_removed(&s, "missing");
	scratch_put(&s, "file", "x");
	check_removed(&s, "file");
	ok(dir_make(s.fd, "d/e/f", 0700, NULL) == 0 && mkfifoat(s.fd, "d/fifo", 0) == 0,
		"prepared");
	for (int i = 0; i < 3000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "d/e/%d", i);
		scratch_put(&s, name, "");
	}
	check_removed(&s, "d");
	ok(mkdirat(s.fd, "a", 0700) == 0 && mkdirat(s.fd, "a/b", 0700) == 0, "prepared");
	check_removed(&s, "a/b");
	ok(is_there(&s, "a"), "what is above stays");
}

static void test_remove_links(void **state)
{
	auto_scratch struct scratch s;
	auto_free char *kept = NULL;

	(void)state;
	scratch_open(&s);
	ok(mkdirat(s.fd, "outside", 0500) == 0 && mkdirat(s.fd, "t", 0700) == 0, "prepared");
	ok(symlinkat("../outside", s.fd, "t/dir") == 0 &&
			symlinkat("../file", s.fd, "t/file") == 0 &&
			symlinkat(".", s.fd, "t/self") == 0 && symlinkat("t", s.fd, "link") == 0,
		"prepared");
	scratch_put(&s, "file", "kept");
	check_removed(&s, "link");
	ok(is_there(&s, "t/dir"), "a link to a tree is only a link");
	check_removed(&s, "t");
	kept = scratch_get(&s, "file");
	assert_string_equal(kept, "kept");
	ok(is_there(&s, "outside"), "what links lead to stays");
}

static void test_remove_closed(void **state)
{
	static const mode_t modes[] = { 0, 0100, 0200, 0300, 0400, 0500, 0600 };
	auto_scratch struct scratch s;

	(void)state;
	scratch_open(&s);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		make_chain(s.fd, "t", 4, modes[i]);
		check_removed(&s, "t");
	}
}

static void test_remove_deep(void **state)
{
	static const mode_t modes[] = { 0700, 0, 0500 };
	auto_scratch struct scratch s;
	char name[201];

	(void)state;
	scratch_open(&s);
	memset(name, 'n', 200);
	name[200] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		make_chain(s.fd, name, 700, modes[i]);
		check_removed(&s, name);
	}
}

static void *remove_deep(void *arg)
{
	struct scratch *s = arg;

	return tree_remove(s->fd, "d", NULL) < 0 ? s : NULL;
}

/* However many descriptors there may be: depth is the job's to choose, and the stack is ours. */
static void test_remove_little_stack(void **state)
{
	auto_scratch struct scratch s;
	struct rlimit before, most;
	pthread_attr_t small;
	pthread_t thread;
	void *failed = &s;

	(void)state;
	scratch_open(&s);
	make_chain(s.fd, "d", 2500, 0700);
	ok(getrlimit(RLIMIT_NOFILE, &before) == 0, "prepared");
	most = (struct rlimit){ before.rlim_max, before.rlim_max };
	ok(setrlimit(RLIMIT_NOFILE, &most) == 0, "prepared");
	ok(pthread_attr_init(&small) == 0 && pthread_attr_setstacksize(&small, 1 << 19) == 0 &&
			pthread_create(&thread, &small, remove_deep, &s) == 0 &&
			pthread_join(thread, &failed) == 0,
		"a thread with a small stack is done");
	ok(setrlimit(RLIMIT_NOFILE, &before) == 0 && pthread_attr_destroy(&small) == 0, "put back");
	ok(!failed && !is_there(&s, "d"), "it is gone");
}

static void test_remove_few_descriptors(void **state)
{
	auto_scratch struct scratch s;
	struct rlimit before, few = { 40, 0 };
	int r;

	(void)state;
	scratch_open(&s);
	make_chain(s.fd, "t", 200, 0700);
	ok(getrlimit(RLIMIT_NOFILE, &before) == 0, "prepared");
	few.rlim_max = before.rlim_max;
	ok(setrlimit(RLIMIT_NOFILE, &few) == 0, "prepared");
	r = tree_remove(s.fd, "t", NULL);
	ok(setrlimit(RLIMIT_NOFILE, &before) == 0, "put back");
	ok(r == 0 && !is_there(&s, "t"), "forty descriptors are enough for two hundred levels");
}

/* A job that knows how parked directories are called can't stop them from being parked. */
static void test_remove_planted(void **state)
{
	auto_scratch struct scratch s;
	int t;

	(void)state;
	scratch_open(&s);
	ok(mkdirat(s.fd, "t", 0700) == 0, "prepared");
	t = openat(s.fd, "t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 100; i++) {
		auto_free char *name = xasprintf(".deep-%d-%d", getpid(), i);
		auto_free char *deep = xasprintf("%d", i);

		if (i % 10 == 0)
			make_chain(t, deep, 300, 0700);
		if (i % 2)
			close(openat(t, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
		else
			make_chain(t, name, 1, 0700);
	}
	close(t);
	check_removed(&s, "t");
}

static void *remove_too(void *arg)
{
	struct scratch *s = arg;

	return tree_remove(s->fd, "t", NULL) < 0 ? s : NULL;
}

static void test_remove_together(void **state)
{
	auto_scratch struct scratch s;

	(void)state;
	scratch_open(&s);
	for (int round = 0; round < 20; round++) {
		void *failed = &s;
		pthread_t other;
		int t;

		ok(mkdirat(s.fd, "t", 0700) == 0, "prepared");
		t = openat(s.fd, "t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		for (int i = 0; i < 20; i++) {
			char name[32];

			snprintf(name, sizeof(name), "%d", i);
			make_chain(t, name, 5, 0500);
		}
		close(t);
		ok(pthread_create(&other, NULL, remove_too, &s) == 0, "started");
		check_removed(&s, "t");
		ok(pthread_join(other, &failed) == 0 && !failed, "both see it gone");
	}
}

/* What a child finds out; cmocka itself stays in the parent. */
enum { HELD, FAILED, NO_MOUNT };

static int try_mounts(const struct scratch *s)
{
	bool user = geteuid() != 0;

	if (unshare(user ? CLONE_NEWUSER | CLONE_NEWNS : CLONE_NEWNS) < 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || chdir(s->path) < 0 ||
		mount("other", "t/same", NULL, MS_BIND, NULL) < 0 ||
		mount("tmpfs", "u/new", "tmpfs", 0, "mode=0500") < 0)
		return NO_MOUNT;
	if (tree_remove(AT_FDCWD, "t", NULL) != -EXDEV || access("other/kept", F_OK) < 0 ||
		tree_remove(AT_FDCWD, "u", NULL) != -EXDEV)
		return FAILED;
	return umount("t/same") == 0 && umount("u/new") == 0 ? HELD : FAILED;
}

static void test_remove_mounts(void **state)
{
	auto_scratch struct scratch s;
	int status = -1;

	(void)state;
	scratch_open(&s);
	ok(dir_make(s.fd, "t/same", 0700, NULL) == 0 && dir_make(s.fd, "u/new", 0700, NULL) == 0 &&
			dir_make(s.fd, "other", 0700, NULL) == 0,
		"prepared");
	scratch_put(&s, "other/kept", "");
	if (fork() == 0)
		_exit(try_mounts(&s));
	ok(wait(&status) > 0 && WIFEXITED(status), "the child ends");
	if (WEXITSTATUS(status) == NO_MOUNT) {
		fprintf(stderr, "# skipped: nothing can be mounted here\n");
		skip();
	}
	ok(WEXITSTATUS(status) == HELD,
		"a mount of another or of the same file system is not entered");
}

static void test_usage(void **state)
{
	auto_scratch struct scratch s;
	auto_buf struct buf large = BUF_INIT;
	uint64_t bytes, files, empty;

	(void)state;
	scratch_open(&s);
	ok(tree_usage(s.fd, &empty, &files) == 0 && empty == 0 && files == 0, "nothing is nothing");
	for (int i = 0; i < 1 << 20; i++)
		buf_addc(&large, (char)i);
	ok(file_write(s.fd, "a", 0, large.data, large.len, FILE_SYNC, NULL) == 0, "prepared");
	ok(dir_make(s.fd, "d", 0700, NULL) == 0 && symlinkat("/usr", s.fd, "d/link") == 0,
		"prepared");
	ok(tree_usage(s.fd, &bytes, &files) == 0 && files == 3,
		"each name counts, links lead nowhere");
	ok(bytes >= 1 << 20 && bytes < 3 << 20, "what the disk holds is counted");
	ok(linkat(s.fd, "a", s.fd, "d/b", 0) == 0, "prepared");
	ok(tree_usage(s.fd, &bytes, &files) == 0 && files == 4 && bytes >= 2 << 20,
		"an inode counts once a name");
}

static mode_t mode_of(const struct scratch *s, const char *name)
{
	struct stat st;

	ok(fstatat(s->fd, name, &st, 0) == 0, "it is there");
	return st.st_mode & 07777;
}

static void test_usage_closed(void **state)
{
	auto_scratch struct scratch s;
	uint64_t bytes, files;
	struct stat before, after, closed;

	(void)state;
	scratch_open(&s);
	make_chain(s.fd, "t", 3, 0);
	ok(fstatat(s.fd, "t", &closed, 0) == 0, "prepared");
	ok(mkdirat(s.fd, "open", 0500) == 0 && fstatat(s.fd, "open", &before, 0) == 0, "prepared");
	ok(tree_usage(s.fd, &bytes, &files) == 0 && files == 5, "closed directories are counted");
	ok(mode_of(&s, "t") == 0 && mode_of(&s, "open") == 0500, "and closed afterwards");
	ok(fstatat(s.fd, "open", &after, 0) == 0 && before.st_ctim.tv_sec == after.st_ctim.tv_sec &&
			before.st_ctim.tv_nsec == after.st_ctim.tv_nsec,
		"one that can be read is left alone");
	ok(fstatat(s.fd, "t", &after, 0) == 0, "it is there");
	ok(geteuid() != 0 || !memcmp(&after.st_ctim, &closed.st_ctim, sizeof(after.st_ctim)),
		"and root can read all of them");
}

struct reopen {
	const struct scratch *s;
	bool stop, done;
};

static void *reopen(void *arg)
{
	struct reopen *r = arg;

	while (!__atomic_load_n(&r->stop, __ATOMIC_ACQUIRE) && !r->done)
		if (mode_of(r->s, "t") == 0500)
			r->done = fchmodat(r->s->fd, "t", 0710, 0) == 0;
	return NULL;
}

/* The tree is a running job's: a mode that it gives meanwhile is not taken back. */
static void test_usage_while_modes_change(void **state)
{
	auto_scratch struct scratch s;
	struct reopen r = { .s = &s };
	uint64_t bytes, files;

	(void)state;
	if (geteuid() == 0) {
		fprintf(stderr, "# skipped: root changes no mode\n");
		skip();
	}
	scratch_open(&s);
	ok(mkdirat(s.fd, "t", 0700) == 0, "prepared");
	for (int i = 0; i < 3000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "t/%d", i);
		ok(mkdirat(s.fd, name, 0700) == 0, "prepared");
	}
	for (int i = 0; i < 100 && !r.done; i++) {
		pthread_t thread;

		r.stop = false;
		ok(fchmodat(s.fd, "t", 0, 0) == 0, "prepared");
		ok(pthread_create(&thread, NULL, reopen, &r) == 0, "prepared");
		ok(tree_usage(s.fd, &bytes, &files) == 0, "counted");
		__atomic_store_n(&r.stop, true, __ATOMIC_RELEASE);
		ok(pthread_join(thread, NULL) == 0, "joined");
	}
	ok(r.done && mode_of(&s, "t") == 0710, "it stays as the job left it");
}

static void test_usage_deep(void **state)
{
	auto_scratch struct scratch s;
	uint64_t bytes, files;

	(void)state;
	scratch_open(&s);
	make_chain(s.fd, "t", 256, 0700);
	ok(tree_usage(s.fd, &bytes, &files) == 0 && files == 257, "256 levels are counted");
	check_removed(&s, "t");
	make_chain(s.fd, "t", 258, 0700);
	ok(tree_usage(s.fd, &bytes, &files) == -ELOOP, "more are refused");
}

static const struct CMUnitTest tests[] = {
	TEST("a tree is removed, and what is missing is no error", test_remove),
	TEST("links are removed and never followed", test_remove_links),
	TEST("directories of any mode are removed", test_remove_closed),
	TEST("a tree deeper than PATH_MAX is removed, closed or not", test_remove_deep),
	TEST("a deep tree is removed on a small stack", test_remove_little_stack),
	TEST("a deep tree is removed with few descriptors", test_remove_few_descriptors),
	TEST("names in the way of deep directories are no obstacle", test_remove_planted),
	TEST("two may remove one tree at once", test_remove_together),
	TEST("a mount in a tree is not entered", test_remove_mounts),
	TEST("usage counts blocks and names", test_usage),
	TEST("usage looks into closed directories and leaves modes as they were",
		test_usage_closed),
	TEST("usage takes back no mode that a job gives meanwhile", test_usage_while_modes_change),
	TEST("usage refuses a tree without end", test_usage_deep),
};

int main(void)
{
	return cmocka_run_group_tests_name("base/tree", tests, NULL, NULL);
}
