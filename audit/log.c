/*
 * How a batch gets into the log, and why nothing that was acknowledged is ever lost and no two
 * heads are ever signed for one size.
 *
 * Under an exclusive flock(2) on PATH.lock, held for one batch at a time:
 *
 *   1. refresh    If another process has written since we last looked (the journal has another
 *                 length, or is another file), read journal and right edge again (log_recover.c).
 *   2. sign       Add the entries to a copy of the tree, in memory, and sign its head.
 *   3. journal    Write the entries and the signed checkpoint as one record at the journal's end;
 *                 fdatasync. From here on the batch is durable: this is the one sync that it costs.
 *   4. place      Write the bundles and tiles, each under a name of its own that no published
 *                 checkpoint needs yet, and not synced.
 *   5. publish    Rename the new checkpoint over the old one, and answer "ok".
 *
 * A crash of the process before 3 is done leaves a torn record, which does not count, or a whole
 * one that is not known to be synced: whoever opens the log next syncs the journal, and goes on at
 * 4. After that it leaves files of 4 that will be written again with the same bytes. When the
 * machine goes down, files of 4 and 5 may be lost or torn, in any order; what the journal covers is
 * then written anew from the journal, all of it. So the journal may only be emptied after the files
 * and directories written since it began have been synced; and the files of the size that it began
 * at must last as long, since that is where writing anew begins. (log_trim.c) Only the partial files
 * of sizes in between are never synced: nothing is made from them, and they can be made again.
 *
 * If 4 or 5 fails, the batch is undone: first the new files are removed and their directories
 * synced, then the record is cut off and that synced, and only then is the batch refused. A crash
 * in between leaves the record, and the batch is in the log although nobody heard "ok": the client
 * did not hear "error" either. When cutting fails, neither may be said (-ENOTRECOVERABLE).
 *
 * No two heads of one size: a head is shown to others (5, "ok") only after its record was synced at
 * a place in the journal that follows the record of the size before, under the lock. Another batch
 * for the same size could only be written at that same place, so only after the first was cut off;
 * and it is cut off only if it was not shown, and for good (synced) before another can be signed. A
 * checkpoint that the journal does not lead to, or a journal that is missing, stops everything.
 */
#include "audit/log.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>

#include "audit/log_state.h"

struct log *log_new(const struct signer *signer, const struct vkey *vkey, const char *boot)
{
	struct log *l = xcalloc(1, sizeof(*l));

	l->store = (struct store)STORE_INIT;
	l->journal = (struct journal)JOURNAL_INIT;
	l->signer = signer;
	l->vkey = *vkey;
	strncat(l->boot, boot, JOURNAL_MAX_BOOT);
	return l;
}

int log_find(struct log *l, const char *dir, int lock_flags, struct err *err)
{
	int r = store_open(dir, &l->store, err);

	if (r == 0)
		r = store_enter(&l->store, err);
	return r == 0 ? store_open_lock(&l->store, lock_flags, err) : r;
}

int log_open(const char *dir, const struct signer *signer, const char *boot, struct log **ret,
	struct err *err)
{
	auto_log struct log *l = log_new(signer, signer_vkey(signer), boot);
	int r = log_find(l, dir, O_RDWR | O_CREAT, err);

	if (r == 0)
		r = store_lock(&l->store, err);
	if (r < 0)
		return r;
	r = log_refresh(l, err);
	store_unlock(&l->store);
	if (r == 0)
		*ret = steal_pointer(&l);
	return r;
}

void log_close(struct log *l)
{
	if (!l)
		return;
	journal_close(&l->journal);
	edge_done(&l->edge);
	store_close(&l->store);
	free(l);
}

