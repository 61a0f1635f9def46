/* What was put where a crash leaves something: whole, with digests that fit, and not what was signed. */
#include "tests/unit/audit_kit.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/journal.h"
#include "audit/store.h"
#include "base/io.h"

static void remove_file(struct kit *k, const char *path)
{
	ok(unlinkat(k->scratch.fd, path, 0) == 0, path);
}

static void test_forged_head(void **state)
{
	static const char *const boots[] = { "one", "two" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(boots); i++) {
		auto_kit struct kit k;
		auto_buf struct buf head = BUF_INIT;
		struct log *l;

		kit_open(&k);
		ok(kit_grow(&k, "one", 0, 3, 3) == 0, k.err.text);
		kit_read(&k, "log/checkpoint", &head);
		head.data[strlen(KIT_NAME) + 1] = '4';
		kit_write(&k, "log/checkpoint", head.data, head.len);
		ok(log_open(k.dir, k.signer, boots[i], &l, &k.err) == -EUCLEAN,
			"never signed by us");
	}
}

/* An older state of the directory, with the journal of now, or the other way round. */
static void test_rolled_back(void **state)
{
	auto_kit struct kit k;
	auto_buf struct buf head = BUF_INIT, journal = BUF_INIT, newest = BUF_INIT;
	struct log *l;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 10, 10) == 0, k.err.text);
	kit_read(&k, "log/checkpoint", &head);
	kit_read(&k, "log.journal", &journal);
	ok(kit_grow(&k, "two", 10, 20, 10) == 0 && kit_grow(&k, "three", 20, 20, 1) == 0,
		k.err.text);
	kit_read(&k, "log/checkpoint", &newest);
	kit_write(&k, "log/checkpoint", head.data, head.len);
	ok(log_open(k.dir, k.signer, "three", &l, &k.err) == -EUCLEAN, "an older checkpoint");
	ok(log_open(k.dir, k.signer, "four", &l, &k.err) == -EUCLEAN, "also after a restart");
	kit_write(&k, "log/checkpoint", newest.data, newest.len);
	kit_write(&k, "log.journal", journal.data, journal.len);
	ok(log_open(k.dir, k.signer, "three", &l, &k.err) == -EUCLEAN, "an older journal");
}

/* A journal that is whole but says what its own checkpoint does not: nothing of it is published. */
static void test_wrong_record(void **state)
{
	static const char *const boots[] = { "one", "two" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(boots); i++) {
		auto_kit struct kit k;
		auto_store struct store s = STORE_INIT;
		auto_buf struct buf note = BUF_INIT, journal = BUF_INIT;
		struct checkpoint head = { .origin = KIT_NAME, .size = 1 };
		struct journal j = JOURNAL_INIT;
		struct journal_record rec = { 0, 1, NULL, 0, { "\0\1x", 3 } };
		struct log *l;

		kit_open(&k);
		kit_read(&k, "log.journal", &journal);
		merkle_leaf("y", 1, head.root);
		ok(checkpoint_sign(&head, k.signer, &note, NULL) == 0, "sign");
		rec.note = note.data;
		rec.note_len = note.len;
		ok(store_open(k.dir, &s, NULL) == 0 && journal_open(&s, O_RDWR, &j, NULL) == 0,
			"open");
		j.bytes = journal.len;
		ok(journal_add(&j, &rec, NULL) == 0, "add");
		journal_close(&j);
		ok(log_open(k.dir, k.signer, boots[i], &l, &k.err) == -EUCLEAN, "x is not y");
	}
}

/* Gives every batch of the journal in k its bytes with one of them changed, and digests that fit; another boot. */
static void forge_journal(struct kit *k, const char *boot)
{
	auto_buf struct buf data = BUF_INIT, note = BUF_INIT;
	auto_store struct store s = STORE_INIT;
	struct journal j = JOURNAL_INIT;
	struct journal_cursor c;
	struct journal_record rec;
	struct stat st;

	kit_read(k, "log.journal", &data);
	ok(journal_first(data.data, data.len, &c, &rec) == 0, "a journal");
	buf_add(&note, rec.note, rec.note_len);
	ok(store_open(k->dir, &s, NULL) == 0 &&
			journal_create(&s, rec.after, &note, boot, NULL) == 0 &&
			journal_open(&s, O_RDWR, &j, NULL) == 0 && fstat(j.fd, &st) == 0,
		"a new one");
	j.bytes = (uint64_t)st.st_size;
	while (journal_next(&c, &rec)) {
		((char *)rec.rest.p)[10] ^= 1;
		ok(journal_add(&j, &rec, NULL) == 0, "add");
	}
	journal_close(&j);
}

/* Its own digests fit, and its last checkpoint is ours; but not its entries. */
static void test_forged_journal(void **state)
{
	auto_kit struct kit k;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 310, 310) == 0, k.err.text);
	forge_journal(&k, "two");
	kit_expect_refused(&k, "three", "not those that the published checkpoint is for");
	remove_file(&k, "log/checkpoint");
	kit_expect_refused(&k, "three", "not those that the journal's last checkpoint is for");
}

