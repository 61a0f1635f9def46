#include "audit/edge.h"

#include <string.h>

#include "audit/tile_file.h"

enum { TILE_BITS = 8 };

/* More bytes than asked for, where the full tile had to stand in. */
static int read_tile(const struct store *s, const struct tile *t, struct buf *out, bool *ret_full,
	struct err *err)
{
	int r = tile_read(s->dir, t, out, ret_full, err);

	return r == -ENOENT ? -EUCLEAN : r;
}

static int load_hashes(struct edge *e, const struct store *s, const struct tile *t, struct err *err)
{
	auto_buf struct buf bytes = BUF_INIT;
	size_t want = (size_t)t->width * MERKLE_HASH;
	bool full;
	int r = read_tile(s, t, &bytes, &full, err);

	if (r < 0)
		return r;
	if (bytes.len != (full ? (size_t)TILE_BYTES : want))
		return err_say(err, -EUCLEAN, "the last tile of level %d has %zu bytes, not %zu",
			t->level, bytes.len, want);
	memcpy(e->hashes[t->level], bytes.data, want);
	return 0;
}

/* What is read here is copied into every bundle to come: so it is checked against its hashes. */
static int load_bundle(struct edge *e, const struct store *s, const struct tile *t, struct err *err)
{
	struct bundle rest;
	bool full;
	int r = read_tile(s, t, &e->bundle, &full, err);

	if (r < 0)
		return r;
	rest = (struct bundle){ e->bundle.data, e->bundle.len };
	for (unsigned int i = 0; i < t->width; i++) {
		unsigned char leaf[MERKLE_HASH];
		struct entry entry;

		if (bundle_next(&rest, &entry) <= 0)
			return err_say(
				err, -EUCLEAN, "the last bundle breaks off at its entry %u", i);
		merkle_leaf(entry.data, entry.len, leaf);
		if (memcmp(leaf, e->hashes[0] + (size_t)i * MERKLE_HASH, MERKLE_HASH) != 0)
			return err_say(err, -EUCLEAN,
				"entry %u of the last bundle is not the one that was logged", i);
	}
	if (rest.left && !full)
		return err_say(err, -EUCLEAN, "the last bundle has bytes behind its last entry");
	buf_truncate(&e->bundle, e->bundle.len - rest.left);
	return 0;
}

static int load_level(
	struct edge *e, const struct store *s, int level, uint64_t size, struct err *err)
{
	uint64_t hashes = tile_hashes(level, size);
	struct tile t = tile_at(level, hashes / TILE_WIDTH, size);
	struct tile below = { TILE_ENTRIES, t.n, t.width };
	int r = t.width ? load_hashes(e, s, &t, err) : 0;

	if (r == 0 && level == 0 && t.width)
		r = load_bundle(e, s, &below, err);
	if (r < 0)
		return r;
	for (unsigned int i = 0; i < t.width; i++)
		merkle_push(&e->tree, (unsigned int)level * TILE_BITS,
			e->hashes[level] + (size_t)i * MERKLE_HASH);
	return 0;
}

int edge_load(struct edge *e, const struct store *s, uint64_t size, struct err *err)
{
	int r = 0;

	e->tree.size = 0;
	buf_truncate(&e->bundle, 0);
	for (int level = TILE_LEVELS - 1; level >= 0 && r == 0; level--)
		r = load_level(e, s, level, size, err);
	return r;
}

struct making {
	const struct edge *e;
	struct pending *out;
	bool full; /* full tiles, or partial ones */
};

static int make_tile(void *ctx, const struct tile *t, struct err *err)
{
	const struct making *m = ctx;
	const struct edge *e = m->e;
	char path[TILE_PATH];

	(void)err;
	if ((t->width == TILE_WIDTH) != m->full)
		return 0;
	tile_path(t, path);
	if (t->level == TILE_ENTRIES)
		pending_add(m->out, path, e->bundle.data, e->bundle.len);
	else
		pending_add(m->out, path, e->hashes[t->level], (size_t)t->width * MERKLE_HASH);
	return 0;
}

/* A hash in each level that has got one by the last leaf. */
static void add_hashes(struct edge *e)
{
	uint64_t hashes = e->tree.size;

	for (int level = 0; level < TILE_LEVELS; level++) {
		uint64_t at = (hashes - 1) % TILE_WIDTH;

		memcpy(e->hashes[level] + at * MERKLE_HASH, e->tree.done[level * TILE_BITS],
			MERKLE_HASH);
		if (hashes % TILE_WIDTH)
			return;
		hashes /= TILE_WIDTH;
	}
}

static int add_entry(
	struct edge *e, const struct entry *entry, struct pending *out, struct err *err)
{
	struct making full = { e, out, true };
	unsigned char leaf[MERKLE_HASH];
	int r;

	buf_add(&e->bundle, entry->data - BUNDLE_HEAD, BUNDLE_HEAD + entry->len);
	merkle_leaf(entry->data, entry->len, leaf);
	merkle_push(&e->tree, 0, leaf);
	add_hashes(e);
	if (e->tree.size % TILE_WIDTH)
		return 0;
	r = tile_each_new(e->tree.size - 1, e->tree.size, make_tile, &full, err);
	buf_truncate(&e->bundle, 0);
	return r;
}

int edge_extend(struct edge *e, struct bundle entries, struct pending *out, struct err *err)
{
	struct entry entry;
	int r;

	while ((r = bundle_next(&entries, &entry)) > 0) {
		r = add_entry(e, &entry, out, err);
		if (r < 0)
			return r;
	}
	return r < 0 ? err_say(err, r, "a batch that breaks off within an entry") : 0;
}

int edge_add_partials(const struct edge *e, uint64_t before, struct pending *out, struct err *err)
{
	struct making partial = { e, out, false };

	return tile_each_new(before, e->tree.size, make_tile, &partial, err);
}

static int mend_file(const struct store *s, const struct tile *t, const void *data, size_t len,
	struct pending *out, struct err *err)
{
	auto_buf struct buf there = BUF_INIT;
	char path[TILE_PATH];
	int r;

	tile_path(t, path);
	r = store_get(s->dir, path, BUNDLE_MAX_BYTES, &there, err);
	if (r == -ENOENT)
		return 0;
	if (r == 0 && (there.len != len || memcmp(there.data, data, len) != 0))
		pending_add(out, path, data, len);
	return r;
}

static int mend_bundles(
	const struct edge *e, const struct store *s, struct pending *out, struct err *err)
{
	struct tile t = { TILE_ENTRIES, e->tree.size / TILE_WIDTH, 1 };
	struct bundle rest = { e->bundle.data, e->bundle.len };
	struct entry entry;
	int r = 0;

	for (; r == 0 && bundle_next(&rest, &entry) > 0 && rest.left; t.width++)
		r = mend_file(s, &t, e->bundle.data, e->bundle.len - rest.left, out, err);
	return r;
}

int edge_mend(const struct edge *e, const struct store *s, struct pending *out, struct err *err)
{
	int r = mend_bundles(e, s, out, err);

	for (int level = 0; level < TILE_LEVELS && r == 0; level++) {
		uint64_t hashes = tile_hashes(level, e->tree.size);
		struct tile t = { level, hashes / TILE_WIDTH, 1 };

		for (; r == 0 && t.width < hashes % TILE_WIDTH; t.width++)
			r = mend_file(
				s, &t, e->hashes[level], (size_t)t.width * MERKLE_HASH, out, err);
	}
	return r;
}

void edge_done(struct edge *e)
{
	buf_done(&e->bundle);
}
