#include "tests/unit/check.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "audit/journal.h"
#include "base/io.h"
#include "tests/unit/scratch.h"

struct bench {
	struct scratch scratch;
	struct store store;
	struct journal journal;
};

static void bench_close(struct bench *b)
{
	journal_close(&b->journal);
	store_close(&b->store);
	scratch_close(&b->scratch);
}

/* A journal that begins at size 5. */
static void bench_open(struct bench *b)
{
	struct buf note = { (char *)"note of 5", 9, 0 };
	auto_buf struct buf data = BUF_INIT;
	char path[80];

	*b = (struct bench){ .store = STORE_INIT, .journal = JOURNAL_INIT };
	scratch_open(&b->scratch);
	strcat(strcpy(path, b->scratch.path), "/log");
	ok(store_open(path, &b->store, NULL) == 0 &&
			journal_create(&b->store, 5, &note, "this boot", NULL) == 0 &&
			journal_open(&b->store, O_RDWR, &b->journal, NULL) == 0 &&
			journal_load(&b->journal, &data, NULL) == 0,
		"a journal can be made");
	b->journal.base = 5;
	b->journal.bytes = data.len;
}

static struct journal_record batch(uint64_t before, uint64_t after, const char *entries)
{
	return (struct journal_record){ before, after, "note", 4, { entries, strlen(entries) } };
}

static void add(struct bench *b, uint64_t before, uint64_t after, const char *entries)
{
	struct journal_record rec = batch(before, after, entries);

	ok(journal_add(&b->journal, &rec, NULL) == 0, "a record is added");
}

static void test_roundtrip(void **state)
{
	CLEANUP(bench_close) struct bench b;
	auto_buf struct buf data = BUF_INIT;
	struct journal_cursor c;
	struct journal_record rec;

	(void)state;
	bench_open(&b);
	add(&b, 5, 6, "one");
	add(&b, 6, 9, "two");
	ok(journal_is_current(&b.journal), "nobody else has written");
	ok(journal_load(&b.journal, &data, NULL) == 0 && data.len == b.journal.bytes, "load");
	ok(journal_first(data.data, data.len, &c, &rec) == 0, "the first record");
	ok(rec.before == 5 && rec.after == 5 && rec.note_len == 9 && rec.rest.left == 9 &&
			!memcmp(rec.rest.p, "this boot", 9),
		"says where and when it begins");
	ok(journal_next(&c, &rec) && rec.before == 5 && rec.after == 6 && rec.rest.left == 3 &&
			!memcmp(rec.rest.p, "one", 3),
		"the first batch");
	ok(journal_next(&c, &rec) && rec.after == 9 && !memcmp(rec.rest.p, "two", 3), "the second");
	ok(!journal_next(&c, &rec) && c.at == data.len && c.size == 9, "and no more");
}

static void test_torn(void **state)
{
	CLEANUP(bench_close) struct bench b;
	auto_buf struct buf data = BUF_INIT;
	struct journal_record rec;
	size_t ends[3];

	(void)state;
	bench_open(&b);
	ends[0] = b.journal.bytes;
	add(&b, 5, 6, "one");
	ends[1] = b.journal.bytes;
	add(&b, 6, 9, "two");
	ends[2] = b.journal.bytes;
	ok(journal_load(&b.journal, &data, NULL) == 0, "load");
	for (size_t len = 0; len < data.len; len++) {
		struct journal_cursor c = { .at = 0 };
		size_t n = 0;
		bool first = journal_first(data.data, len, &c, &rec) == 0;

		assert_int_equal(first, len >= ends[0]);
		while (first && journal_next(&c, &rec))
			n++;
		assert_int_equal(n, (len >= ends[1]) + (len >= ends[2]));
		if (first)
			assert_int_equal(c.at, ends[n]);
	}
}

static void test_changed(void **state)
{
	CLEANUP(bench_close) struct bench b;
	auto_buf struct buf data = BUF_INIT;
	struct journal_cursor c;
	struct journal_record rec;
	size_t end;

	(void)state;
	bench_open(&b);
	add(&b, 5, 6, "one");
	end = b.journal.bytes;
	add(&b, 6, 9, "two");
	ok(journal_load(&b.journal, &data, NULL) == 0, "load");
	for (size_t i = 0; i < data.len; i++) {
		size_t n = 0;

		data.data[i] ^= 0x10;
		if (journal_first(data.data, data.len, &c, &rec) == 0)
			for (n = 1; journal_next(&c, &rec);)
				n++;
		data.data[i] ^= 0x10;
		ok(n <= (i < end ? 1U : 2U),
			"a record with a changed byte does not count, nor what follows");
	}
}

