/*
 * Opening: bringing the files and the journal back together after a crash.
 *
 * While the machine has not been restarted since the journal began, files are as they were written.
 * What can be missing is the end of the last batch: its record is there and the checkpoint is
 * older. It is put in its place again. Anything else that does not fit is damage, and nothing is
 * added to a damaged log. When the last record's checkpoint is the published one, as after every
 * clean end, the rest of the journal is not read.
 *
 * After a restart, files that were never synced may be gone or torn. So all that the journal covers
 * is written again, beginning at the size where the journal began, whose files were synced before
 * it did; then the journal is begun anew, which notes the new boot.
 *
 * A journal's own digests only tell what a crash tore. It may be damaged otherwise, or be that of
 * another copy of the log, which the same key has signed. So what it makes of the files is first made
 * in memory, and none of it counts unless it leads through the published checkpoint, where that can
 * be read, to entries that the journal's last checkpoint is for. Only then is anything written; or
 * nothing at all, by who only looks.
 */
#include "audit/log.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "audit/log_state.h"

enum { LOOKS = 200, LOOK_MS = 10 };

struct recovery {
	struct log *l;
	int access; /* O_RDWR, or O_RDONLY to look */
	struct buf data; /* the journal */
	struct buf note; /* the published checkpoint's file */
	struct journal_cursor c; /* at its end, once scanned */
	struct journal_record last; /* the last record */
	bool same_boot;
	bool has_head; /* the published checkpoint can be read */
	bool met; /* and the entries have been seen to lead through it */
	struct checkpoint head; /* that one */
	struct pending rest; /* what is to be put in its place */
	bool torn; /* the journal has bytes behind its end */
};

static void done(struct recovery *v)
{
	pending_done(&v->rest);
	buf_done(&v->data);
	buf_done(&v->note);
}

static int open_journal(struct recovery *v, struct err *err)
{
	struct log *l = v->l;
	int r = journal_open(&l->store, v->access, &l->journal, err);

	if (r == -ENOENT && l->signer)
		return err_say(err, -EUCLEAN,
			"'%s%s' is missing: without it nobody knows what was signed last",
			l->store.path, STORE_JOURNAL);
	return r;
}

static void set_base(struct recovery *v, const struct journal_record *first)
{
	struct log *l = v->l;

	l->journal.base = first->after;
	v->same_boot = *l->boot && first->rest.left == strlen(l->boot) &&
		       !memcmp(first->rest.p, l->boot, first->rest.left);
}

static bool is_published(const struct recovery *v, const struct journal_record *rec)
{
	return v->note.len == rec->note_len && !memcmp(v->note.data, rec->note, rec->note_len);
}

/* True when the journal's end is what is published, so that nothing is to be finished. */
static bool is_settled(struct recovery *v)
{
	struct journal_record first;
	struct journal *j = &v->l->journal;

	if (!journal_peek(j, &v->data, &first, &v->last, &j->bytes))
		return false;
	set_base(v, &first);
	return v->same_boot && v->has_head && is_published(v, &v->last);
}

static int load_journal(struct recovery *v, struct err *err)
{
	struct log *l = v->l;
	int r = journal_load(&l->journal, &v->data, err);

	if (r < 0)
		return r;
	if (journal_first(buf_str(&v->data), v->data.len, &v->c, &v->last) < 0)
		return err_say(err, -EUCLEAN, "'%s%s' is damaged at its beginning", l->store.path,
			STORE_JOURNAL);
	set_base(v, &v->last);
	return 0;
}

/* The published checkpoint. What is wrong with it is told later, if it may not be so. */
static int read_head(struct recovery *v, struct err *err)
{
	struct log *l = v->l;
	int r = store_get(l->store.dir, STORE_CHECKPOINT, NOTE_MAX_BYTES, &v->note, err);

	if (r == -ENOENT)
		r = err_say(err, r, "missing");
	else if (r == 0)
		r = checkpoint_open(v->note.data, v->note.len, &l->vkey, &v->head, err);
	v->has_head = r == 0;
	return r;
}

/* After a restart the checkpoint may be torn, but not signed by somebody else. */
static int judge_head(const struct recovery *v, int r, struct err *err)
{
	if (r == 0 || (!v->same_boot && (r == -ENOENT || r == -EINVAL)))
		return 0;
	return err_prefix(err, -EUCLEAN, "%s", STORE_CHECKPOINT);
}

