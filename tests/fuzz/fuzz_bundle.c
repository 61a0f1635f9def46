/* fuzz_bundle.c: entry bundles, names of tiles, the journal, and answers of remit-log. */
#include <string.h>

#include "audit/bundle.h"
#include "audit/journal.h"
#include "base/logwire.h"
#include "tests/fuzz/fuzz.h"

static void fuzz_bundle(const char *data, size_t size)
{
	struct bundle b = { data, size };
	struct entry e;
	uint64_t n = 0, counted = 0;
	size_t bytes = 0;
	bool whole = bundle_count(b, &counted) == 0;

	for (; bundle_next(&b, &e) > 0; n++) {
		must(e.data >= data + BUNDLE_HEAD && e.data + e.len <= data + size);
		bytes += BUNDLE_HEAD + e.len;
	}
	must(whole ? counted == n && bytes == size : bytes < size);
}

static void fuzz_tile(const char *text)
{
	char again[TILE_PATH];
	struct tile t;

	tile_is_dir(text);
	if (tile_parse(text, &t) < 0)
		return;
	tile_path(&t, again);
	must(!strcmp(again, text));
}

static void fuzz_journal(const char *data, size_t size)
{
	struct journal_cursor c;
	struct journal_record r;

	if (journal_first(data, size, &c, &r) < 0)
		return;
	do
		must(c.at <= size && r.note + r.note_len == r.rest.p &&
			r.rest.p + r.rest.left <= data + c.at);
	while (journal_next(&c, &r));
}

static void fuzz_answer(const char *text)
{
	auto_buf struct buf again = BUF_INIT;
	struct logwire_answer a;

	if (logwire_parse_answer(text, &a, NULL) < 0)
		return;
	logwire_add_ok(&again, &a);
	must(!strncmp(again.data, text, again.len - 1));
	logwire_answer_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xcalloc(size + 1, 1);

	if (size)
		memcpy(text, data, size);
	fuzz_bundle(text, size);
	fuzz_tile(text);
	fuzz_journal(text, size);
	fuzz_answer(text);
	return 0;
}
