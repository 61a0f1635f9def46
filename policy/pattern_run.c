/*
 * Running the automaton. Most patterns can't match a given name at all: when only the end is asked for,
 * just those take part that the index finds by the bytes of the name. And most of what is tried dies at
 * the first bytes, or comes to wait for a slash.
 */
#include "policy/pattern_nfa.h"

#include <string.h>

static size_t lowest(uint64_t bits)
{
	return (size_t)__builtin_ctzll(bits);
}

static void set_bit(uint64_t *bits, size_t at)
{
	bits[at / 64] |= UINT64_C(1) << (at % 64);
}

void nfa_state_init(const struct nfa *n, struct nfa_state *s)
{
	*s = (struct nfa_state){
		.words = xcalloc(n->words, sizeof(*s->words)),
		.alive = xcalloc(n->groups, sizeof(*s->alive)),
		.unmarked = xcalloc(n->groups, sizeof(*s->unmarked)),
	};
}

void nfa_state_done(struct nfa_state *s)
{
	free(s->words);
	free(s->alive);
	free(s->unmarked);
	free(s->carry);
	*s = (struct nfa_state){ 0 };
}

static void put_word(struct nfa_state *s, size_t w, uint64_t places)
{
	s->words[w] = places;
	if (places)
		set_bit(s->alive, w);
	else
		s->alive[w / 64] &= ~(UINT64_C(1) << (w % 64));
}

/* The first word from w on that is alive, or the number of words. */
static size_t next_alive(const struct nfa *n, const struct nfa_state *s, size_t w)
{
	for (size_t group = w / 64; group < n->groups; group++, w = 0) {
		uint64_t rest = s->alive[group] & UINT64_MAX << (w % 64);

		if (rest)
			return group * 64 + lowest(rest);
	}
	return n->words;
}

static void clear(const struct nfa *n, struct nfa_state *s)
{
	for (size_t group = 0; group < n->groups; group++) {
		for (uint64_t todo = s->alive[group]; todo; todo &= todo - 1)
			s->words[group * 64 + lowest(todo)] = 0;
		s->alive[group] = 0;
	}
}

static void note_unmarked(const struct nfa *n, struct nfa_state *s)
{
	const struct index *x = &n->index;

	memset(s->unmarked, 0, n->groups * sizeof(*s->unmarked));
	for (uint32_t i = x->first[INDEX_UNMARKED]; i < x->first[INDEX_UNMARKED + 1]; i++)
		if (s->words[x->hits[i].word] & x->hits[i].places)
			set_bit(s->unmarked, x->hits[i].word);
}

/* A name goes through a word that is on its own. */
static uint64_t take_name(
	const struct nfa_word *word, uint64_t places, const char *name, size_t len)
{
	for (size_t i = 0; i < len && places & ~word->parked; i++)
		places = (places & word->match[(unsigned char)name[i]]) << 1 |
			 (places & word->held);
	return places;
}

/* After a slash: what may be skipped is. No skip stands behind another, so once is enough. */
static uint64_t take_slash(const struct nfa_word *word, uint64_t places)
{
	places = (places & word->match['/']) << 1 | (places & word->held_slash);
	return places | (places & word->skip) << 1;
}

static void reserve_carry(struct nfa_state *s, size_t len)
{
	if (s->carry_size < len) {
		s->carry = xrealloc(s->carry, len, 1);
		s->carry_size = len;
	}
	memset(s->carry, 0, len);
}

/* Goes through one of several words that are chained: carry comes from the word before, and goes on. */
static uint64_t take_name_chained(const struct nfa_word *word, uint64_t places, const char *name,
	size_t len, unsigned char *carry)
{
	for (size_t i = 0; i < len; i++) {
		uint64_t moved = places & word->match[(unsigned char)name[i]];

		places = moved << 1 | (places & word->held) | carry[i];
		carry[i] = (unsigned char)(moved >> 63);
	}
	return places;
}

static uint64_t take_slash_chained(
	const struct nfa_word *word, uint64_t places, unsigned char *carry)
{
	uint64_t moved = places & word->match['/'], skipped;

	places = moved << 1 | (places & word->held_slash) | *carry;
	skipped = places & word->skip;
	*carry = (unsigned char)((moved | skipped) >> 63);
	return places | skipped << 1;
}

/*
 * Takes a name, and the slash behind it if that is wanted, into word w and all that are chained to it. Returns
 * the last of these.
 */
static size_t take_chain(const struct nfa *n, struct nfa_state *s, size_t w, const char *name,
	size_t len, bool slash)
{
	reserve_carry(s, len + 1);
	for (;; w++) {
		const struct nfa_word *word = &n->v[w];
		uint64_t places = take_name_chained(word, s->words[w], name, len, s->carry);

		if (slash)
			places = take_slash_chained(word, places, s->carry + len);
		put_word(s, w, places);
		if (!word->chained)
			return w;
	}
}

