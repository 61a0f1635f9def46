#include "repo/delta.h"

#include <string.h>

#include "repo/similar.h"

/*
 * As git's diffcore-rename: first new files that are byte for byte an old one, then those that are
 * like one, the most alike first. Old files are those that are gone, for renames, and those that
 * changed, for copies.
 */
enum {
	MIN_SCORE = DELTA_MAX_SCORE / 2,
	MAX_PAIRS = 1000 * 1000,
	CANDIDATES = 4, /* that each new file remembers */
	ALTERNATIVES = 100, /* identical old files that are looked at for each new one */
	MAX_PIECES = 8 << 20, /* that are held in memory */
};

/* Steps that comparing all pairs may take. */
#define MAX_WORK (UINT64_C(2) << 30)

struct source {
	struct delta *delta;
	struct similar bag;
};

struct pair {
	struct delta *to;
	struct delta *from;
	int score;
	bool same_name;
	size_t order; /* its place before sorting */
};

struct finder {
	const struct view *view;
	struct source *sources; /* in the order of paths */
	size_t n_sources;
	struct delta **targets; /* new files without an old one, likewise */
	size_t n_targets;
	struct pair *pairs;
	size_t n_pairs;
	uint64_t pieces; /* of all sources */
};

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool same_name(const struct delta *a, const struct delta *b)
{
	return !strcmp(name_of(a->path), name_of(b->path));
}

static void use(struct delta *to, struct delta *from, int score)
{
	to->source = from;
	to->score = score;
	from->used++;
}

static void sort_out(struct deltas *d, struct finder *f)
{
	f->sources = xcalloc(d->n, sizeof(*f->sources));
	f->targets = xcalloc(d->n, sizeof(struct delta *));
	for (size_t i = 0; i < d->n; i++) {
		struct delta *delta = &d->v[i];

		if (!delta->old.mode) {
			f->targets[f->n_targets++] = delta;
			continue;
		}
		/* What stays uses its old side itself: others can only copy it. */
		delta->used = delta->new.mode != 0;
		f->sources[f->n_sources++].delta = delta;
	}
}

static int by_id(const void *pa, const void *pb)
{
	const struct delta *a = *(struct delta *const *)pa, *b = *(struct delta *const *)pb;
	int c = git_oid_cmp(&a->old.id, &b->old.id);

	return c ? c : (a > b) - (a < b);
}