static void test_order(void **state)
{
	CLEANUP(bench_close) struct bench b;
	auto_buf struct buf data = BUF_INIT;
	struct journal_cursor c;
	struct journal_record rec;

	(void)state;
	bench_open(&b);
	add(&b, 6, 7, "a gap");
	ok(journal_load(&b.journal, &data, NULL) == 0, "load");
	ok(journal_first(data.data, data.len, &c, &rec) == 0 && !journal_next(&c, &rec),
		"a record that does not go on where the last one ended does not count");
}

static void test_peek(void **state)
{
	CLEANUP(bench_close) struct bench b;
	auto_buf struct buf data = BUF_INIT;
	struct journal_record first, last;
	uint64_t bytes;

	(void)state;
	bench_open(&b);
	ok(journal_peek(&b.journal, &data, &first, &last, &bytes) && last.after == 5 &&
			bytes == b.journal.bytes,
		"without batches the last record is the first");
	add(&b, 5, 6, "one");
	add(&b, 6, 9, "two");
	ok(journal_peek(&b.journal, &data, &first, &last, &bytes) && first.after == 5 &&
			last.before == 6 && last.after == 9 && !memcmp(last.rest.p, "two", 3),
		"first and last");
	for (uint64_t len = 0; len < b.journal.bytes; len++) {
		bool whole;

		ok(ftruncate(b.journal.fd, (off_t)b.journal.bytes) == 0 &&
				ftruncate(b.journal.fd, (off_t)len) == 0,
			"cut");
		whole = journal_peek(&b.journal, &data, &first, &last, &bytes);
		ok(!whole || last.after < 9, "a torn end is not the last record");
	}
}

static void test_peek_changed(void **state)
{
	CLEANUP(bench_close) struct bench b;
	auto_buf struct buf data = BUF_INIT, seen = BUF_INIT;
	struct journal_record first, last;
	uint64_t bytes;

	(void)state;
	bench_open(&b);
	add(&b, 5, 6, "one");
	ok(journal_load(&b.journal, &data, NULL) == 0, "load");
	for (size_t i = 0; i < data.len; i++) {
		char c = (char)(data.data[i] ^ 0x10);

		ok(pwrite(b.journal.fd, &c, 1, (off_t)i) == 1, "change");
		ok(!journal_peek(&b.journal, &seen, &first, &last, &bytes),
			"any changed byte is seen");
		ok(pwrite(b.journal.fd, &data.data[i], 1, (off_t)i) == 1, "change back");
	}
	ok(journal_peek(&b.journal, &seen, &first, &last, &bytes), "and it is whole again");
}

static void test_moved(void **state)
{
	CLEANUP(bench_close) struct bench b;
	struct journal other = JOURNAL_INIT;
	struct buf note = { (char *)"note of 6", 9, 0 };
	struct journal_record rec = batch(5, 6, "one");

	(void)state;
	bench_open(&b);
	ok(journal_open(&b.store, O_RDWR, &other, NULL) == 0, "a second one opens it");
	other.bytes = b.journal.bytes;
	ok(journal_add(&other, &rec, NULL) == 0 && !journal_is_current(&b.journal), "written to");
	b.journal.bytes = other.bytes;
	ok(journal_is_current(&b.journal), "known again");
	ok(journal_create(&b.store, 6, &note, "this boot", NULL) == 0, "a new one in its place");
	ok(!journal_is_current(&b.journal) && !journal_is_current(&other), "is seen by both");
	journal_close(&other);
}

static void test_full(void **state)
{
	CLEANUP(bench_close) struct bench b;
	auto_buf struct buf before = BUF_INIT, after = BUF_INIT;
	struct journal_record rec = batch(5, 6, "this one does not fit");
	struct rlimit none, all;
	struct err err;

	(void)state;
	bench_open(&b);
	ok(journal_load(&b.journal, &before, NULL) == 0, "load");
	signal(SIGXFSZ, SIG_IGN);
	ok(getrlimit(RLIMIT_FSIZE, &all) == 0, "limit");
	none = all;
	none.rlim_cur = b.journal.bytes + 30;
	ok(setrlimit(RLIMIT_FSIZE, &none) == 0, "limit");
	ok(journal_add(&b.journal, &rec, &err) == -EFBIG, "half of the record can't be written");
	ok(setrlimit(RLIMIT_FSIZE, &all) == 0, "limit");
	ok(journal_load(&b.journal, &after, NULL) == 0 && after.len == before.len &&
			!memcmp(after.data, before.data, after.len),
		"nothing of it stays");
	add(&b, 5, 6, "one");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("records are read as they were added", test_roundtrip),
		TEST("a journal cut anywhere has just the records that are whole", test_torn),
		TEST("a changed byte ends the journal before it", test_changed),
		TEST("records follow one another without a gap", test_order),
		TEST("the last record is found from the end, when it is whole", test_peek),
		TEST("the ends are only taken when no byte of them is changed", test_peek_changed),
		TEST("what another process did to the journal is seen", test_moved),
		TEST("a record that does not fit leaves nothing behind", test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
