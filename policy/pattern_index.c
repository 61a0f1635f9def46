#include "policy/pattern_index.h"

#include <string.h>

/* The bytes that names are made of, the most common first. */
static const char common[] = "etaionrs.lcdpmuh_-gfbykvw01x23jzq456789";

/* The more, the rarer. */
static unsigned int rarity(int byte)
{
	const char *found = strchr(common, byte);

	return found ? (unsigned int)(found - common) : (unsigned int)strlen(common);
}

/* Small letters each have a bit of their own; the rest shares the other half. */
static uint64_t byte_bit(unsigned char byte)
{
	return UINT64_C(1) << ((byte & 31) | (byte & byte >> 1 & 32));
}

static uint64_t pair_bit(unsigned char a, unsigned char b)
{
	return UINT64_C(1) << (index_pair(a, b) % 64);
}

struct index_bits index_bits_of(const unsigned char *name, size_t len)
{
	struct index_bits bits = { 0, 0 };

	for (size_t i = 0; i < len; i++)
		bits.bytes |= byte_bit(name[i]);
	for (size_t i = 1; i < len; i++)
		bits.pairs |= pair_bit(name[i - 1], name[i]);
	return bits;
}

/* Places from *ret_wanted on have to match within the last component; those from the result on may. */
static size_t last_component(const struct glob *g, size_t *ret_wanted)
{
	size_t first = 0, wanted = 0;

	for (size_t i = 0; i <= g->n; i++) {
		if (g->v[i].hold == GLOB_HOLD_ANY)
			wanted = i;
		if (glob_set_has(&g->v[i].set, '/'))
			first = wanted = i + 1;
	}
	*ret_wanted = wanted;
	return first;
}

/* The rarest mark so far. */
struct mark {
	size_t slot;
	unsigned int score;
};

static void consider(struct mark *mark, size_t slot, unsigned int score)
{
	if (score <= mark->score)
		return;
	mark->slot = slot;
	mark->score = score;
}

/* Looks at all that is wanted, and says in which slot to look for the pattern. */
static size_t choose_mark(const struct glob *g, size_t wanted, struct index_bits *bits)
{
	struct mark mark = { INDEX_UNMARKED, 0 };
	int before = -1;

	for (size_t i = wanted; i < g->n; i++) {
		int byte = glob_set_only(&g->v[i].set);

		if (byte >= 0) {
			bits->bytes |= byte_bit((unsigned char)byte);
			consider(&mark, INDEX_BYTES + (size_t)byte, 1 + rarity(byte));
		}
		if (byte >= 0 && before >= 0 && g->v[i].hold == GLOB_HOLD_NONE) {
			unsigned char a = (unsigned char)before, b = (unsigned char)byte;

			bits->pairs |= pair_bit(a, b);
			/* Any pair is rarer than any byte. */
			consider(&mark, index_pair(a, b),
				sizeof(common) + 1 + rarity(a) + rarity(b));
		}
		before = byte;
	}
	return mark.slot;
}

static void add_hit(struct index *x, struct index_hit hit)
{
	if (!(x->n & (x->n - 1)))
		x->hits = xrealloc(x->hits, x->n ? x->n * 2 : 1, sizeof(*x->hits));
	x->hits[x->n++] = hit;
}

void index_add(struct index *x, const struct glob *g, size_t at)
{
	struct index_bits bits = { 0, 0 };
	size_t wanted, first = last_component(g, &wanted);
	size_t slot = choose_mark(g, wanted, &bits);
	size_t end = at + g->n + 1;

	for (at += first; at < end; at = (at / 64 + 1) * 64) {
		size_t n = end - at < 64 - at % 64 ? end - at : 64 - at % 64;

		add_hit(x, (struct index_hit){
				   .slot = (uint32_t)slot,
				   .word = (uint32_t)(at / 64),
				   .places = (UINT64_MAX >> (64 - n)) << (at % 64),
				   .wanted = bits,
			   });
	}
}

static int compare(const void *a, const void *b)
{
	const struct index_hit *x = a, *y = b;

	if (x->slot != y->slot)
		return x->slot < y->slot ? -1 : 1;
	return (x->word > y->word) - (x->word < y->word);
}

void index_finish(struct index *x)
{
	size_t at = 0;

	if (x->n)
		qsort(x->hits, x->n, sizeof(*x->hits), compare);
	for (size_t slot = 0; slot <= INDEX_SLOTS; slot++) {
		while (at < x->n && x->hits[at].slot < slot)
			at++;
		x->first[slot] = (uint32_t)at;
	}
}

void index_done(struct index *x)
{
	free(x->hits);
	*x = (struct index){ 0 };
}
