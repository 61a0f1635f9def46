#include "tests/unit/check.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/store.h"
#include "tests/unit/scratch.h"

static void enter(const struct scratch *scratch, struct store *s)
{
	auto_free char *path = xasprintf("%s/log/", scratch->path);

	ok(mkdirat(scratch->fd, "log", 0755) == 0, "directory");
	ok(store_open(path, s, NULL) == 0 && store_enter(s, NULL) == 0, "open");
}

static void test_put(void **state)
{
	auto_scratch struct scratch scratch;
	auto_store struct store s = STORE_INIT;
	auto_buf struct buf got = BUF_INIT;

	(void)state;
	scratch_open(&scratch);
	enter(&scratch, &s);
	ok(store_put(&s, "tile/0/x001/000.p/7", "one", 3, NULL) == 0, "with its directories");
	ok(store_put(&s, "tile/0/x001/000.p/7", "two2", 4, NULL) == 0, "over what is there");
	ok(store_get(s.dir, "tile/0/x001/000.p/7", 4, &got, NULL) == 0 && !strcmp(got.data, "two2"),
		"read");
	ok(faccessat(scratch.fd, "log.new", F_OK, 0) < 0, "nothing is left beside it");
}

static void test_put_fails(void **state)
{
	auto_scratch struct scratch scratch;
	auto_store struct store s = STORE_INIT;

	(void)state;
	scratch_open(&scratch);
	enter(&scratch, &s);
	ok(store_put(&s, "file", "x", 1, NULL) == 0, "a file");
	ok(store_put(&s, "file/below", "x", 1, NULL) == -ENOTDIR, "nothing can be below it");
	ok(faccessat(scratch.fd, "log.new", F_OK, 0) < 0, "nothing is left beside it");
}

/* What an outsider who wrote the directory may have put where a file is read. */
static void test_get(void **state)
{
	auto_scratch struct scratch scratch;
	auto_store struct store s = STORE_INIT;
	auto_buf struct buf got = BUF_INIT;

	(void)state;
	scratch_open(&scratch);
	enter(&scratch, &s);
	scratch_put(&scratch, "log/file", "12345");
	ok(store_get(s.dir, "file", 5, &got, NULL) == 0 && got.len == 5, "a file");
	ok(store_get(s.dir, "file", 4, &got, NULL) == -EFBIG, "larger than it may be");
	ok(store_get(s.dir, "none", 4, &got, NULL) == -ENOENT && !got.len, "missing");
	ok(mkdirat(s.dir, "dir", 0755) == 0 && store_get(s.dir, "dir", 4, &got, NULL) == -EINVAL,
		"dir");
	ok(mkfifoat(s.dir, "fifo", 0600) == 0 && store_get(s.dir, "fifo", 4, &got, NULL) == -EINVAL,
		"a fifo does not hold us up");
	ok(symlinkat("file", s.dir, "link") == 0 &&
			store_get(s.dir, "link", 5, &got, NULL) == -ELOOP,
		"a symlink");
	ok(symlinkat(".", s.dir, "here") == 0 &&
			store_get(s.dir, "here/file", 5, &got, NULL) == -ELOOP,
		"a directory that is one");
	ok(store_get(s.dir, "../log.new", 5, &got, NULL) < 0, "out of the log");
}

static void test_create(void **state)
{
	auto_scratch struct scratch scratch;
	auto_free char *path = NULL, *text = NULL;
	struct stat st;

	(void)state;
	scratch_open(&scratch);
	path = xasprintf("%s/file", scratch.path);
	ok(store_create(path, 0644, "one", 3, NULL) == 0, "a new file");
	ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0644, "has that mode");
	ok(store_create(path, 0644, "two", 3, NULL) == -EEXIST, "is not written over");
	text = scratch_get(&scratch, "file");
	assert_string_equal(text, "one");
}

static void test_dirs(void **state)
{
	auto_scratch struct scratch scratch;
	auto_free char *path = NULL;
	struct stat st;

	(void)state;
	scratch_open(&scratch);
	path = xasprintf("%s/a/b/c", scratch.path);
	ok(store_make_dirs(path, 0700, NULL) == 0 && store_make_dirs(path, 0700, NULL) == 0,
		"twice");
	ok(stat(path, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 07777) == 0700, "mode");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("a file is put in its place whole, with the directories it needs", test_put),
		TEST("a file that can't be put leaves nothing behind", test_put_fails),
		TEST("only a regular file in the log itself is read", test_get),
		TEST("a new file is never made over another", test_create),
		TEST("directories are made as needed", test_dirs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
