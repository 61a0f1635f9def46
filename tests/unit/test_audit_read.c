#include "tests/unit/audit_kit.h"

#include <fcntl.h>
#include <string.h>

#include "audit/read.h"

static void expect_entry(struct reader *r, uint64_t n)
{
	auto_buf struct buf want = BUF_INIT;
	struct entry e;
	struct err err;

	kit_add_entry(&want, n);
	ok(reader_get(r, n, &e, &err) == 0, err.text);
	ok(e.len == want.len - 2 && !memcmp(e.data, want.data + 2, e.len),
		"the entry that was added");
}

static void test_all(void **state)
{
	auto_kit struct kit k;
	auto_reader struct reader *r = NULL;
	struct entry e;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 600, 100) == 0, k.err.text);
	ok(reader_open(k.dir, &r, &k.err) == 0, k.err.text);
	ok(reader_head(r)->size == 600 && !strcmp(reader_head(r)->origin, KIT_NAME), "the head");
	for (uint64_t i = 0; i < 600; i++)
		expect_entry(r, i);
	for (uint64_t i = 600; i-- > 0;)
		expect_entry(r, i);
	ok(reader_get(r, 600, &e, &k.err) == -ERANGE, "none behind the last");
	ok(reader_get(r, UINT64_MAX, &e, &k.err) == -ERANGE, "nor far behind");
	expect_entry(r, 7);
}

static void test_grown(void **state)
{
	auto_kit struct kit k;
	auto_reader struct reader *r = NULL;
	struct entry e;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 10, 10) == 0, k.err.text);
	ok(reader_open(k.dir, &r, &k.err) == 0, k.err.text);
	ok(kit_grow(&k, "one", 10, 300, 290) == 0, k.err.text);
	expect_entry(r, 9);
	ok(reader_get(r, 10, &e, &k.err) == -ERANGE, "what came later is not seen");
}

static void test_broken(void **state)
{
	auto_kit struct kit k;
	auto_reader struct reader *r = NULL;
	auto_buf struct buf bytes = BUF_INIT;
	struct entry e;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 300, 300) == 0, k.err.text);
	ok(reader_open(k.dir, &r, &k.err) == 0, k.err.text);
	kit_read(&k, "log/tile/entries/000", &bytes);
	kit_write(&k, "log/tile/entries/000", bytes.data, bytes.len - 1);
	ok(reader_get(r, 3, &e, &k.err) == -EUCLEAN, "cut short");
	ok(unlinkat(k.scratch.fd, "log/tile/entries/000", 0) == 0, "remove");
	ok(reader_get(r, 3, &e, &k.err) == -EUCLEAN, "missing");
	expect_entry(r, 299);
	kit_write(&k, "log/tile/entries/000", bytes.data, bytes.len);
	expect_entry(r, 3);
}

static void test_no_log(void **state)
{
	auto_kit struct kit k;
	struct reader *r;

	(void)state;
	kit_open(&k);
	ok(reader_open("/nowhere", &r, &k.err) == -ENOENT, "no directory");
	ok(unlinkat(k.scratch.fd, "log/checkpoint", 0) == 0, "remove");
	ok(reader_open(k.dir, &r, &k.err) == -ENOENT, "no checkpoint");
	kit_write(&k, "log/checkpoint", "", 0);
	ok(reader_open(k.dir, &r, &k.err) == -EINVAL, "an empty one");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("every entry is read back, in any order", test_all),
		TEST("a reader stays at the size that it began with", test_grown),
		TEST("a broken bundle is told, and the others can be read", test_broken),
		TEST("where there is no log, none is opened", test_no_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
