/* pattern_index.h: which patterns of an automaton a name can match at all. */
#ifndef REMIT_POLICY_PATTERN_INDEX_H
#define REMIT_POLICY_PATTERN_INDEX_H

#include "policy/pattern_glob.h"

/*
 * Of the bytes that a pattern wants to see in the last component of a path, two that stand side by side, or
 * else one, are its mark: it lies in the slot of that mark, and a name finds it there if it has the mark. What
 * else it wants is noted as bits, for a second look. Where two share a slot or a bit, a pattern may be
 * tried in vain, no more.
 */
enum {
	INDEX_PAIRS = 4096,
	INDEX_BYTES = INDEX_PAIRS, /* slots for single bytes begin here */
	INDEX_UNMARKED = INDEX_BYTES + 256, /* patterns without a mark */
	INDEX_SLOTS,
};

/* The bytes and the pairs of bytes that a name has, or that a pattern wants, as far as 64 bits tell. */
struct index_bits {
	uint64_t bytes, pairs;
};

/* Places of an automaton, in one of its words. */
struct index_hit {
	uint32_t slot;
	uint32_t word;
	uint64_t places;
	struct index_bits wanted;
};

struct index {
	struct index_hit *hits; /* by slot */
	size_t n;
	uint32_t first[INDEX_SLOTS + 1]; /* hits of slot s: first[s] up to first[s + 1] */
};

/* Adds a pattern whose places begin at place `at` of the automaton. */
void index_add(struct index *x, const struct glob *g, size_t at);

/* Once, after the last. */
void index_finish(struct index *x);
void index_done(struct index *x);

static inline size_t index_pair(unsigned char a, unsigned char b)
{
	return (a * 197u + b * 3253u) % INDEX_PAIRS;
}

struct index_bits index_bits_of(const unsigned char *name, size_t len);

static inline bool index_has(const struct index_bits *bits, const struct index_bits *wanted)
{
	return !(wanted->bytes & ~bits->bytes) && !(wanted->pairs & ~bits->pairs);
}

#endif
