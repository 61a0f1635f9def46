#include "policy/pattern_nfa.h"

#include <string.h>

/* What is needed while an automaton is built. */
struct builder {
	struct nfa *n;
	size_t at; /* the next free place */
	size_t room; /* in words */
};

static void add_set(struct nfa_word *word, const struct glob_set *set, uint64_t bit)
{
	for (size_t i = 0; i < ARRAY_SIZE(set->bits); i++)
		for (uint64_t bits = set->bits[i]; bits; bits &= bits - 1)
			word->match[i * 64 + (size_t)__builtin_ctzll(bits)] |= bit;
}

static void add_place(struct nfa *n, const struct glob_place *place, size_t at)
{
	struct nfa_word *word = &n->v[at / 64];
	uint64_t bit = UINT64_C(1) << (at % 64);

	add_set(word, &place->set, bit);
	if (place->hold != GLOB_HOLD_NONE)
		word->held |= bit;
	if (place->hold == GLOB_HOLD_ANY)
		word->held_slash |= bit;
	if (place->hold != GLOB_HOLD_NONE && glob_set_only(&place->set) == '/')
		word->parked |= bit;
	if (place->skip)
		word->skip |= bit;
}

static void add_end(struct nfa *n, const struct nfa_source *s, size_t at)
{
	struct nfa_word *word = &n->v[at / 64];
	uint64_t bit = UINT64_C(1) << (at % 64);

	word->end[true] |= bit;
	if (!s->must_be_dir)
		word->end[false] |= bit;
	word->pattern[at % 64] = s->index;
}

static void fresh_word(struct builder *b)
{
	b->at = (b->at + 63) / 64 * 64;
}

/* Makes room for that many places, in one word if they fit into one. */
static void reserve(struct builder *b, size_t places)
{
	size_t words;

	if (b->at % 64 + places > 64)
		fresh_word(b);
	words = (b->at + places + 63) / 64;
	if (words > b->room) {
		b->room = words + b->room / 2;
		b->n->v = xrealloc(b->n->v, b->room, sizeof(*b->n->v));
	}
	if (words > b->n->words)
		memset(b->n->v + b->n->words, 0, (words - b->n->words) * sizeof(*b->n->v));
	b->n->words = words;
	for (size_t w = b->at / 64; w + 1 < words; w++)
		b->n->v[w].chained = true;
}

static void add_glob(struct builder *b, const struct nfa_source *s, const struct glob *g)
{
	struct nfa_word *word;

	reserve(b, g->n + 1);
	word = &b->n->v[b->at / 64];
	*(g->name_only ? &word->names : &word->paths) |= UINT64_C(1) << (b->at % 64);
	index_add(&b->n->index, g, b->at);
	for (size_t i = 0; i <= g->n; i++)
		add_place(b->n, &g->v[i], b->at++);
	add_end(b->n, s, b->at - 1);
}

static void add_source(struct builder *b, const struct nfa_source *s)
{
	struct glob other;

	add_glob(b, s, &s->glob);
	if (s->glob.split == SIZE_MAX)
		return;
	glob_copy_without(&other, &s->glob, s->glob.split);
	add_glob(b, s, &other);
	glob_done(&other);
}

/* Patterns are added in this order, so that what stays alive for long lies together. */
enum order { ORDER_NAME, ORDER_PATH_HELD, ORDER_PATH, ORDERS };

static enum order order_of(const struct nfa_source *s)
{
	if (s->glob.name_only)
		return ORDER_NAME;
	return s->glob.v[0].hold != GLOB_HOLD_NONE ? ORDER_PATH_HELD : ORDER_PATH;
}

static void note_unmarked(struct nfa *n)
{
	const struct index *x = &n->index;

	for (uint32_t i = x->first[INDEX_UNMARKED]; i < x->first[INDEX_UNMARKED + 1]; i++)
		n->v[x->hits[i].word].unmarked |= x->hits[i].places;
}

void nfa_build(struct nfa *n, const struct nfa_source *sources, size_t n_sources)
{
	struct builder b = { .n = n };

	*n = (struct nfa){ 0 };
	for (enum order order = 0; order < ORDERS; order++) {
		for (size_t i = 0; i < n_sources; i++)
			if (order_of(&sources[i]) == order)
				add_source(&b, &sources[i]);
		fresh_word(&b);
	}
	n->groups = (n->words + 63) / 64;
	index_finish(&n->index);
	note_unmarked(n);
}

void nfa_done(struct nfa *n)
{
	free(n->v);
	index_done(&n->index);
	*n = (struct nfa){ 0 };
}