/* The first of the sources, sorted by_id, that has this id; n when none has. */
static size_t first_of(struct delta *const *sorted, size_t n, const git_oid *id)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (git_oid_cmp(&sorted[mid]->old.id, id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Symlinks and submodules are only ever renamed as what they are. */
static bool can_be(const struct side *old, const struct side *new)
{
	bool files = mode_is(old->mode, GIT_FILEMODE_BLOB) && mode_is(new->mode, GIT_FILEMODE_BLOB);

	return files || old->mode == new->mode;
}

/* Among identical old files: one that is not used yet is better, and one of the same name. */
static struct delta *best_identical(struct delta *const *sorted, size_t n, const struct delta *to)
{
	struct delta *best = NULL;
	size_t i = first_of(sorted, n, &to->new.id);
	int best_score = -1;

	for (size_t seen = 0; i < n && seen < ALTERNATIVES; i++, seen++) {
		int score;

		if (git_oid_cmp(&sorted[i]->old.id, &to->new.id) != 0)
			break;
		if (!can_be(&sorted[i]->old, &to->new))
			continue;
		score = !sorted[i]->used + same_name(sorted[i], to);
		if (score > best_score) {
			best = sorted[i];
			best_score = score;
		}
	}
	return best;
}

static void find_identical(struct finder *f)
{
	auto_free struct delta **sorted = xcalloc(f->n_sources, sizeof(struct delta *));
	size_t left = 0;

	for (size_t i = 0; i < f->n_sources; i++)
		sorted[i] = f->sources[i].delta;
	qsort(sorted, f->n_sources, sizeof(*sorted), by_id);
	for (size_t i = 0; i < f->n_targets; i++) {
		struct delta *from = best_identical(sorted, f->n_sources, f->targets[i]);

		if (from)
			use(f->targets[i], from, DELTA_MAX_SCORE);
		else
			f->targets[left++] = f->targets[i];
	}
	f->n_targets = left;
}

/* The bag of a side; an empty one for what can't be compared. */
static int read_bag(
	const struct view *v, const struct side *side, struct similar *ret, struct err *err)
{
	uint64_t size;
	int r;

	if (!mode_is(side->mode, GIT_FILEMODE_BLOB))
		return 0;
	r = view_size(v, &side->id, &size, err);
	return r < 0 || size > SIMILAR_MAX_BLOB ? r : similar_read(v, &side->id, ret, err);
}

static int read_sources(struct finder *f, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->n_sources && f->pieces <= MAX_PIECES; i++) {
		r = read_bag(f->view, &f->sources[i].delta->old, &f->sources[i].bag, err);
		f->pieces += f->sources[i].bag.n;
	}
	return r;
}

/* Below zero where a is the better pair; an empty place is the worst. */
static int rank(const struct pair *a, const struct pair *b)
{
	if (!a->to || !b->to)
		return !a->to - !b->to;
	if (a->score != b->score)
		return b->score - a->score;
	return b->same_name - a->same_name;
}

/* Equals stay in the order in which they stand. */
static int by_rank(const void *pa, const void *pb)
{
	const struct pair *a = pa, *b = pb;
	int c = rank(a, b);

	return c ? c : (a->order > b->order) - (a->order < b->order);
}

/* Keeps a pair among the candidates of its new file if it is better than the worst of them. */
static void keep(struct pair *candidates, const struct pair *p)
{
	struct pair *worst = candidates;

	for (size_t i = 1; i < CANDIDATES; i++)
		if (rank(&candidates[i], worst) > 0)
			worst = &candidates[i];
	if (rank(worst, p) > 0)
		*worst = *p;
}

static int compare_target(struct finder *f, struct delta *to, struct pair *candidates,
	uint64_t *work, struct err *err)
{
	struct similar bag = { 0 };
	int r = read_bag(f->view, &to->new, &bag, err);

	*work += f->pieces + (uint64_t)bag.n * f->n_sources;
	for (size_t i = 0; r == 0 && bag.size && i < f->n_sources; i++) {
		struct pair p = { to, f->sources[i].delta,
			similar_score(&f->sources[i].bag, &bag, MIN_SCORE),
			same_name(f->sources[i].delta, to), 0 };

		/*
		 * Even one that is too low takes a place, and so decides in which order equals
		 * stand.
		 */
		keep(candidates, &p);
	}
	similar_done(&bag);
	return r;
}

static int compare_all(struct finder *f, struct err *err)
{
	uint64_t work = 0;
	int r = read_sources(f, err);

	f->n_pairs = f->n_targets * CANDIDATES;
	f->pairs = xcalloc(f->n_pairs, sizeof(*f->pairs));
	for (size_t i = 0; r == 0 && i < f->n_targets; i++) {
		struct pair *candidates = &f->pairs[i * CANDIDATES];

		r = compare_target(f, f->targets[i], candidates, &work, err);
		for (size_t k = 0; k < CANDIDATES; k++)
			candidates[k].order = i * CANDIDATES + k;
		/*
		 * All or nothing: which renames are found must not hang on where the budget ended.
		 */
		if (work > MAX_WORK || f->pieces > MAX_PIECES)
			f->n_pairs = 0;
		if (!f->n_pairs)
			break;
	}
	return r;
}

/* Old files that are gone go to the most alike first; what is left may copy from any. */
static void assign(struct finder *f, bool copies)
{
	for (size_t i = 0; i < f->n_pairs && f->pairs[i].score >= MIN_SCORE; i++) {
		struct pair *p = &f->pairs[i];

		if (!p->to->source && (copies || !p->from->used))
			use(p->to, p->from, p->score);
	}
}

static int find_similar(struct finder *f, struct err *err)
{
	int r;

	if (!f->n_targets || !f->n_sources || f->n_targets * f->n_sources > MAX_PAIRS)
		return 0;
	r = compare_all(f, err);
	if (r < 0)
		return r;
	qsort(f->pairs, f->n_pairs, sizeof(*f->pairs), by_rank);
	assign(f, false);
	assign(f, true);
	return 0;
}

/* The last of those that come from one old file takes it along: the others are copies. */
static void settle(struct deltas *d)
{
	for (size_t i = 0; i < d->n; i++)
		d->v[i].moved = d->v[i].old.mode && !d->v[i].new.mode && d->v[i].used;
	for (size_t i = 0; i < d->n; i++) {
		struct delta *from = (struct delta *)(uintptr_t)d->v[i].source;

		if (from)
			d->v[i].copied = --from->used > 0;
	}
}

int rename_find(const struct view *v, struct deltas *d, struct err *err)
{
	struct finder f = { .view = v };
	int r;

	sort_out(d, &f);
	find_identical(&f);
	r = find_similar(&f, err);
	if (r == 0)
		settle(d);
	for (size_t i = 0; i < f.n_sources; i++)
		similar_done(&f.sources[i].bag);
	free(f.sources);
	free(f.targets);
	free(f.pairs);
	return r;
}
