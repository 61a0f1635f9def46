#include "audit/read.h"

#include <fcntl.h>
#include <inttypes.h>

#include "audit/note.h"
#include "audit/store.h"
#include "audit/tile_file.h"

struct reader {
	int dir;
	struct checkpoint head;
	struct buf bytes; /* of the bundle last read */
	struct entry entries[TILE_WIDTH];
	struct tile loaded; /* which one that is; width 0 for none */
};

static int read_head(struct reader *r, struct err *err)
{
	auto_buf struct buf bytes = BUF_INIT;
	auto_note struct note note = { .text = NULL };
	int n = store_get(r->dir, STORE_CHECKPOINT, NOTE_MAX_BYTES, &bytes, err);

	if (n == -ENOENT)
		return err_say(err, n, "there is no checkpoint");
	if (n == 0)
		n = note_parse(bytes.data, bytes.len, &note, err);
	return n == 0 ? checkpoint_parse(note.text, note.text_len, &r->head, err) : n;
}

int reader_open(const char *dir, struct reader **ret, struct err *err)
{
	auto_reader struct reader *r = xcalloc(1, sizeof(*r));
	int n;

	r->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir < 0)
		return err_set(err, -errno, "open log '%s'", dir);
	n = read_head(r, err);
	if (n < 0)
		return err_prefix(err, n, "log '%s'", dir);
	*ret = steal_pointer(&r);
	return 0;
}

void reader_close(struct reader *r)
{
	if (!r)
		return;
	cleanup_fd(&r->dir);
	buf_done(&r->bytes);
	free(r);
}

const struct checkpoint *reader_head(const struct reader *r)
{
	return &r->head;
}

static int load(struct reader *r, const struct tile *t, struct err *err)
{
	struct bundle rest;
	bool full;
	int n;

	r->loaded.width = 0;
	n = tile_read(r->dir, t, &r->bytes, &full, err);
	if (n == -ENOENT)
		return -EUCLEAN;
	if (n < 0)
		return n;
	rest = (struct bundle){ r->bytes.data, r->bytes.len };
	for (unsigned int i = 0; i < t->width; i++)
		if (bundle_next(&rest, &r->entries[i]) <= 0)
			return err_say(err, -EUCLEAN, "entry %" PRIu64 " is missing or cut short",
				t->n * TILE_WIDTH + i);
	r->loaded = *t;
	return 0;
}

int reader_get(struct reader *r, uint64_t index, struct entry *ret, struct err *err)
{
	struct tile t = tile_at(TILE_ENTRIES, index / TILE_WIDTH, r->head.size);
	int n = 0;

	if (index >= r->head.size)
		return err_say(err, -ERANGE, "there is no entry %" PRIu64 ": the log has %" PRIu64,
			index, r->head.size);
	if (!r->loaded.width || r->loaded.n != t.n)
		n = load(r, &t, err);
	if (n == 0)
		*ret = r->entries[index % TILE_WIDTH];
	return n;
}