/* The head of the log once it has the entries. */
static int next_head(
	const struct log *l, struct bundle entries, struct checkpoint *ret, struct err *err)
{
	struct checkpoint next = { .size = 0 };
	struct merkle tree = l->edge.tree;
	struct entry entry;
	int r;

	while ((r = bundle_next(&entries, &entry)) > 0) {
		unsigned char leaf[MERKLE_HASH];

		merkle_leaf(entry.data, entry.len, leaf);
		merkle_push(&tree, 0, leaf);
	}
	if (r < 0)
		return err_say(err, -EINVAL, "the batch breaks off within an entry");
	if (tree.size == l->edge.tree.size)
		return err_say(err, -EINVAL, "the batch has no entry");
	memcpy(next.origin, l->vkey.name, sizeof(next.origin));
	next.size = tree.size;
	merkle_root(&tree, next.root);
	*ret = next;
	return 0;
}

/* Steps 4 and 5. */
static int place(struct log *l, const struct journal_record *rec, struct err *err)
{
	auto_pending struct pending files = PENDING_INIT;
	int r = edge_extend(&l->edge, rec->rest, &files, err);

	if (r == 0)
		r = edge_add_partials(&l->edge, rec->before, &files, err);
	if (r < 0)
		return r;
	buf_add(&files.checkpoint, rec->note, rec->note_len);
	return pending_write(&files, &l->store, err);
}

static int remove_file(void *ctx, const struct tile *t, struct err *err)
{
	const struct store *s = ctx;
	char path[TILE_PATH];

	tile_path(t, path);
	if (unlinkat(s->dir, path, 0) < 0)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : err_set(err, -errno, "remove '%s/%s'", s->path, path);
	*strrchr(path, '/') = '\0';
	return store_sync(s, path, err);
}

/* Takes back a batch that is in the journal and could not be put in its place. */
static int undo(struct log *l, const struct journal_record *rec, uint64_t bytes, struct err *err)
{
	l->ready = false;
	if (tile_each_new(rec->before, rec->after, remove_file, &l->store, err) < 0)
		return -ENOTRECOVERABLE;
	return journal_cut(&l->journal, bytes, err);
}

/* Those of the size that the journal begins at must last as long as the journal. */
static int drop_old(void *ctx, const struct tile *t, struct err *err)
{
	const struct log *l = ctx;
	uint64_t base = tile_hashes(t->level, l->journal.base);
	unsigned int keep = base / TILE_WIDTH == t->n ? (unsigned int)(base % TILE_WIDTH) : 0;

	(void)err;
	if (t->width == TILE_WIDTH)
		log_drop_partials(l, t, keep);
	return 0;
}

static int commit(struct log *l, const struct journal_record *rec, struct err *err)
{
	uint64_t bytes = l->journal.bytes;
	struct err why_not = { "" };
	int r = journal_add(&l->journal, rec, err);

	if (r < 0) {
		l->ready = r != -ENOTRECOVERABLE;
		return r;
	}
	r = place(l, rec, err);
	if (r == 0)
		return 0;
	if (undo(l, rec, bytes, &why_not) == 0)
		return r;
	return err_prefix(err, -ENOTRECOVERABLE, "%s", why_not.text);
}

static int append(struct log *l, struct bundle entries, struct checkpoint *ret, struct err *err)
{
	auto_buf struct buf note = BUF_INIT;
	struct journal_record rec = { .rest = entries };
	struct checkpoint next;
	int r = log_refresh(l, err);

	if (r == 0)
		r = log_bound_journal(l, err);
	if (r == 0)
		r = next_head(l, entries, &next, err);
	if (r == 0)
		r = checkpoint_sign(&next, l->signer, &note, err);
	if (r < 0)
		return r;
	rec.before = l->edge.tree.size;
	rec.after = next.size;
	rec.note = note.data;
	rec.note_len = note.len;
	r = commit(l, &rec, err);
	if (r == 0)
		r = tile_each_new(rec.before, rec.after, drop_old, l, err);
	if (r == 0)
		*ret = next;
	return r;
}

int log_append(struct log *l, struct bundle entries, struct checkpoint *ret, struct err *err)
{
	int r = store_lock(&l->store, err);

	assert(l->signer);
	if (r < 0)
		return r;
	r = append(l, entries, ret, err);
	store_unlock(&l->store);
	return r;
}