/*
 * A crash tears the last record. A broken one with a whole one at the very end behind it is damage.
 */
static bool is_broken_within(const struct recovery *v)
{
	auto_buf struct buf data = BUF_INIT;
	struct journal_record first, last;
	uint64_t bytes;

	return v->c.at < v->data.len && journal_peek(&v->l->journal, &data, &first, &last, &bytes);
}

/* Finds the journal's end and whether the published checkpoint lies between its two ends. */
static int scan(struct recovery *v, struct err *err)
{
	uint64_t base = v->l->journal.base;
	struct journal_record rec;

	while (journal_next(&v->c, &rec))
		v->last = rec;
	v->l->journal.bytes = v->c.at;
	if (is_broken_within(v))
		return err_say(err, -EUCLEAN, "the journal is damaged behind entry %ju",
			(uintmax_t)v->c.size);
	if (!v->has_head || (v->head.size >= base && v->head.size <= v->c.size))
		return 0;
	if (v->head.size < base)
		return err_say(err, -EUCLEAN,
			"the checkpoint is for %ju entries, older than the journal, which begins at %ju",
			(uintmax_t)v->head.size, (uintmax_t)base);
	return err_say(err, -EUCLEAN,
		"the checkpoint is for %ju entries, and the journal ends at %ju",
		(uintmax_t)v->head.size, (uintmax_t)v->c.size);
}

/* Where the entries have come as far as the published checkpoint, they must be its entries. */
static int meet_head(struct recovery *v, struct err *err)
{
	unsigned char root[MERKLE_HASH];

	if (!v->has_head || v->head.size != v->l->edge.tree.size)
		return 0;
	merkle_root(&v->l->edge.tree, root);
	if (memcmp(v->head.root, root, sizeof(root)) != 0)
		return err_say(err, -EUCLEAN,
			"its first %ju entries are not those that the published checkpoint is for",
			(uintmax_t)v->head.size);
	v->met = true;
	return 0;
}

static int load_edge(struct recovery *v, uint64_t size, struct err *err)
{
	int r = edge_load(&v->l->edge, &v->l->store, size, err);

	return r == 0 ? meet_head(v, err) : r;
}

/* Adds every batch from a size on, which must be where one of them begins. */
static int replay(struct recovery *v, uint64_t from, struct err *err)
{
	struct edge *edge = &v->l->edge;
	struct journal_cursor c;
	struct journal_record rec;

	if (journal_first(v->data.data, v->c.at, &c, &rec) < 0)
		return err_say(err, -EUCLEAN, "the journal is damaged at its beginning");
	while (journal_next(&c, &rec)) {
		int r;

		if (rec.after <= from)
			continue;
		if (rec.before != edge->tree.size)
			return err_say(err, -EUCLEAN, "the checkpoint lies within a batch");
		r = edge_extend(edge, rec.rest, &v->rest, err);
		if (r == 0)
			r = meet_head(v, err);
		if (r < 0)
			return r;
	}
	if (v->has_head && !v->met)
		return err_say(err, -EUCLEAN, "the checkpoint lies within a batch");
	return 0;
}

int log_check_note(const struct log *l, const struct journal_record *rec, struct err *err)
{
	unsigned char root[MERKLE_HASH];
	struct checkpoint c;
	int r = checkpoint_open(rec->note, rec->note_len, &l->vkey, &c, err);

	if (r < 0)
		return err_prefix(err, -EUCLEAN, "the journal's last checkpoint");
	merkle_root(&l->edge.tree, root);
	if (c.size != l->edge.tree.size || memcmp(c.root, root, sizeof(root)) != 0)
		return err_say(err, -EUCLEAN,
			"the entries are not those that the journal's last checkpoint is for");
	return 0;
}

/* All that is to be written, now that it is known to be what was signed. */
static int collect(struct recovery *v, uint64_t from, struct err *err)
{
	struct log *l = v->l;
	int r = edge_add_partials(&l->edge, from, &v->rest, err);

	if (r == 0 && !v->same_boot)
		r = edge_mend(&l->edge, &l->store, &v->rest, err);
	if (r < 0)
		return r;
	pending_prune(&v->rest, l->store.dir);
	if (!v->same_boot)
		v->rest.torn_from = l->journal.base;
	if (!v->has_head || v->head.size != l->edge.tree.size)
		buf_add(&v->rest.checkpoint, v->last.note, v->last.note_len);
	v->torn = v->c.at < v->data.len;
	return 0;
}

