#include "tests/unit/check.h"

#include <stdio.h>
#include <string.h>

#include "audit/bundle.h"
#include "audit/tile.h"

static const struct named {
	const char *path;
	struct tile tile;
} named[] = {
	{ "tile/0/000", { 0, 0, 256 } },
	{ "tile/0/999", { 0, 999, 256 } },
	{ "tile/0/x001/000", { 0, 1000, 256 } },
	{ "tile/3/x001/x234/067", { 3, 1234067, 256 } },
	{ "tile/63/x001/x000/000.p/1", { 63, 1000000, 1 } },
	{ "tile/entries/000.p/255", { TILE_ENTRIES, 0, 255 } },
	{ "tile/entries/x010/007", { TILE_ENTRIES, 10007, 256 } },
	{ "tile/7/x072/x057/x594/x037/x927/935.p/200", { 7, 72057594037927935, 200 } },
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
		char path[TILE_PATH];
		struct tile t;

		tile_path(&named[i].tile, path);
		assert_string_equal(path, named[i].path);
		ok(tile_parse(path, &t) == 0, path);
		ok(t.level == named[i].tile.level && t.n == named[i].tile.n &&
				t.width == named[i].tile.width,
			path);
	}
}

static void test_refused_names(void **state)
{
	static const char *const bad[] = { "", "tile", "tile/", "tile/0", "tile/0/", "tile/0/0",
		"tile/0/00", "tile/0/0000", "tile/0/1000", "tile/00/000", "tile/64/000",
		"tile/100/000", "tile/-1/000", "tile/x/000", "tile/entries", "tile/entries/",
		"tile/entries/x000", "tile/0/x000/000", "tile/0/x000/001", "tile/0/x001",
		"tile/0/x001/", "tile/0/001/000", "tile/0/x001/x000", "tile/0/X001/000",
		"tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/01",
		"tile/0/000.p/256", "tile/0/000.p/1/", "tile/0/000.p/1x", "tile/0/000/",
		"tile/0/000x", "tile/0/000.", "tile/0/+00", "tile/0/ 00", "/tile/0/000",
		"tile//0/000", "tile/0//000", "tile/0/x072/x057/x594/x037/x927/936",
		"tile/0/x999/x999/x999/x999/x999/x999/x999/x999/999",
		"tile/0/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/999" };
	struct tile t = { 5, 5, 5 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ok(tile_parse(bad[i], &t) == -EINVAL, bad[i]);
	ok(t.level == 5 && t.n == 5 && t.width == 5, "untouched on failure");
}

static void test_directories(void **state)
{
	static const char *const good[] = { "tile", "tile/entries", "tile/0", "tile/63",
		"tile/0/x001", "tile/entries/x001/x234", "tile/0/000.p",
		"tile/entries/x001/000.p" };
	static const char *const bad[] = { "", "tile/", "tile/64", "tile/0/000", "tile/0/x000",
		"tile/0/001", "tile/0/000.p/1", "tile/x", "tile/entries/000.q", "checkpoint",
		"tile/0/x001/x001/x001/x001/x001/x001" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		ok(tile_is_dir(good[i]), good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ok(!tile_is_dir(bad[i]), bad[i]);
}

static void test_widths(void **state)
{
	static const struct {
		uint64_t size;
		int level;
		uint64_t full;
		unsigned int last;
	} rows[] = { { 70000, 0, 273, 112 }, { 70000, 1, 1, 17 }, { 70000, 2, 0, 1 },
		{ 70000, 3, 0, 0 }, { 256, 0, 1, 0 }, { 256, 1, 0, 1 }, { 255, 0, 0, 255 },
		{ 255, 1, 0, 0 }, { 0, 0, 0, 0 }, { 70000, TILE_ENTRIES, 273, 112 },
		{ UINT64_MAX, 7, 0, 255 }, { UINT64_MAX, 8, 0, 0 }, { 1, 63, 0, 0 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tile last = tile_at(rows[i].level, rows[i].full, rows[i].size);

		assert_int_equal(last.width, rows[i].last);
		assert_int_equal(tile_at(rows[i].level, rows[i].full + 1, rows[i].size).width, 0);
		if (rows[i].full)
			assert_int_equal(
				tile_at(rows[i].level, rows[i].full - 1, rows[i].size).width, 256);
	}
}

static void test_within(void **state)
{
	struct tile t = { 0, 1, 44 };

	(void)state;
	ok(tile_within(&t, 300), "the last one");
	ok(!tile_within(&t, 299), "one hash too many");
	ok(tile_within(&t, 512), "a partial one of an earlier size");
	t.width = 256;
	ok(!tile_within(&t, 511) && tile_within(&t, 512), "full when its last hash is there");
	t.n = 2;
	ok(!tile_within(&t, 512), "beyond the end");
}

static int note_name(void *ctx, const struct tile *t, struct err *err)
{
	char path[TILE_PATH];

	(void)err;
	tile_path(t, path);
	buf_addf(ctx, "%s ", path);
	return 0;
}

static void test_new(void **state)
{
	static const struct {
		uint64_t before, after;
		const char *names;
	} rows[] = { { 0, 0, "" }, { 0, 1, "tile/entries/000.p/1 tile/0/000.p/1 " },
		{ 255, 256, "tile/entries/000 tile/0/000 tile/1/000.p/1 " },
		{ 256, 257, "tile/entries/001.p/1 tile/0/001.p/1 " },
		{ 250, 515,
			"tile/entries/000 tile/entries/001 tile/entries/002.p/3 "
			"tile/0/000 tile/0/001 tile/0/002.p/3 tile/1/000.p/2 " },
		{ 65535, 65536, "tile/entries/255 tile/0/255 tile/1/000 tile/2/000.p/1 " } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_buf struct buf names = BUF_INIT;

		ok(tile_each_new(rows[i].before, rows[i].after, note_name, &names, NULL) == 0,
			"walk");
		assert_string_equal(buf_str(&names), rows[i].names);
	}
}

static void test_bundle(void **state)
{
	static const char data[] = "\0\3abc\0\0\0\1x";
	struct bundle b = { data, sizeof(data) - 1 };
	struct entry e;
	uint64_t n = 7;

	(void)state;
	ok(bundle_count(b, &n) == 0 && n == 3, "three entries");
	ok(bundle_next(&b, &e) == 1 && e.len == 3 && !memcmp(e.data, "abc", 3), "the first");
	ok(bundle_next(&b, &e) == 1 && e.len == 0, "an empty one is one");
	ok(bundle_next(&b, &e) == 1 && e.len == 1 && *e.data == 'x', "the last");
	ok(bundle_next(&b, &e) == 0, "the end");
	n = 7;
	for (size_t cut = 1; cut < sizeof(data) - 1; cut++) {
		bool whole = cut == 5 || cut == 7;

		b = (struct bundle){ data, cut };
		ok((bundle_count(b, &n) == -EBADMSG) == !whole,
			"bytes that break off are no entry");
	}
	ok(bundle_count((struct bundle){ NULL, 0 }, &n) == 0 && n == 0, "nothing has no entry");
}

static void test_largest(void **state)
{
	auto_buf struct buf data = BUF_INIT;
	struct bundle b;
	struct entry e;

	(void)state;
	buf_adds(&data, "\xff\xff");
	for (size_t i = 0; i < BUNDLE_MAX_ENTRY; i++)
		buf_addc(&data, 'x');
	b = (struct bundle){ data.data, data.len };
	ok(bundle_next(&b, &e) == 1 && e.len == 65535 && !b.left, "65535 bytes are an entry");
	b = (struct bundle){ data.data, data.len - 1 };
	ok(bundle_next(&b, &e) == -EBADMSG, "one byte short");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("a tile's name is written as the specification has it, and read back",
			test_names),
		TEST("what is not exactly a tile's name is refused", test_refused_names),
		TEST("directories of tiles are told from others", test_directories),
		TEST("tiles have the width that the log's size gives them", test_widths),
		TEST("a tile beyond the log's size is told from one within", test_within),
		TEST("growing names every new file and no other", test_new),
		TEST("a bundle is read entry by entry", test_bundle),
		TEST("an entry of 65535 bytes is the largest", test_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
