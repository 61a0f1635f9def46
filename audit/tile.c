#include "audit/tile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { GROUP = 1000 };
static const uint64_t max_n = (UINT64_C(1) << 56) - 1;

static size_t add_number(char *out, size_t room, uint64_t n)
{
	size_t used = 0;
	uint64_t unit = 1;

	while (n / unit >= GROUP)
		unit *= GROUP;
	for (; unit > 1; unit /= GROUP)
		used += (size_t)snprintf(
			out + used, room - used, "x%03u/", (unsigned int)(n / unit % GROUP));
	return used + (size_t)snprintf(out + used, room - used, "%03u", (unsigned int)(n % GROUP));
}

void tile_path(const struct tile *t, char out[TILE_PATH])
{
	size_t used;

	if (t->level == TILE_ENTRIES)
		used = (size_t)snprintf(out, TILE_PATH, "tile/entries/");
	else
		used = (size_t)snprintf(out, TILE_PATH, "tile/%d/", t->level);
	used += add_number(out + used, TILE_PATH - used, t->n);
	if (t->width < TILE_WIDTH)
		snprintf(out + used, TILE_PATH - used, ".p/%u", t->width);
}

/* Reads digits off *p: at least min, at most max of them. */
static bool take_digits(const char **p, size_t min, size_t max, uint64_t *ret)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < max && (*p)[i] >= '0' && (*p)[i] <= '9'; i++)
		n = n * 10 + (uint64_t)((*p)[i] - '0');
	*p += i;
	*ret = n;
	return i >= min;
}

static bool take_level(const char **p, int *ret)
{
	uint64_t level;

	if (text_starts(*p, "entries/")) {
		*p += strlen("entries/");
		*ret = TILE_ENTRIES;
		return true;
	}
	if (!take_digits(p, 1, 2, &level) || level > 63 || *(*p)++ != '/')
		return false;
	*ret = (int)level;
	return true;
}

static bool take_number(const char **p, uint64_t *ret)
{
	uint64_t n = 0, group;
	bool more;

	do {
		more = **p == 'x';
		*p += more;
		if (!take_digits(p, 3, 3, &group) || (more && *(*p)++ != '/'))
			return false;
		n = n * GROUP + group;
		if (n > max_n)
			return false;
	} while (more);
	*ret = n;
	return true;
}

static bool take_width(const char **p, unsigned int *ret)
{
	uint64_t width;

	*ret = TILE_WIDTH;
	if (!**p)
		return true;
	if (!text_starts(*p, ".p/"))
		return false;
	*p += strlen(".p/");
	if (!take_digits(p, 1, 3, &width) || !width || width >= TILE_WIDTH)
		return false;
	*ret = (unsigned int)width;
	return true;
}

int tile_parse(const char *path, struct tile *ret)
{
	char again[TILE_PATH];
	struct tile t;
	const char *p = path + strlen("tile/");

	if (!text_starts(path, "tile/") || !take_level(&p, &t.level) || !take_number(&p, &t.n) ||
		!take_width(&p, &t.width))
		return -EINVAL;
	/* One tile has one name: this is what catches leading zeros and whatever is left over. */
	tile_path(&t, again);
	if (strcmp(path, again) != 0)
		return -EINVAL;
	*ret = t;
	return 0;
}

bool tile_is_dir(const char *path)
{
	char name[TILE_PATH];
	struct tile t;

	if (!strcmp(path, "tile") || !strcmp(path, "tile/entries"))
		return true;
	if (strlen(path) + strlen("/000") >= sizeof(name))
		return false;
	snprintf(name, sizeof(name), "%s/000", path);
	if (tile_parse(name, &t) == 0)
		return true;
	snprintf(name, sizeof(name), "%s/1", path);
	return tile_parse(name, &t) == 0;
}

uint64_t tile_hashes(int level, uint64_t size)
{
	if (level >= TILE_LEVELS)
		return 0;
	return level == TILE_ENTRIES ? size : size >> (8 * level);
}

struct tile tile_at(int level, uint64_t n, uint64_t size)
{
	uint64_t hashes = tile_hashes(level, size), full = hashes / TILE_WIDTH;
	struct tile t = { level, n, 0 };

	if (n < full)
		t.width = TILE_WIDTH;
	else if (n == full)
		t.width = (unsigned int)(hashes % TILE_WIDTH);
	return t;
}

bool tile_within(const struct tile *t, uint64_t size)
{
	return t->width <= tile_at(t->level, t->n, size).width;
}

static int each_of_level(
	int level, uint64_t before, uint64_t after, tile_fn fn, void *ctx, struct err *err)
{
	uint64_t last = tile_hashes(level, after) / TILE_WIDTH;
	int r = 0;

	if (tile_hashes(level, before) == tile_hashes(level, after))
		return 0;
	for (uint64_t n = tile_hashes(level, before) / TILE_WIDTH; n <= last && r == 0; n++) {
		struct tile t = tile_at(level, n, after);

		r = t.width ? fn(ctx, &t, err) : 0;
	}
	return r;
}

int tile_each_new(uint64_t before, uint64_t after, tile_fn fn, void *ctx, struct err *err)
{
	int r = 0;

	for (int level = TILE_ENTRIES; level < TILE_LEVELS && r == 0; level++)
		r = each_of_level(level, before, after, fn, ctx, err);
	return r;
}