static void take_journal(struct kit *k, const struct kit *from)
{
	auto_buf struct buf journal = BUF_INIT;

	kit_read(from, "log.journal", &journal);
	kit_write(k, "log.journal", journal.data, journal.len);
}

/* A second copy, as a restored backup or a copied machine is one, signs with the same key. */
static void test_forked_journal(void **state)
{
	static const char *const boots[] = { "one", "two" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(boots); i++) {
		auto_kit struct kit k, other;

		kit_open(&k);
		kit_open(&other);
		ok(kit_grow(&k, "one", 0, 300, 100) == 0, k.err.text);
		ok(kit_grow(&other, "one", 0, 100, 100) == 0, other.err.text);
		ok(kit_grow(&other, "one", 1100, 1400, 100) == 0, other.err.text);
		take_journal(&k, &other);
		kit_expect_refused(&k, boots[i], "are not");
		ok(kit_grow(&other, "one", 1400, 1401, 1) == 0, other.err.text);
		take_journal(&k, &other);
		kit_expect_refused(&k, boots[i], "are not");
	}
}

static void test_within_batch(void **state)
{
	static const char *const boots[] = { "one", "two" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(boots); i++) {
		auto_kit struct kit k, other;

		kit_open(&k);
		kit_open(&other);
		ok(kit_grow(&k, "one", 0, 2, 1) == 0, k.err.text);
		ok(kit_grow(&other, "one", 0, 3, 3) == 0, other.err.text);
		take_journal(&k, &other);
		kit_expect_refused(&k, boots[i], "lies within a batch");
	}
}

/* Writes the journal back with the digest of that record made to fit. */
static int write_record(struct kit *k, struct buf *journal, const struct journal_record *rec)
{
	enum { BEFORE_NOTE = 18 };
	const char *body = rec->note - BEFORE_NOTE, *end = rec->rest.p + rec->rest.left;
	unsigned char digest[SHA256_LEN];
	auto_fd int fd = openat(k->scratch.fd, "log.journal", O_WRONLY | O_CLOEXEC);

	sha256(body, (size_t)(end - body), digest);
	memcpy((char *)body - SHA256_LEN, digest, sizeof(digest));
	return fd < 0 ? -errno : io_write_all(fd, journal->data, journal->len);
}

/* The new journal begins with the last one's checkpoint, so that one is looked at first. */
static void test_bad_end(void **state)
{
	auto_kit struct kit k;
	auto_log struct log *l = NULL;
	auto_buf struct buf journal = BUF_INIT, before = BUF_INIT;
	struct journal_cursor c;
	struct journal_record rec, last;

	(void)state;
	kit_open(&k);
	ok(log_open(k.dir, k.signer, "one", &l, &k.err) == 0 && kit_add(&k, l, 0, 5000) == 0,
		k.err.text);
	kit_read(&k, "log.journal", &journal);
	ok(journal_first(journal.data, journal.len, &c, &rec) == 0 && journal_next(&c, &last),
		"a journal");
	/* Changed beneath us and of the same length: only who reads it sees that. */
	memset((char *)last.note + last.note_len - 40, 'A', 30);
	ok(write_record(&k, &journal, &last) == 0, "write");
	kit_snapshot(&k, &before);
	ok(log_trim(l, &k.err) == -EUCLEAN, "it is not begun anew");
	kit_expect_untouched(&k, &before);
}

/* Records that were acknowledged are never taken for the torn end of a journal. */
static void test_broken_within(void **state)
{
	auto_kit struct kit k;
	auto_buf struct buf journal = BUF_INIT, head = BUF_INIT;
	struct log *l;
	size_t at;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 2, 1) == 0, k.err.text);
	kit_read(&k, "log/checkpoint", &head);
	kit_read(&k, "log.journal", &journal);
	at = journal.len;
	ok(kit_grow(&k, "one", 2, 4, 1) == 0, k.err.text);
	kit_read(&k, "log.journal", &journal);
	journal.data[at + 60] ^= 1;
	kit_write(&k, "log.journal", journal.data, journal.len);
	kit_write(&k, "log/checkpoint", head.data, head.len);
	ok(log_open(k.dir, k.signer, "two", &l, &k.err) == -EUCLEAN, "the power went");
	ok(strstr(k.err.text, "damaged behind entry 2"), k.err.text);
	ok(log_open(k.dir, k.signer, "one", &l, &k.err) == -EUCLEAN, "or the process");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("nothing is added to a log whose checkpoint is not ours", test_forged_head),
		TEST("nor to one of which a part is older than the rest", test_rolled_back),
		TEST("nor when the journal is not what was signed", test_wrong_record),
		TEST("nothing is added when the journal is broken before its end",
			test_broken_within),
		TEST("a journal whose entries were not signed changes no file",
			test_forged_journal),
		TEST("nor does that of another copy of the log", test_forked_journal),
		TEST("nor one that goes past the published checkpoint", test_within_batch),
		TEST("a journal that ends with a bad checkpoint is kept", test_bad_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
