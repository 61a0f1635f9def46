#include "audit/log.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/key.h"
#include "audit/log_state.h"

/* What was made so far: it goes again when the rest can't be made. */
struct making {
	const struct log_paths *paths;
	struct store store;
	bool dir, key, vkey, journal;
};

static void undo(const struct making *m)
{
	auto_free char *journal = store_path(&m->store, STORE_JOURNAL);

	if (m->journal) {
		unlinkat(m->store.dir, STORE_CHECKPOINT, 0);
		unlink(journal);
	}
	if (m->vkey)
		unlink(m->paths->vkey);
	if (m->key)
		unlink(m->paths->key);
	if (m->dir)
		rmdir(m->store.path);
}

static void done(struct making *m)
{
	store_close(&m->store);
}

static int make_parent(const char *path, mode_t mode, struct err *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *parent = NULL;

	if (!slash || slash == path)
		return 0;
	parent = xstrndup(path, (size_t)(slash - path));
	return store_make_dirs(parent, mode, err);
}

static int make_parents(const struct log_paths *paths, struct err *err)
{
	auto_free char *dir = xstrndup(paths->dir, strlen(paths->dir));
	int r;

	for (size_t n = strlen(dir); n > 1 && dir[n - 1] == '/'; n--)
		dir[n - 1] = '\0';
	r = make_parent(dir, 0777, err);
	if (r == 0)
		r = make_parent(paths->key, 0700, err);
	return r == 0 ? make_parent(paths->vkey, 0777, err) : r;
}

/* The directory: whoever makes it makes the log. */
static int make_dir(struct making *m, struct err *err)
{
	struct store *s = &m->store;
	int journal, r = mkdirat(s->parent, s->name, 0777) < 0 ? -errno : 0;

	if (r == -EEXIST)
		return err_say(err, -EEXIST, "log '%s' is there already", s->path);
	if (r < 0)
		return err_set(err, r, "create directory '%s'", s->path);
	m->dir = true;
	if (store_open_beside(s, STORE_JOURNAL, O_RDONLY, &journal, NULL) == 0) {
		close(journal);
		return err_say(err, -EEXIST, "'%s%s' is there already: it is not written over",
			s->path, STORE_JOURNAL);
	}
	return store_enter(s, err);
}

static int make_keys(struct making *m, const char *origin, struct signer **ret, struct err *err)
{
	auto_signer struct signer *signer = NULL;
	auto_buf struct buf line = BUF_INIT;
	int r = key_create(m->paths->key, origin, &signer, err);

	if (r < 0)
		return r;
	m->key = true;
	vkey_add(&line, signer_vkey(signer));
	buf_addc(&line, '\n');
	r = store_create(m->paths->vkey, 0644, line.data, line.len, err);
	if (r < 0)
		return r;
	m->vkey = true;
	*ret = steal_pointer(&signer);
	return 0;
}

/* The checkpoint comes last: without it there is no log. */
static int make_files(
	struct making *m, const struct signer *signer, const char *boot, struct err *err)
{
	const struct store *s = &m->store;
	auto_buf struct buf note = BUF_INIT;
	struct checkpoint head = { .size = 0 };
	struct merkle empty = { .size = 0 };
	int r;

	memcpy(head.origin, signer_vkey(signer)->name, sizeof(head.origin));
	merkle_root(&empty, head.root);
	r = checkpoint_sign(&head, signer, &note, err);
	if (r == 0)
		r = journal_create(s, 0, &note, boot, err);
	if (r < 0)
		return r;
	m->journal = true;
	r = store_put(s, STORE_CHECKPOINT, note.data, note.len, err);
	if (r == 0)
		r = store_sync(s, STORE_CHECKPOINT, err);
	return r == 0 ? store_sync(s, ".", err) : r;
}

static int make(struct making *m, const char *origin, const char *boot, struct err *err)
{
	auto_signer struct signer *signer = NULL;
	int r = make_dir(m, err);

	if (r == 0)
		r = make_keys(m, origin, &signer, err);
	if (r == 0)
		r = make_files(m, signer, boot, err);
	if (r == 0 && fsync(m->store.parent) < 0)
		r = err_set(err, -errno, "sync the directory of '%s'", m->store.path);
	if (r < 0)
		undo(m);
	return r;
}

int log_create(const struct log_paths *paths, const char *origin, const char *boot, struct err *err)
{
	CLEANUP(done) struct making m = { .paths = paths, .store = STORE_INIT };
	unsigned char nothing[VKEY_BYTES] = { 0 };
	struct vkey name;
	int r = vkey_make(origin, nothing, &name, err);

	if (r == 0)
		r = make_parents(paths, err);
	if (r == 0)
		r = store_open(paths->dir, &m.store, err);
	if (r == 0)
		r = store_open_lock(&m.store, O_CREAT, err);
	if (r == 0)
		r = store_lock(&m.store, err);
	return r == 0 ? make(&m, origin, boot, err) : r;
}
