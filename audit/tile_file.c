#include "audit/tile_file.h"

#include "audit/store.h"

int tile_read(int dir, const struct tile *t, struct buf *out, bool *ret_full, struct err *err)
{
	size_t max = t->level == TILE_ENTRIES ? (size_t)BUNDLE_MAX_BYTES : (size_t)TILE_BYTES;
	struct tile full = { t->level, t->n, TILE_WIDTH };
	char path[TILE_PATH], full_path[TILE_PATH];
	int r;

	tile_path(t, path);
	*ret_full = t->width == TILE_WIDTH;
	r = store_get(dir, path, max, out, err);
	if (r == -ENOENT && !*ret_full) {
		*ret_full = true;
		tile_path(&full, full_path);
		r = store_get(dir, full_path, max, out, err);
	}
	return r == -ENOENT ? err_say(err, r, "'%s' is missing", path) : r;
}
