/*
 * Making a log. Each of these is durable before the next:
 *
 *   1. PATH.journal, for size 0, with the checkpoint that the new key signs
 *   2. the key
 *   3. PATH/checkpoint, that same checkpoint
 *   4. the public key, without which nobody takes the log for made
 *
 * So who comes when a making was cut short can tell, and goes on with it: there is a journal without
 * batches, whose checkpoint the key that is there has signed, and no public key. A journal of size 0 without
 * its key is of no use to anybody, and is made anew. Whatever else is there is somebody's, and stays.
 */
#include "audit/log.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/key.h"
#include "audit/log_state.h"

struct making {
	const struct log_paths *paths;
	struct store store;
	struct signer *signer;
	struct buf note; /* the checkpoint of size 0 */
	bool published; /* was there already: it may be ours */
	bool dir, journal, key,
		checkpoint; /* made by us: they go again when the rest can't be made */
};

static void undo(const struct making *m)
{
	auto_free char *journal = store_path(&m->store, STORE_JOURNAL);

	if (m->checkpoint)
		unlinkat(m->store.dir, STORE_CHECKPOINT, 0);
	if (m->key)
		unlink(m->paths->key);
	if (m->journal)
		unlink(journal);
	if (m->dir)
		rmdir(m->store.path);
}

static void done(struct making *m)
{
	signer_free(m->signer);
	buf_done(&m->note);
	store_close(&m->store);
}

static int make_parents(const struct log_paths *paths, struct err *err)
{
	int r = store_make_parents(paths->dir, 0777, err);

	if (r == 0)
		r = store_make_parents(paths->key, 0700, err);
	return r == 0 ? store_make_parents(paths->vkey, 0777, err) : r;
}

static int is_there(const struct store *s, struct err *err)
{
	return err_say(err, -EEXIST, "log '%s' is there already", s->path);
}

/* An empty directory is no log. *ret: a checkpoint is all that is in it. */
static int look_into(const struct store *s, bool *ret, struct err *err)
{
	int fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (!dir)
		return err_set(err, -errno, "read directory '%s'", s->path);
	while (r == 0 && (d = readdir(dir))) {
		if (!strcmp(d->d_name, STORE_CHECKPOINT))
			*ret = true;
		else if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			r = is_there(s, err);
	}
	closedir(dir);
	return r;
}

static int make_dir(struct making *m, struct err *err)
{
	struct store *s = &m->store;
	int r = mkdirat(s->parent, s->name, 0777) < 0 ? -errno : 0;

	m->dir = r == 0;
	if (r < 0 && r != -EEXIST)
		return err_set(err, r, "create directory '%s'", s->path);
	r = store_enter(s, err);
	return r == 0 ? look_into(s, &m->published, err) : r;
}

/* What is in the way of a new log of that name, and not left of one that was being made. */
static int is_taken(const struct making *m, struct err *err)
{
	if (m->published)
		return is_there(&m->store, err);
	return err_say(err, -EEXIST, "'%s%s' is there already: it is not written over",
		m->store.path, STORE_JOURNAL);
}

/* True when it is the published one, or none is published. */
static bool is_note(const struct making *m, const struct journal_record *rec)
{
	auto_buf struct buf there = BUF_INIT;

	if (!m->published)
		return true;
	return store_get(m->store.dir, STORE_CHECKPOINT, NOTE_MAX_BYTES, &there, NULL) == 0 &&
	       there.len == rec->note_len && !memcmp(there.data, rec->note, there.len);
}

/* The journal is that of a log to be made: has it a key? */
static int find_key(struct making *m, const struct journal_record *rec, struct err *err)
{
	auto_signer struct signer *signer = NULL;
	struct checkpoint head;
	int r = key_read(m->paths->key, &signer, err);

	if (r == -ENOENT && !m->published)
		return 0;
	if (r < 0 || !is_note(m, rec) ||
		checkpoint_open(rec->note, rec->note_len, signer_vkey(signer), &head, NULL) < 0 ||
		access(m->paths->vkey, F_OK) == 0)
		return is_taken(m, err);
	m->signer = steal_pointer(&signer);
	buf_add(&m->note, rec->note, rec->note_len);
	return 0;
}

static int find_journal(struct making *m, struct err *err)
{
	struct journal j = JOURNAL_INIT;
	auto_buf struct buf data = BUF_INIT;
	struct journal_cursor c;
	struct journal_record first;
	int r = journal_open(&m->store, O_RDONLY, &j, err);

	if (r == -ENOENT)
		return m->published ? is_there(&m->store, err) : 0;
	if (r == 0)
		r = journal_load(&j, &data, err);
	journal_close(&j);
	if (r < 0)
		return r;
	if (journal_first(buf_str(&data), data.len, &c, &first) < 0 || first.after ||
		c.at < data.len)
		return is_taken(m, err);
	return find_key(m, &first, err);
}

static int sign_nothing(struct making *m, struct err *err)
{
	struct checkpoint head = { .size = 0 };
	struct merkle empty = { .size = 0 };

	memcpy(head.origin, signer_vkey(m->signer)->name, sizeof(head.origin));
	merkle_root(&empty, head.root);
	return checkpoint_sign(&head, m->signer, &m->note, err);
}

static int make_key(struct making *m, const char *origin, const char *boot, struct err *err)
{
	auto_secret struct buf secret = BUF_INIT;
	int r = key_make(origin, &secret, &m->signer, err);

	if (r == 0)
		r = sign_nothing(m, err);
	if (r == 0)
		r = journal_create(&m->store, 0, &m->note, boot, err);
	if (r < 0)
		return r;
	m->journal = true;
	r = key_write(m->paths->key, &secret, err);
	m->key = r == 0;
	return r;
}

static int make_checkpoint(struct making *m, struct err *err)
{
	const struct store *s = &m->store;
	int r = 0;

	if (!m->published) {
		r = store_put(s, STORE_CHECKPOINT, m->note.data, m->note.len, err);
		m->checkpoint = r == 0;
	}
	if (r == 0)
		r = store_sync(s, STORE_CHECKPOINT, err);
	if (r == 0)
		r = store_sync(s, ".", err);
	return r == 0 ? store_sync_way(s->path, err) : r;
}

static int make_vkey(const struct making *m, struct err *err)
{
	auto_buf struct buf line = BUF_INIT;

	vkey_add(&line, signer_vkey(m->signer));
	buf_addc(&line, '\n');
	return store_create(m->paths->vkey, 0644, line.data, line.len, err);
}

static int make(struct making *m, const char *origin, const char *boot, struct err *err)
{
	int r = make_dir(m, err);

	if (r == 0)
		r = find_journal(m, err);
	if (r == 0 && !m->signer)
		r = make_key(m, origin, boot, err);
	if (r == 0)
		r = make_checkpoint(m, err);
	if (r == 0)
		r = make_vkey(m, err);
	if (r < 0)
		undo(m);
	return r;
}

int log_create(const struct log_paths *paths, const char *origin, const char *boot, struct err *err)
{
	CLEANUP(done) struct making m = { .paths = paths, .store = STORE_INIT, .note = BUF_INIT };
	unsigned char nothing[VKEY_BYTES] = { 0 };
	struct vkey name;
	int r = vkey_make(origin, nothing, &name, err);

	if (r == 0)
		r = make_parents(paths, err);
	if (r == 0)
		r = store_open(paths->dir, &m.store, err);
	if (r == 0)
		r = store_open_lock(&m.store, O_RDWR | O_CREAT, err);
	if (r == 0)
		r = store_lock(&m.store, err);
	return r == 0 ? make(&m, origin, boot, err) : r;
}