void nfa_start(const struct nfa *n, struct nfa_state *s, bool empty)
{
	clear(n, s);
	for (size_t w = 0; w < n->words; w++) {
		const struct nfa_word *word = &n->v[w];

		if (word->names)
			s->words[w] = word->names;
		else if (!empty)
			put_word(s, w, word->paths | (word->paths & word->skip) << 1);
	}
	note_unmarked(n, s);
}

void nfa_enter(const struct nfa *n, struct nfa_state *s, const char *name, size_t len)
{
	for (size_t w = next_alive(n, s, 0); w < n->words; w = next_alive(n, s, w + 1)) {
		const struct nfa_word *word = &n->v[w];

		if (word->chained)
			w = take_chain(n, s, w, name, len, true);
		else
			put_word(s, w, take_slash(word, take_name(word, s->words[w], name, len)));
	}
	note_unmarked(n, s);
}

static void take_places(
	struct nfa_state *work, const struct nfa_state *here, size_t w, uint64_t mask)
{
	uint64_t places = here->words[w] & mask;

	if (!places)
		return;
	work->words[w] |= places;
	set_bit(work->alive, w);
}

static void take_unmarked(const struct nfa *n, const struct nfa_state *here, struct nfa_state *work)
{
	for (size_t group = 0; group < n->groups; group++)
		for (uint64_t todo = here->unmarked[group]; todo; todo &= todo - 1) {
			size_t w = group * 64 + lowest(todo);

			take_places(work, here, w, n->v[w].unmarked);
		}
}

/* A name, and what it has, once that is asked for. */
struct name {
	const unsigned char *bytes;
	size_t len;
	bool known;
	struct index_bits bits;
};

static void take_slot(const struct nfa *n, const struct nfa_state *here, struct nfa_state *work,
	struct name *name, size_t slot)
{
	const struct index *x = &n->index;

	if (x->first[slot] == x->first[slot + 1])
		return;
	if (!name->known)
		name->bits = index_bits_of(name->bytes, name->len);
	name->known = true;
	for (uint32_t i = x->first[slot]; i < x->first[slot + 1]; i++)
		if (index_has(&name->bits, &x->hits[i].wanted))
			take_places(work, here, x->hits[i].word, x->hits[i].places);
}

/* Takes over from here what patterns wait for that may match the name. */
static void take_candidates(const struct nfa *n, const struct nfa_state *here,
	struct nfa_state *work, const unsigned char *bytes, size_t len)
{
	struct name name = { .bytes = bytes, .len = len };

	take_unmarked(n, here, work);
	for (size_t i = 0; i < len; i++) {
		take_slot(n, here, work, &name, INDEX_BYTES + bytes[i]);
		if (i + 1 < len)
			take_slot(n, here, work, &name, index_pair(bytes[i], bytes[i + 1]));
	}
}

static long highest_end(const struct nfa_word *word, uint64_t places, bool is_dir)
{
	long highest = -1;

	for (uint64_t ends = places & word->end[is_dir]; ends; ends &= ends - 1) {
		long index = word->pattern[lowest(ends)];

		highest = index > highest ? index : highest;
	}
	return highest;
}

long nfa_match(const struct nfa *n, const struct nfa_state *here, struct nfa_state *work,
	const char *name, size_t len, bool is_dir)
{
	long highest = -1;

	if (!n->words)
		return -1;
	take_candidates(n, here, work, (const unsigned char *)name, len);
	for (size_t w = next_alive(n, work, 0); w < n->words; w = next_alive(n, work, w)) {
		size_t last = w;

		if (n->v[w].chained)
			last = take_chain(n, work, w, name, len, false);
		else
			work->words[w] = take_name(&n->v[w], work->words[w], name, len);
		for (; w <= last; w++) {
			long found = highest_end(&n->v[w], work->words[w], is_dir);

			highest = found > highest ? found : highest;
		}
	}
	clear(n, work);
	return highest;
}

size_t nfa_count(const struct nfa *n, const struct nfa_state *s)
{
	size_t count = 0;

	for (size_t group = 0; group < n->groups; group++)
		count += (size_t)__builtin_popcountll(s->alive[group]);
	return count;
}

void nfa_save(const struct nfa *n, const struct nfa_state *s, struct nfa_saved *saved)
{
	for (size_t w = next_alive(n, s, 0); w < n->words; w = next_alive(n, s, w + 1))
		*saved++ = (struct nfa_saved){ s->words[w], (uint32_t)w };
}

void nfa_load(
	const struct nfa *n, struct nfa_state *s, const struct nfa_saved *saved, size_t n_saved)
{
	clear(n, s);
	for (size_t i = 0; i < n_saved; i++)
		put_word(s, saved[i].word, saved[i].places);
	note_unmarked(n, s);
}
