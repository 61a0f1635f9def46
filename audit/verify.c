/*
 * One pass over the entries. Each is hashed and its leaf is compared with level 0's file; the tree
 * that grows from the leaves gives the hashes of all upper levels, each of which is compared with
 * its file as soon as it is known; what remains at the end is the root. Then the names: nothing
 * else may be there.
 */
#include "audit/verify.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit/sign.h"
#include "audit/store.h"
#include "audit/tile_file.h"
#include "audit/verify_state.h"
#include "base/text.h"

enum { TILE_BITS = 8, PROGRESS_TILES = 64 };

int verify_bad(struct verify *v, const char *file, const char *fmt, ...)
{
	struct verify_report *report = v->report;
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_safe(file, strlen(file), report->file, sizeof(report->file));
	return err_say(&report->problem, -EBADMSG, "%s", text);
}

static int bad_entry(struct verify *v, uint64_t entry, const char *what)
{
	struct tile t = tile_at(TILE_ENTRIES, entry / TILE_WIDTH, v->head.size);
	char path[TILE_PATH];

	tile_path(&t, path);
	v->report->has_entry = true;
	v->report->entry = entry;
	return verify_bad(v, path, "%s", what);
}

const struct buf *verify_pending(const struct verify *v, const char *path)
{
	return v->options->rest ? pending_find(v->options->rest, path) : NULL;
}

static int open_checkpoint(
	struct verify *v, const struct buf *note, struct checkpoint *ret, struct err *err)
{
	return checkpoint_open(buf_str(note), note->len, v->options->vkey, ret, err);
}

/* One that is pending counts until somebody has put it in its place. */
static int read_checkpoint(struct verify *v, struct checkpoint *ret)
{
	const struct pending *rest = v->options->rest;
	auto_buf struct buf note = BUF_INIT;
	struct err why = { "missing" };
	struct checkpoint there;
	int r = store_get(v->dir, STORE_CHECKPOINT, NOTE_MAX_BYTES, &note, &why);

	if (r == 0)
		r = open_checkpoint(v, &note, &there, &why);
	if (rest && rest->checkpoint.len) {
		struct checkpoint c;
		int e = open_checkpoint(v, &rest->checkpoint, &c, NULL);

		if (e == 0 && (r < 0 || there.size < c.size)) {
			*ret = c;
			return 0;
		}
	}
	if (r < 0)
		return verify_bad(v, STORE_CHECKPOINT, "%s", why.text);
	*ret = there;
	return 0;
}

int verify_reread(struct verify *v)
{
	struct checkpoint c;
	int r = read_checkpoint(v, &c);

	if (r < 0)
		return r;
	if (c.size < v->newest.size)
		return verify_bad(v, STORE_CHECKPOINT, "it went back to an older one meanwhile");
	v->newest = c;
	return 0;
}

/* Reads a tile's file; *ret_full: it has more than asked for, since the log has grown. */
static int read_tile(struct verify *v, const struct tile *t, struct buf *out, bool *ret_full)
{
	char path[TILE_PATH];
	struct err why = { "" };
	const struct buf *pending;
	int r;

	tile_path(t, path);
	pending = verify_pending(v, path);
	*ret_full = false;
	if (pending) {
		buf_truncate(out, 0);
		buf_add(out, pending->data, pending->len);
		return 0;
	}
	r = tile_read(v->dir, t, out, ret_full, &why);
	if (r < 0)
		return verify_bad(v, path, "%s", r == -ENOENT ? "missing" : why.text);
	*ret_full = *ret_full && t->width < TILE_WIDTH;
	if (*ret_full && !v->moved.width)
		v->moved = *t;
	return 0;
}

static int load_hashes(struct verify *v, const struct tile *t)
{
	struct buf *bytes = &v->tiles[t->level];
	size_t want = (size_t)t->width * MERKLE_HASH;
	char path[TILE_PATH];
	bool more;
	int r = read_tile(v, t, bytes, &more);

	if (r < 0)
		return r;
	tile_path(t, path);
	if (bytes->len != (more ? (size_t)TILE_BYTES : want))
		return verify_bad(v, path, "it has %zu bytes, not %zu", bytes->len, want);
	buf_truncate(bytes, want);
	return 0;
}

static int bad_hash(struct verify *v, const struct tile *t, uint64_t index)
{
	uint64_t leaves = UINT64_C(1) << (t->level * TILE_BITS);
	char path[TILE_PATH];

	tile_path(t, path);
	return verify_bad(v, path,
		"its hash %" PRIu64 ", over entries %" PRIu64 " to %" PRIu64 ", is not theirs",
		index % TILE_WIDTH, index * leaves, (index + 1) * leaves - 1);
}

