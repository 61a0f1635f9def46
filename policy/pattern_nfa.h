/* pattern_nfa.h: all patterns that need more than a look-up, as one automaton of one bit a place. */
#ifndef REMIT_POLICY_PATTERN_NFA_H
#define REMIT_POLICY_PATTERN_NFA_H

#include "policy/pattern_index.h"

/*
 * Glushkov's automaton run bit-parallel (Navarro and Raffinot, "Flexible Pattern Matching in Strings",
 * chapter 4): a bit that is set says that its place is waited for. A byte moves a bit to the place
 * behind when the byte is in its set, and keeps it where a star holds it. So a byte costs at most one
 * pass over the bits, whatever the patterns: there is nothing to try again.
 *
 * A pattern of up to 64 places lies within one word, and a name goes through the words one by one. A longer
 * pattern begins a word, which is chained to the next.
 *
 * Patterns for names come first. What they wait for at the beginning of a component never changes;
 * what the patterns for paths wait for there depends on the directory, and is its state.
 */
struct nfa_word {
	uint64_t match[256]; /* places whose set has the byte */
	uint64_t held; /* places that a star holds on any byte but a slash */
	uint64_t held_slash; /* those of them that a double star holds on a slash, too */
	uint64_t parked; /* those of them that nothing but a slash moves */
	uint64_t skip; /* places that may be skipped right after a slash */
	uint64_t names; /* waited for at the beginning of each component */
	uint64_t paths; /* waited for at the beginning of a path */
	uint64_t
		unmarked; /* places, behind the last slash, of patterns without a mark in the index */
	uint64_t end[2]; /* where a pattern has matched: a file, a directory */
	bool chained; /* the next word goes on with the same pattern */
	uint32_t pattern[64]; /* for each end, the index of its pattern */
};

struct nfa {
	struct nfa_word *v;
	size_t words;
	size_t groups; /* of 64 words each */
	struct index index;
};

/* One pattern for nfa_build. */
struct nfa_source {
	struct glob glob;
	uint32_t index;
	bool must_be_dir;
};

void nfa_build(struct nfa *n, const struct nfa_source *sources, size_t n_sources);
void nfa_done(struct nfa *n);

/*
 * What is waited for. The words of paths are alive as long as they are not zero; those of names always
 * hold what names wait for, and are never alive.
 */
struct nfa_state {
	uint64_t *words;
	uint64_t *alive; /* a bit for each word, as in the next */
	uint64_t *unmarked; /* words where a pattern without a mark waits for something */
	unsigned char
		*carry; /* for chained words: what each byte of a name moves into the next word */
	size_t carry_size;
};

void nfa_state_init(const struct nfa *n, struct nfa_state *s);
void nfa_state_done(struct nfa_state *s);

/* Before the first byte of a path; empty: of the empty path, which only names are matched against. */
void nfa_start(const struct nfa *n, struct nfa_state *s, bool empty);

/* Goes down into a directory: takes its name and the slash behind. */
void nfa_enter(const struct nfa *n, struct nfa_state *s, const char *name, size_t len);

/*
 * The highest index among the patterns that match the path that ends with this component; -1: none. here is the
 * state of the directory that it lies in; work is a state for this call alone, zero at first.
 */
long nfa_match(const struct nfa *n, const struct nfa_state *here, struct nfa_state *work,
	const char *name, size_t len, bool is_dir);

/* A word that is alive. */
struct nfa_saved {
	uint64_t places;
	uint32_t word;
};

/* Puts a state away, as nfa_count words, and takes it out again. */
size_t nfa_count(const struct nfa *n, const struct nfa_state *s);
void nfa_save(const struct nfa *n, const struct nfa_state *s, struct nfa_saved *saved);
void nfa_load(
	const struct nfa *n, struct nfa_state *s, const struct nfa_saved *saved, size_t n_saved);

#endif