static int plan(struct recovery *v, struct err *err)
{
	uint64_t from;
	int r = scan(v, err);

	if (r < 0)
		return r;
	from = v->same_boot ? v->head.size : v->l->journal.base;
	r = load_edge(v, from, err);
	if (r == 0)
		r = replay(v, from, err);
	if (r == 0)
		r = log_check_note(v->l, &v->last, err);
	return r == 0 ? collect(v, from, err) : r;
}

/* Finds out what is to be done. Nothing is written. */
static int look(struct recovery *v, struct err *err)
{
	struct err why = { "" };
	int head, r = open_journal(v, err);

	if (r < 0)
		return r;
	head = read_head(v, &why);
	if (is_settled(v))
		return load_edge(v, v->head.size, err);
	r = load_journal(v, err);
	if (r < 0)
		return r;
	r = judge_head(v, head, &why);
	if (r < 0)
		return err_say(err, r, "%s", why.text);
	return plan(v, err);
}

/* Does it. */
static int finish(struct recovery *v, struct err *err)
{
	struct log *l = v->l;
	int r;

	/* Its writer may have died before it synced; from here on it counts. */
	if (!pending_is_empty(&v->rest) && fdatasync(l->journal.fd) < 0)
		return err_set(err, -errno, "sync '%s%s'", l->store.path, STORE_JOURNAL);
	r = pending_write(&v->rest, &l->store, err);
	if (r == 0 && v->torn)
		r = journal_cut(&l->journal, v->c.at, err);
	if (r == 0 && !v->same_boot)
		r = log_restart_journal(l, err);
	return r;
}

int log_refresh(struct log *l, struct err *err)
{
	CLEANUP(done) struct recovery v = { .l = l, .access = O_RDWR, .rest = PENDING_INIT };
	int r;

	if (l->ready && journal_is_current(&l->journal))
		return 0;
	l->ready = false;
	r = look(&v, err);
	if (r == 0)
		r = finish(&v, err);
	if (r == 0)
		l->ready = true;
	return r == -EUCLEAN
		       ? err_prefix(err, r,
				 "log '%s' is not in order, so nothing is added to it ('remit-log verify' says more)",
				 l->store.path)
		       : r;
}

/* Without the lock. False may only mean that somebody writes just now. */
static bool looks_settled(struct log *l)
{
	CLEANUP(done) struct recovery v = { .l = l, .access = O_RDONLY, .rest = PENDING_INIT };

	return open_journal(&v, NULL) == 0 && read_head(&v, NULL) == 0 && is_settled(&v);
}

static int look_locked(struct log *l, struct pending *ret, struct err *err)
{
	CLEANUP(done) struct recovery v = { .l = l, .access = O_RDONLY, .rest = PENDING_INIT };
	int r = look(&v, err);

	store_unlock(&l->store);
	if (r < 0)
		return r == -EUCLEAN ? err_prefix(err, r, "nothing can be added to log '%s'",
					       l->store.path)
				     : r;
	*ret = v.rest;
	v.rest = (struct pending)PENDING_INIT;
	return 0;
}

/* The lock may never be free: of a log that is busy, each look may find it settled. */
int log_look(const char *dir, const struct vkey *vkey, const char *boot, struct pending *ret,
	struct err *err)
{
	static const struct timespec pause = { 0, LOOK_MS * 1000000L };
	auto_log struct log *l = log_new(NULL, vkey, boot);
	int r = log_find(l, dir, O_RDONLY, err);

	for (int tries = 0; r == 0 && tries < LOOKS; tries++) {
		if (looks_settled(l))
			return 0;
		r = store_try_share(&l->store, err);
		if (r == 0)
			return look_locked(l, ret, err);
		if (r == -EBUSY)
			r = nanosleep(&pause, NULL) < 0 ? -errno : 0;
	}
	return r == 0 ? err_say(err, -EBUSY, "'%s' is being written to", l->store.path) : r;
}
