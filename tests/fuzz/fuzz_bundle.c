/* fuzz_bundle.c: entry bundles, and names of tiles. */
#include <string.h>

#include "audit/bundle.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xcalloc(size + 1, 1);

	if (size)
		memcpy(text, data, size);
	fuzz_bundle(text, size);
	fuzz_tile(text);
	return 0;
}