static int bad_leaf(struct verify *v, const struct tile *t, uint64_t index)
{
	char path[TILE_PATH], what[2 * TILE_PATH];

	tile_path(t, path);
	snprintf(what, sizeof(what), "its hash is not the one that %s has", path);
	return bad_entry(v, index, what);
}

/* The hash that a level got by the last leaf, against its file. */
static int check_hash(struct verify *v, int level)
{
	uint64_t index = tile_hashes(level, v->tree.size) - 1;
	size_t at = (size_t)(index % TILE_WIDTH);
	struct tile t = tile_at(level, index / TILE_WIDTH, v->head.size);
	int r = at ? 0 : load_hashes(v, &t);

	if (r < 0)
		return r;
	if (memcmp(v->tiles[level].data + at * MERKLE_HASH, v->tree.done[level * TILE_BITS],
		    MERKLE_HASH) != 0)
		return level ? bad_hash(v, &t, index) : bad_leaf(v, &t, index);
	return at + 1 == t.width ? verify_siblings(v, &t, &v->tiles[level]) : 0;
}

static int check_entry(struct verify *v, const struct entry *entry)
{
	unsigned char leaf[MERKLE_HASH];
	int r;

	merkle_leaf(entry->data, entry->len, leaf);
	merkle_push(&v->tree, 0, leaf);
	r = check_hash(v, 0);
	for (int level = 1; r == 0 && level < TILE_LEVELS; level++) {
		if (v->tree.size & ((UINT64_C(1) << (level * TILE_BITS)) - 1))
			break;
		r = check_hash(v, level);
	}
	return r;
}

static int check_bundle(struct verify *v, const struct tile *t)
{
	struct bundle rest;
	struct entry entry;
	char path[TILE_PATH];
	bool more;
	int r = read_tile(v, t, &v->bundle, &more);

	tile_path(t, path);
	rest = (struct bundle){ v->bundle.data, v->bundle.len };
	for (unsigned int i = 0; i < t->width && r == 0; i++) {
		if (bundle_next(&rest, &entry) <= 0)
			return bad_entry(v, v->tree.size, "it is missing or cut short");
		v->ends[i + 1] = v->bundle.len - rest.left;
		r = check_entry(v, &entry);
	}
	if (r < 0)
		return r;
	if (rest.left && !more)
		return verify_bad(v, path, "%zu bytes behind its last entry", rest.left);
	return verify_siblings(v, t, &v->bundle);
}

static int check_entries(struct verify *v)
{
	const struct verify_options *o = v->options;
	int r = 0;

	for (uint64_t n = 0; v->tree.size < v->head.size && r == 0; n++) {
		struct tile t = tile_at(TILE_ENTRIES, n, v->head.size);

		r = check_bundle(v, &t);
		if (o->progress && n % PROGRESS_TILES == 0)
			o->progress(o->ctx, v->tree.size, v->head.size);
	}
	return r;
}

static int check_root(struct verify *v)
{
	auto_buf struct buf text = BUF_INIT;
	unsigned char root[MERKLE_HASH];

	merkle_root(&v->tree, root);
	if (!memcmp(root, v->head.root, sizeof(root)))
		return 0;
	base64_add(&text, root, sizeof(root));
	return verify_bad(v, "",
		"entries and tiles agree on the root %s, which is not the signed one", text.data);
}

/* A full tile may only stand in for a partial one when the log has grown. */
static int check_moved(struct verify *v)
{
	char path[TILE_PATH];
	int r;

	if (!v->moved.width)
		return 0;
	r = verify_reread(v);
	if (r < 0 || v->newest.size > v->head.size)
		return r;
	tile_path(&v->moved, path);
	return verify_bad(v, path, "missing");
}

static int check(struct verify *v)
{
	int r = read_checkpoint(v, &v->head);

	if (r < 0)
		return r;
	v->newest = v->head;
	r = check_entries(v);
	if (r == 0)
		r = check_root(v);
	if (r == 0)
		r = check_moved(v);
	if (r == 0)
		r = verify_names(v);
	v->report->head = v->head;
	return r;
}

int verify_log(const struct verify_options *o, struct verify_report *ret, struct err *err)
{
	struct verify_report report = { .good = false };
	struct verify v = { .options = o, .report = &report };

	v.dir = open(o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (v.dir < 0)
		return err_set(err, -errno, "open log '%s'", o->dir);
	report.good = check(&v) == 0;
	close(v.dir);
	for (int level = 0; level < TILE_LEVELS; level++)
		buf_done(&v.tiles[level]);
	buf_done(&v.bundle);
	*ret = report;
	return 0;
}
