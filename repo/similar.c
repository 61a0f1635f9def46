#include "repo/similar.h"

#include <string.h>

#include "repo/content.h"
#include "repo/delta.h"

/* The parameters of git's diffcore-delta. */
enum { PIECE = 64, BUCKETS = 107927, MIX = 0x61 };

void similar_done(struct similar *s)
{
	free(s->v);
	*s = (struct similar){ 0 };
}

/* Two registers of 32 bits that are turned by seven through each other for every byte. */
struct roller {
	uint32_t a, b;
	uint32_t n; /* bytes in this piece */
};

static void roll(struct roller *r, unsigned char c)
{
	uint32_t a = r->a;

	r->a = ((a << 7) ^ (r->b >> 25)) + c;
	r->b = (r->b << 7) ^ (a >> 25);
	r->n++;
}

static void end_piece(struct roller *r, uint32_t *bytes, size_t *n_used)
{
	uint32_t hash = (r->a + r->b * MIX) % BUCKETS;

	*n_used += !bytes[hash];
	bytes[hash] += r->n;
	*r = (struct roller){ 0 };
}

static void count(const unsigned char *p, size_t len, bool is_text, uint32_t *bytes, size_t *n_used)
{
	struct roller r = { 0 };

	for (size_t i = 0; i < len; i++) {
		/* A text file is the same text with other line endings. */
		if (is_text && p[i] == '\r' && i + 1 < len && p[i + 1] == '\n')
			continue;
		roll(&r, p[i]);
		if (r.n == PIECE || p[i] == '\n')
			end_piece(&r, bytes, n_used);
	}
	if (r.n)
		end_piece(&r, bytes, n_used);
}

int similar_read(const struct view *v, const git_oid *id, struct similar *ret, struct err *err)
{
	auto_git_blob git_odb_object *blob = NULL;
	auto_free uint32_t *bytes = NULL;
	const unsigned char *data;
	size_t len, used = 0;
	int r = view_read(v, id, &blob, err);

	if (r < 0)
		return r;
	data = git_odb_object_data(blob);
	len = git_odb_object_size(blob);
	bytes = xcalloc(BUCKETS, sizeof(*bytes));
	count(data, len, !content_is_binary(data, len), bytes, &used);
	*ret = (struct similar){ .v = xcalloc(used, sizeof(*ret->v)), .size = len };
	for (uint32_t hash = 0; hash < BUCKETS; hash++)
		if (bytes[hash])
			ret->v[ret->n++] = (struct similar_piece){ hash, bytes[hash] };
	return 0;
}

/* Bytes of new that are in old as well. */
static uint64_t common(const struct similar *old, const struct similar *new)
{
	const struct similar_piece *o = old->v, *o_end = o + old->n;
	const struct similar_piece *n = new->v, *n_end = n + new->n;
	uint64_t bytes = 0;

	while (o < o_end && n < n_end) {
		if (o->hash == n->hash)
			bytes += o->bytes < n->bytes ? o->bytes : n->bytes;
		if (o->hash <= n->hash) {
			n += o->hash == n->hash;
			o++;
		} else {
			n++;
		}
	}
	return bytes;
}

int similar_score(const struct similar *old, const struct similar *new, int min)
{
	uint64_t larger = old->size > new->size ? old->size : new->size;
	uint64_t smaller = old->size > new->size ? new->size : old->size;

	if (larger * (uint64_t)(DELTA_MAX_SCORE - min) < (larger - smaller) * DELTA_MAX_SCORE)
		return 0;
	return new->size ? (int)(common(old, new) * DELTA_MAX_SCORE / larger) : 0;
}
