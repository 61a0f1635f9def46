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
 */
#include "audit/log.h"

#include <string.h>

#include "audit/log_state.h"

struct recovery {
	struct log *l;
	struct buf data; /* the journal */
	struct buf note; /* the published checkpoint's file */
	struct journal_cursor c; /* at its end, once scanned */
	struct journal_record last; /* the last record */
	bool same_boot;
	bool has_head; /* the published checkpoint can be read */
	struct checkpoint head; /* that one */
};

static void done(struct recovery *v)
{
	buf_done(&v->data);
	buf_done(&v->note);
}

static int damaged(const struct log *l, struct err *err)
{
	return err_prefix(err, -EUCLEAN,
		"log '%s' is not in order, so nothing is added to it ('remit-log verify' says more)",
		l->store.path);
}

static int open_journal(struct recovery *v, struct err *err)
{
	struct log *l = v->l;
	int r = journal_open(&l->store, &l->journal, err);

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

/* Puts in place every batch from a size on, which must be where one of them begins. */
static int replay(struct recovery *v, uint64_t from, struct err *err)
{
	struct log *l = v->l;
	struct journal_cursor c;
	struct journal_record rec;
	int r;

	/* Its writer may have died before it synced; from here on it counts. */
	if (fdatasync(l->journal.fd) < 0)
		return err_set(err, -errno, "sync '%s%s'", l->store.path, STORE_JOURNAL);
	if (journal_first(v->data.data, v->c.at, &c, &rec) < 0)
		return err_say(err, -EUCLEAN, "the journal is damaged at its beginning");
	while (journal_next(&c, &rec)) {
		if (rec.after <= from)
			continue;
		if (rec.before != l->edge.tree.size)
			return err_say(err, -EUCLEAN, "the checkpoint lies within a batch");
		r = edge_extend(&l->edge, &l->store, rec.rest, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What the journal's last note signs must be what the entries come to. */
static int check_last(struct recovery *v, struct err *err)
{
	unsigned char root[MERKLE_HASH];
	struct checkpoint last;
	int r = checkpoint_open(v->last.note, v->last.note_len, &v->l->vkey, &last, err);

	if (r < 0)
		return err_prefix(err, -EUCLEAN, "the journal's last checkpoint");
	merkle_root(&v->l->edge.tree, root);
	if (last.size != v->l->edge.tree.size || memcmp(last.root, root, sizeof(root)) != 0)
		return err_say(err, -EUCLEAN,
			"the entries are not those that the journal's last checkpoint is for");
	return 0;
}

static int finish(struct recovery *v, struct err *err)
{
	struct log *l = v->l;
	int r = check_last(v, err);

	if (r == 0 && (!v->has_head || v->head.size != l->edge.tree.size))
		r = store_put(&l->store, STORE_CHECKPOINT, v->last.note, v->last.note_len, err);
	if (r == 0 && v->c.at < v->data.len)
		r = journal_cut(&l->journal, v->c.at, err);
	if (r == 0 && !v->same_boot)
		r = edge_mend(&l->edge, &l->store, err);
	if (r == 0 && !v->same_boot)
		r = log_restart_journal(l, err);
	return r;
}

/* The edge of the published size. */
static int load_head(const struct recovery *v, struct err *err)
{
	struct log *l = v->l;
	unsigned char root[MERKLE_HASH];
	int r = edge_load(&l->edge, &l->store, v->head.size, err);

	if (r < 0)
		return r;
	merkle_root(&l->edge.tree, root);
	if (memcmp(v->head.root, root, sizeof(root)) != 0)
		return err_say(err, -EUCLEAN,
			"the right edge of the tree is not the one that the checkpoint is for");
	return 0;
}

static int settle(struct recovery *v, struct err *err)
{
	struct log *l = v->l;
	uint64_t from;
	int r = scan(v, err);

	if (r < 0)
		return r;
	from = v->same_boot ? v->head.size : l->journal.base;
	r = v->same_boot ? load_head(v, err) : edge_load(&l->edge, &l->store, from, err);
	if (r == 0 && from < v->c.size)
		r = replay(v, from, err);
	return r == 0 ? finish(v, err) : r;
}

static int recover(struct recovery *v, struct err *err)
{
	struct err why = { "" };
	int head, r = open_journal(v, err);

	if (r < 0)
		return r;
	head = read_head(v, &why);
	if (is_settled(v))
		return load_head(v, err);
	r = load_journal(v, err);
	if (r < 0)
		return r;
	r = judge_head(v, head, &why);
	if (r < 0)
		return err_say(err, r, "%s", why.text);
	return settle(v, err);
}

int log_refresh(struct log *l, struct err *err)
{
	CLEANUP(done) struct recovery v = { .l = l };
	int r;

	if (l->ready && journal_is_current(&l->journal))
		return 0;
	l->ready = false;
	r = recover(&v, err);
	if (r == 0)
		l->ready = true;
	return r == -EUCLEAN ? damaged(l, err) : r;
}

bool log_is_settled(struct log *l)
{
	CLEANUP(done) struct recovery v = { .l = l };

	return open_journal(&v, NULL) == 0 && read_head(&v, NULL) == 0 && is_settled(&v);
}
