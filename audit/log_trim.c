/*
 * Emptying the journal: the files that it covers are synced, then the directories that name them,
 * then a new journal takes its place. In that order, since the journal is what stands in for all of
 * them.
 */
#include "audit/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "audit/log_state.h"
#include "base/bind.h"

/*
 * Beyond either, the journal is emptied. What the machine has to do after a power cut stays small.
 */
enum {
	TRIM_BYTES = 1 << 20,
	TRIM_ENTRIES = 4096,
	/* Beyond this, nothing is added before it has been emptied. */
	TOO_MANY_BYTES = 4 * TRIM_BYTES,
};

struct syncing {
	const struct store *store;
	struct strs dirs; /* to be synced after the files: few, since tiles share them */
};

static void done(struct syncing *s)
{
	strs_done(&s->dirs);
}

static void note_dirs(struct syncing *s, char *path)
{
	for (char *slash; (slash = strrchr(path, '/'));) {
		*slash = '\0';
		if (!strs_has(&s->dirs, path))
			strs_add(&s->dirs, path);
	}
}

static int sync_name(const struct store *s, const char *name, struct err *err)
{
	int r = store_sync(s, name, err);

	return r == -ENOENT ? err_say(err, -EUCLEAN, "'%s/%s' is missing", s->path, name) : r;
}

static int sync_file(void *ctx, const struct tile *t, struct err *err)
{
	struct syncing *s = ctx;
	char path[TILE_PATH];
	int r;

	tile_path(t, path);
	r = sync_name(s->store, path, err);
	if (r == 0)
		note_dirs(s, path);
	return r;
}

/*
 * Every file that the log needs from now on: all but the partial ones of earlier sizes, which can
 * be made again (edge_mend).
 */
static int sync_all(const struct log *l, struct err *err)
{
	CLEANUP(done) struct syncing s = { &l->store, { NULL, 0 } };
	int r = tile_each_new(l->journal.base, l->edge.tree.size, sync_file, &s, err);

	if (r == 0)
		r = sync_name(&l->store, STORE_CHECKPOINT, err);
	for (size_t i = 0; i < s.dirs.n && r == 0; i++)
		r = sync_name(&l->store, s.dirs.v[i], err);
	return r == 0 ? sync_name(&l->store, ".", err) : r;
}

static int drop_all(void *ctx, const struct tile *t, struct err *err)
{
	(void)err;
	if (t->width == TILE_WIDTH)
		log_drop_partials(ctx, t, 0);
	return 0;
}

/*
 * The last checkpoint that the journal has: the published one, without what others may have added
 * to it. The new journal begins with it, so it must be what it says.
 */
static int last_note(const struct log *l, struct buf *out, struct err *err)
{
	auto_buf struct buf data = BUF_INIT;
	struct journal_record first, last;
	uint64_t bytes;

	if (!journal_peek(&l->journal, &data, &first, &last, &bytes) ||
		log_check_note(l, &last, NULL) < 0)
		return err_say(err, -EUCLEAN, "'%s%s' is damaged", l->store.path, STORE_JOURNAL);
	buf_add(out, last.note, last.note_len);
	return 0;
}

int log_restart_journal(struct log *l, struct err *err)
{
	auto_buf struct buf note = BUF_INIT, data = BUF_INIT;
	uint64_t size = l->edge.tree.size;
	int r = last_note(l, &note, err);

	l->ready = false;
	if (r == 0)
		r = sync_all(l, err);
	if (r == 0)
		r = tile_each_new(l->journal.base, size, drop_all, l, err);
	if (r == 0)
		r = journal_create(&l->store, size, &note, l->boot, err);
	if (r == 0)
		r = journal_open(&l->store, O_RDWR, &l->journal, err);
	if (r == 0)
		r = journal_load(&l->journal, &data, err);
	if (r < 0)
		return r;
	l->journal.base = size;
	l->journal.bytes = data.len;
	l->ready = true;
	return 0;
}

static bool is_long(const struct log *l)
{
	return l->journal.bytes > TRIM_BYTES || l->edge.tree.size - l->journal.base > TRIM_ENTRIES;
}

int log_bound_journal(struct log *l, struct err *err)
{
	return l->journal.bytes > TOO_MANY_BYTES ? log_restart_journal(l, err) : 0;
}

int log_trim(struct log *l, struct err *err)
{
	int r;

	if (!l->ready || !is_long(l))
		return 0;
	r = store_lock(&l->store, err);
	if (r < 0)
		return r;
	r = log_refresh(l, err);
	if (r == 0 && is_long(l))
		r = log_restart_journal(l, err);
	store_unlock(&l->store);
	return r;
}

void log_drop_partials(const struct log *l, const struct tile *full, unsigned int keep)
{
	auto_fd int fd = -1;
	char path[TILE_PATH], name[8];
	unsigned int width;

	tile_path(full, path);
	strcat(path, ".p");
	fd = openat(l->store.dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	for (width = 1; width < TILE_WIDTH; width++) {
		snprintf(name, sizeof(name), "%u", width);
		if (width != keep)
			unlinkat(fd, name, 0);
	}
	if (!keep)
		unlinkat(l->store.dir, path, AT_REMOVEDIR);
}
