/* pattern_private.h: what a pattern set is made of. */
#ifndef REMIT_POLICY_PATTERN_PRIVATE_H
#define REMIT_POLICY_PATTERN_PRIVATE_H

#include "policy/pattern.h"
#include "policy/pattern_nfa.h"
#include "policy/pattern_table.h"

struct pattern {
	char *text; /* owned */
	size_t len;
	const char *source;
	unsigned int line;
	bool negated;
};

/* A directory that was asked for: what a path beneath it need not work out again. */
struct dir {
	struct dir *next; /* in its chain */
	uint64_t hash;
	long decided; /* the pattern that decides for all beneath it, or -1 */
	char *path; /* with its slash at the end; behind saved, in the same piece of memory */
	size_t len;
	size_t n_saved;
	struct nfa_saved saved[]; /* the automaton behind the slash */
};

/* What pattern_set_keep does not set: enough for the directories above one path, when paths come in order. */
enum { DIRS_KEEP_BYTES = 256 << 10 };

/* Directories by hash. */
struct dirs {
	struct dir **heads;
	size_t n_heads; /* 0 or a power of two */
	size_t n, bytes;
	size_t keep; /* when they take up more than this, all of them go, and are worked out again */
};

struct pattern_set {
	struct pattern *v;
	size_t n;
	bool compiled;
	struct table table;
	struct nfa nfa;
	struct dirs dirs;
	struct nfa_state here, work; /* of the directory that was asked for last; for nfa_match */
	const struct dir *last; /* the directory that was asked for last; or NULL */
};

/* Room for what pattern_set_find works with, given the automaton. */
void pattern_find_init(struct pattern_set *set);
void pattern_find_done(struct pattern_set *set);

#endif
