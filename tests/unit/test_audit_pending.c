#include "tests/unit/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/pending.h"
#include "tests/unit/scratch.h"

static void enter(const struct scratch *scratch, struct store *s)
{
	auto_free char *path = xasprintf("%s/log", scratch->path);

	ok(mkdirat(scratch->fd, "log", 0755) == 0, "directory");
	ok(store_open(path, s, NULL) == 0 && store_enter(s, NULL) == 0, "open");
}

static void test_write(void **state)
{
	auto_scratch struct scratch scratch;
	auto_store struct store s = STORE_INIT;
	auto_pending struct pending p = PENDING_INIT;
	auto_free char *one = NULL, *two = NULL, *head = NULL;

	(void)state;
	scratch_open(&scratch);
	enter(&scratch, &s);
	ok(pending_is_empty(&p), "nothing yet");
	pending_add(&p, "tile/0/001", "one", 3);
	pending_add(&p, "tile/0/000", "two", 3);
	ok(faccessat(scratch.fd, "log/tile", F_OK, 0) < 0,
		"nothing is written before it is wanted");
	buf_adds(&p.checkpoint, "head");
	ok(!pending_is_empty(&p) && pending_write(&p, &s, NULL) == 0, "write");
	one = scratch_get(&scratch, "log/tile/0/001");
	two = scratch_get(&scratch, "log/tile/0/000");
	head = scratch_get(&scratch, "log/checkpoint");
	assert_string_equal(one, "one");
	assert_string_equal(two, "two");
	assert_string_equal(head, "head");
}

/* Whoever reads the log meanwhile goes by the checkpoint. */
static void test_checkpoint_last(void **state)
{
	auto_scratch struct scratch scratch;
	auto_store struct store s = STORE_INIT;
	auto_pending struct pending p = PENDING_INIT;

	(void)state;
	scratch_open(&scratch);
	enter(&scratch, &s);
	scratch_put(&scratch, "log/tile", "in the way");
	pending_add(&p, "tile/0/000", "two", 3);
	buf_adds(&p.checkpoint, "head");
	ok(pending_write(&p, &s, NULL) == -ENOTDIR, "a file can't be put");
	ok(faccessat(scratch.fd, "log/checkpoint", F_OK, 0) < 0, "so nor is the checkpoint");
}

static void test_prune(void **state)
{
	auto_scratch struct scratch scratch;
	auto_store struct store s = STORE_INIT;
	auto_pending struct pending p = PENDING_INIT;

	(void)state;
	scratch_open(&scratch);
	enter(&scratch, &s);
	scratch_put(&scratch, "log/same", "1234");
	scratch_put(&scratch, "log/other", "1235");
	scratch_put(&scratch, "log/longer", "12345");
	scratch_put(&scratch, "log/shorter", "123");
	ok(symlinkat("same", s.dir, "link") == 0, "link");
	pending_add(&p, "same", "1234", 4);
	pending_add(&p, "other", "1234", 4);
	pending_add(&p, "longer", "1234", 4);
	pending_add(&p, "shorter", "1234", 4);
	pending_add(&p, "link", "1234", 4);
	pending_add(&p, "missing", "1234", 4);
	pending_prune(&p, s.dir);
	assert_int_equal(p.n, 5);
	ok(!pending_find(&p, "same"), "what is there byte for byte stays as it is");
}

static void test_find(void **state)
{
	auto_scratch struct scratch scratch;
	auto_pending struct pending p = PENDING_INIT;
	char name[16];

	(void)state;
	scratch_open(&scratch);
	ok(!pending_find(&p, "0"), "nothing is found in nothing");
	for (int i = 100; i > 0; i--) {
		snprintf(name, sizeof(name), "%d", i);
		pending_add(&p, name, name, strlen(name));
	}
	pending_prune(&p, scratch.fd);
	for (int i = 1; i <= 100; i++) {
		const struct buf *bytes;

		snprintf(name, sizeof(name), "%d", i);
		bytes = pending_find(&p, name);
		ok(bytes && !strcmp(buf_str(bytes), name), "each has its bytes");
	}
	ok(!pending_find(&p, "0") && !pending_find(&p, "1000"), "no other is found");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("files are put in their places when they are written", test_write),
		TEST("the checkpoint comes last", test_checkpoint_last),
		TEST("files that are there already are forgotten", test_prune),
		TEST("a file is found by its path", test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
