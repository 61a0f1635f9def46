/*
 * Which pattern decides. git asks, for each directory above a path, from the top down, which is the last
 * pattern that matches it: one that is not negated decides for all that lies beneath. Only then is the path
 * itself asked for. Here the answer for a directory is kept, with the state that the automaton has behind
 * its slash, so that a path costs its last component alone.
 */
#include "policy/pattern_private.h"

#include <assert.h>
#include <string.h>

/* How many directories up an answer is looked for before one is worked out from the top. */
enum { CLIMB = 3 };

static void forget_all(struct pattern_set *set)
{
	struct dirs *dirs = &set->dirs;

	for (size_t i = 0; i < dirs->n_heads; i++)
		while (dirs->heads[i]) {
			struct dir *d = dirs->heads[i];

			dirs->heads[i] = d->next;
			free(d);
		}
	free(dirs->heads);
	*dirs = (struct dirs){ 0 };
	set->last = NULL;
}

void pattern_find_init(struct pattern_set *set)
{
	nfa_state_init(&set->nfa, &set->here);
	nfa_state_init(&set->nfa, &set->work);
}

void pattern_find_done(struct pattern_set *set)
{
	forget_all(set);
	nfa_state_done(&set->here);
	nfa_state_done(&set->work);
}

static void hang_in(struct dirs *dirs, struct dir *d)
{
	struct dir **head = &dirs->heads[d->hash & (dirs->n_heads - 1)];

	d->next = *head;
	*head = d;
}

static void make_room(struct dirs *dirs)
{
	struct dirs old = *dirs;

	dirs->n_heads = old.n_heads ? old.n_heads * 2 : 64;
	dirs->heads = xcalloc(dirs->n_heads, sizeof(struct dir *));
	for (size_t i = 0; i < old.n_heads; i++)
		for (struct dir *d = old.heads[i], *next; d; d = next) {
			next = d->next;
			hang_in(dirs, d);
		}
	free(old.heads);
}

static bool is_dir_at(const struct dir *d, const char *path, size_t len)
{
	return d->len == len && !memcmp(d->path, path, len);
}

static const struct dir *find_kept(
	const struct pattern_set *set, const char *path, size_t len, uint64_t *ret_hash)
{
	uint64_t hash = table_hash(&set->table, TABLE_PATH, path, len);
	const struct dir *d = NULL;

	if (set->dirs.n)
		d = set->dirs.heads[hash & (set->dirs.n_heads - 1)];
	while (d && (d->hash != hash || !is_dir_at(d, path, len)))
		d = d->next;
	*ret_hash = hash;
	return d;
}

static struct dir *new_dir(struct pattern_set *set, const char *path, size_t len, long decided)
{
	/* Beneath a directory that is decided for, the automaton is not asked. */
	size_t n_saved = decided < 0 ? nfa_count(&set->nfa, &set->here) : 0;
	size_t size = sizeof(struct dir) + n_saved * sizeof(struct nfa_saved);
	struct dir *d = xcalloc(1, size + len);

	d->decided = decided;
	d->path = (char *)d + size;
	d->len = len;
	d->n_saved = n_saved;
	memcpy(d->path, path, len);
	if (n_saved)
		nfa_save(&set->nfa, &set->here, d->saved);
	set->dirs.n++;
	set->dirs.bytes += size + len;
	return d;
}

/* Keeps what is here as the directory. */
static const struct dir *keep(
	struct pattern_set *set, const char *path, size_t len, uint64_t hash, long decided)
{
	struct dir *d;

	if (set->dirs.bytes > set->dirs.keep)
		forget_all(set);
	if (set->dirs.n >= set->dirs.n_heads)
		make_room(&set->dirs);
	d = new_dir(set, path, len, decided);
	d->hash = hash;
	hang_in(&set->dirs, d);
	return d;
}

/* What decides for path[0..to), whose last component begins at from, in the directory that is here. */
static long find_here(
	struct pattern_set *set, const char *path, size_t from, size_t to, bool is_dir)
{
	long general = nfa_match(&set->nfa, &set->here, &set->work, path + from, to - from, is_dir);
	long plain = table_find(&set->table, path, from, to, is_dir);

	return general > plain ? general : plain;
}

/* The length of the directory, with its slash, that holds path[0..len). */
static size_t parent_length(const char *path, size_t len)
{
	const char *slash = len ? memrchr(path, '/', len) : NULL;

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Goes to a directory above path[0..len) and returns its length. */
static size_t go_above(struct pattern_set *set, const char *path, size_t len, long *decided)
{
	for (int i = 0; i < CLIMB && len; i++) {
		const struct dir *above;
		uint64_t hash;

		len = parent_length(path, len - 1);
		above = find_kept(set, path, len, &hash);
		if (!above)
			continue;
		*decided = above->decided;
		nfa_load(&set->nfa, &set->here, above->saved, above->n_saved);
		return len;
	}
	*decided = -1;
	nfa_start(&set->nfa, &set->here, false);
	return 0;
}

/* Goes to the directory path[0..len) and returns what decides for all beneath it, or -1. */
static long work_out(struct pattern_set *set, const char *path, size_t len)
{
	long decided;
	size_t from = go_above(set, path, len, &decided);

	while (from < len && decided < 0) {
		const char *slash = memchr(path + from, '/', len - from);
		size_t to = (size_t)(slash - path);
		long found = find_here(set, path, from, to, true);

		if (found >= 0 && !set->v[found].negated)
			decided = found;
		nfa_enter(&set->nfa, &set->here, path + from, to - from);
		from = to + 1;
	}
	return decided;
}

/* The same, where an answer may be kept already. */
static long go_to(struct pattern_set *set, const char *path, size_t len)
{
	uint64_t hash;
	long decided;

	if (set->last && is_dir_at(set->last, path, len))
		return set->last->decided;
	set->last = find_kept(set, path, len, &hash);
	if (set->last) {
		nfa_load(&set->nfa, &set->here, set->last->saved, set->last->n_saved);
		return set->last->decided;
	}
	decided = work_out(set, path, len);
	set->last = keep(set, path, len, hash, decided);
	return decided;
}

/* Only what names a last component matches an empty path: no pattern that stands for a whole one. */
static long find_empty(struct pattern_set *set, bool is_dir)
{
	set->last = NULL;
	nfa_start(&set->nfa, &set->here, true);
	return find_here(set, "", 0, 0, is_dir);
}

long pattern_set_find(struct pattern_set *set, const char *path, size_t len, bool is_dir)
{
	size_t from = parent_length(path, len);
	long decided;

	assert(set->compiled);
	if (!len)
		return find_empty(set, is_dir);
	decided = go_to(set, path, from);
	return decided >= 0 ? decided : find_here(set, path, from, len, is_dir);
}

bool pattern_set_matches(struct pattern_set *set, const char *path, size_t len, bool is_dir)
{
	long found = pattern_set_find(set, path, len, is_dir);

	return found >= 0 && !set->v[found].negated;
}
