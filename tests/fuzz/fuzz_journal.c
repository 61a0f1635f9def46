/*
 * fuzz_journal.c: the log's journal. Once as bytes whose digests are right, whatever they say; and once as
 * it is written, then cut or damaged: what comes before the damage is read, and nothing else.
 */
#include <fcntl.h>
#include <string.h>

#include "audit/journal.h"
#include "base/encode.h"
#include "base/io.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_RECORDS = 6, FIRST_SIZE = 5 };

static const char magic[] = "remit log journal 1\n";

static void add_length(struct buf *out, size_t len)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_addc(out, (char)(len >> shift));
}

/* Pieces of the input as bodies of records. */
static void frame(struct feed *f, struct buf *out)
{
	buf_adds(out, magic);
	while (f->left) {
		unsigned char digest[SHA256_LEN];
		size_t len = feed_byte(f);

		len = len < f->left ? len : f->left;
		sha256(f->p, len, digest);
		add_length(out, len);
		buf_add(out, digest, sizeof(digest));
		buf_add(out, f->p, len);
		add_length(out, len);
		f->p += len;
		f->left -= len;
	}
}

static void check_record(const struct journal_cursor *c, const struct journal_record *r)
{
	must(c->at <= c->len && c->size == r->after && r->note >= c->data);
	must(r->note + r->note_len == r->rest.p && r->rest.p + r->rest.left <= c->data + c->at);
}

static void check_framed(struct feed f)
{
	auto_buf struct buf bytes = BUF_INIT;
	struct journal_cursor c;
	struct journal_record r;
	uint64_t size;

	frame(&f, &bytes);
	if (journal_first(bytes.data, bytes.len, &c, &r) < 0)
		return;
	must(r.before == r.after && r.rest.left <= JOURNAL_MAX_BOOT);
	check_record(&c, &r);
	for (size = r.after; journal_next(&c, &r); size = r.after) {
		must(r.before == size && r.after > r.before);
		check_record(&c, &r);
	}
}

/* What is in the journal, and where each record ends. */
struct written {
	struct store store;
	struct journal journal;
	struct journal_record records[MAX_RECORDS];
	uint64_t ends[MAX_RECORDS];
	size_t n;
};

static void close_written(struct written *w)
{
	journal_close(&w->journal);
	store_close(&w->store);
}

/* A journal ends where its first record does. */
static void create(struct written *w)
{
	auto_free char *path = xasprintf("%s/log", fuzz_scratch()->path);
	struct buf note = { (char *)"note", 4, 0 };
	auto_buf struct buf data = BUF_INIT;

	*w = (struct written){ .store = STORE_INIT, .journal = JOURNAL_INIT, .n = 1 };
	must(store_open(path, &w->store, NULL) == 0);
	must(journal_create(&w->store, FIRST_SIZE, &note, "boot", NULL) == 0);
	must(journal_open(&w->store, O_RDWR, &w->journal, NULL) == 0);
	must(journal_load(&w->journal, &data, NULL) == 0);
	w->journal.base = FIRST_SIZE;
	w->journal.bytes = w->ends[0] = data.len;
	w->records[0] = (struct journal_record){ FIRST_SIZE, FIRST_SIZE, "note", 4, { "boot", 4 } };
}

static void add(struct written *w, struct feed *f)
{
	uint64_t before = w->records[w->n - 1].after;
	size_t note = feed_byte(f), rest = feed_u16(f) % 512;
	struct journal_record *r = &w->records[w->n];

	note = note < f->left ? note : f->left;
	rest = rest < f->left - note ? rest : f->left - note;
	*r = (struct journal_record){ before, before + 1 + feed_byte(f) % 9, (const char *)f->p,
		note < f->left ? note : f->left, { NULL, 0 } };
	f->p += r->note_len;
	f->left -= r->note_len;
	r->rest = (struct bundle){ (const char *)f->p, rest < f->left ? rest : f->left };
	f->p += r->rest.left;
	f->left -= r->rest.left;
	must(journal_add(&w->journal, r, NULL) == 0);
	w->ends[w->n++] = w->journal.bytes;
}

static bool is_same(const struct journal_record *a, const struct journal_record *b)
{
	return a->before == b->before && a->after == b->after && a->note_len == b->note_len &&
	       a->rest.left == b->rest.left && !memcmp(a->note, b->note, a->note_len) &&
	       (!a->rest.left || !memcmp(a->rest.p, b->rest.p, a->rest.left));
}

/* The first whole records are there, and no more. */
static void check_whole(const struct written *w, const struct buf *data, size_t whole)
{
	struct journal_cursor c;
	struct journal_record r;
	size_t n = 1;

	if (!whole) {
		must(journal_first(data->data, data->len, &c, &r) == -EBADMSG);
		return;
	}
	must(journal_first(data->data, data->len, &c, &r) == 0 && is_same(&r, &w->records[0]));
	for (; journal_next(&c, &r); n++)
		must(n < whole && is_same(&r, &w->records[n]));
	must(n == whole && c.at == w->ends[whole - 1]);
}

/* Both ends whole and nothing behind them: that much can be told without the middle. */
static void check_peek(const struct written *w, size_t whole, bool clean)
{
	auto_buf struct buf data = BUF_INIT;
	struct journal_record first, last;
	uint64_t bytes;
	bool peeked = journal_peek(&w->journal, &data, &first, &last, &bytes);

	if (!whole)
		must(!peeked);
	if (clean)
		must(peeked && is_same(&first, &w->records[0]) &&
			is_same(&last, &w->records[whole - 1]) && bytes == w->ends[whole - 1]);
}

/* Cuts the file, or damages a byte; returns how many records are whole. */
static size_t harm(struct written *w, struct feed *f, bool *ret_clean)
{
	uint8_t how = feed_byte(f), flip = feed_byte(f);
	uint64_t at = feed_u16(f) % (w->journal.bytes + 1), left = at;
	size_t whole = 0;
	char byte = 0;

	if (how & 1) {
		must(ftruncate(w->journal.fd, (off_t)at) == 0);
	} else if (flip && at < w->journal.bytes) {
		must(pread(w->journal.fd, &byte, 1, (off_t)at) == 1);
		byte = (char)(byte ^ flip);
		must(pwrite(w->journal.fd, &byte, 1, (off_t)at) == 1);
	} else {
		left = w->journal.bytes;
	}
	while (whole < w->n && w->ends[whole] <= left)
		whole++;
	*ret_clean = whole && w->ends[whole - 1] == left && (how & 1 || left == w->journal.bytes);
	return whole;
}

static void check_harmed(struct feed f)
{
	struct feed harmed = f;
	struct written w CLEANUP(close_written);
	auto_buf struct buf data = BUF_INIT;
	size_t whole;
	bool clean;

	create(&w);
	feed_u16(&f);
	feed_u16(&f);
	while (f.left && w.n < MAX_RECORDS)
		add(&w, &f);
	whole = harm(&w, &harmed, &clean);
	must(journal_load(&w.journal, &data, NULL) == 0);
	check_whole(&w, &data, whole);
	check_peek(&w, whole, clean);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed f = { data, size };

	check_framed(f);
	check_harmed(f);
	return 0;
}
