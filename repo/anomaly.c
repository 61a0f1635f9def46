#include "repo/anomaly.h"

#include <string.h>

#include "repo/collide.h"
#include "repo/links.h"
#include "repo/name.h"
#include "repo/treediff.h"

void anomaly_add(
	struct anomalies *a, enum fact_anomaly_kind kind, const char *path, const char *detail)
{
	if (a->kinds[kind].n++ >= ANOMALY_MAX_NAMED)
		return;
	a->kinds[kind].last = a->facts->n_anomalies;
	facts_add_anomaly(a->facts, kind, path, detail);
}

void anomaly_finish(struct anomalies *a)
{
	for (size_t i = 0; i < FACT_ANOMALIES; i++) {
		struct fact_anomaly *last;

		if (a->kinds[i].n <= ANOMALY_MAX_NAMED)
			continue;
		last = &a->facts->anomalies[a->kinds[i].last];
		free(last->detail);
		last->detail = xasprintf(
			"and %llu more", (unsigned long long)a->kinds[i].n - ANOMALY_MAX_NAMED);
		a->facts->unnamed_anomalies += a->kinds[i].n - ANOMALY_MAX_NAMED;
	}
	facts_finish(a->facts);
}

/* A symlink to be followed once the whole tree is known. */
struct link {
	char *path;
	git_oid blob;
};

struct scan {
	const struct view *view;
	struct anomalies *a;
	git_tree *old_top; /* NULL: the empty tree */
	bool moved; /* a symlink is new, changed or gone */
	struct link *links;
	size_t n_links;
};

static char *join(const char *dir, const char *name)
{
	return xasprintf("%s%s%s", dir, *dir ? "/" : "", name);
}

/*
 * What git takes for a repository when it is asked there: HEAD beside objects and refs, or beside a
 * commondir that says where those are; on a file system that ignores case, in any case.
 */
static bool is_repository(const git_tree *tree)
{
	static const char *const marks[] = { "HEAD", "commondir", "objects", "refs" };
	enum { HEAD = 1, COMMON = 2, OWN = 4 | 8 };
	unsigned int found = 0;

	for (size_t i = 0; i < git_tree_entrycount(tree); i++)
		for (size_t k = 0; k < ARRAY_SIZE(marks); k++)
			if (!strcasecmp(
				    git_tree_entry_name(git_tree_entry_byindex(tree, i)), marks[k]))
				found |= 1u << k;
	return found & HEAD && (found & COMMON || (found & OWN) == OWN);
}

static void add_named(struct scan *s, enum fact_anomaly_kind kind, const char *dir,
	const char *name, const char *why)
{
	auto_free char *path = join(dir, name);

	anomaly_add(s->a, kind, path, why);
}

static void check_names(struct scan *s, const char *dir, const git_tree *old, const git_tree *new)
{
	for (size_t i = 0; i < git_tree_entrycount(new); i++) {
		const git_tree_entry *e = git_tree_entry_byindex(new, i);
		const char *name = git_tree_entry_name(e);
		uint32_t mode = (uint32_t)git_tree_entry_filemode_raw(e);
		const git_tree_entry *before = old ? git_tree_entry_byname(old, name) : NULL;
		const char *why;

		if (before && mode_is((uint32_t)git_tree_entry_filemode_raw(before), mode))
			continue;
		why = name_refused(name, mode);
		if (why)
			add_named(s, FACT_REFUSED_NAME, dir, name, why);
		else if (!before && (why = name_hostile(name)))
			add_named(s, FACT_HOSTILE_NAME, dir, name, why);
	}
}

static void note_collision(void *ctx, const char *path, const char *other)
{
	struct scan *s = ctx;

	anomaly_add(s->a, FACT_CASE_COLLISION, path, other);
}

static int scan_dir(
	void *ctx, const char *path, const git_tree *old, const git_tree *new, struct err *err)
{
	struct scan *s = ctx;

	check_names(s, path, old, new);
	if (is_repository(new))
		anomaly_add(
			s->a, FACT_EMBEDDED_REPO, *path ? path : ".", "shaped like a repository");
	return collide_check(path, old, new, note_collision, s, err);
}

static void add_link(struct scan *s, const char *path, const git_oid *blob)
{
	if (!(s->n_links & (s->n_links - 1)))
		s->links = xrealloc(s->links, s->n_links ? s->n_links * 2 : 1, sizeof(*s->links));
	s->links[s->n_links++] = (struct link){ xstrdup(path), *blob };
}

static bool is_link(const struct side *side)
{
	return mode_is(side->mode, GIT_FILEMODE_LINK);
}

/* Where the old tree has a directory, a comparison of names alone shows nothing. */
static bool was_directory(const struct scan *s, const char *path)
{
	auto_git_entry git_tree_entry *e = NULL;

	return s->old_top && git_tree_entry_bypath(&e, s->old_top, path) == 0 &&
	       git_tree_entry_type(e) == GIT_OBJECT_TREE;
}

static int note_moved(void *ctx, const char *path, const struct side *old, const struct side *new,
	struct err *err)
{
	struct scan *s = ctx;

	(void)err;
	s->moved |= is_link(old) || is_link(new);
	if (is_link(new) && !old->mode && was_directory(s, path))
		anomaly_add(s->a, FACT_DIRECTORY_TO_SYMLINK, path, NULL);
	return 0;
}

static int collect_link(void *ctx, const char *path, const struct side *old, const struct side *new,
	struct err *err)
{
	(void)old, (void)err;
	if (is_link(new))
		add_link(ctx, path, &new->id);
	return 0;
}

static void scan_done(struct scan *s)
{
	for (size_t i = 0; i < s->n_links; i++)
		free(s->links[i].path);
	free(s->links);
	git_tree_free(s->old_top);
}

/* Whether this very link was there. */
static bool was_there(const struct scan *s, const struct link *l)
{
	auto_git_entry git_tree_entry *e = NULL;

	return s->old_top && git_tree_entry_bypath(&e, s->old_top, l->path) == 0 &&
	       mode_is((uint32_t)git_tree_entry_filemode_raw(e), GIT_FILEMODE_LINK) &&
	       git_oid_cmp(git_tree_entry_id(e), &l->blob) == 0;
}

/* Whether this very link was there and led out. To have given up on it is no proof. */
static int led_out(const struct scan *s, struct links *before, const struct link *l, bool *ret,
	struct err *err)
{
	struct links_result result = { 0 };
	int r;

	*ret = false;
	if (!before || !was_there(s, l))
		return 0;
	r = links_follow(before, l->path, &l->blob, &result, err);
	*ret = result.escapes && !result.given_up;
	free(result.target);
	return r;
}

static int follow(struct scan *s, struct links *now, struct links *before, const struct link *l,
	struct err *err)
{
	struct links_result result = { 0 };
	bool old = false;
	int r = links_follow(now, l->path, &l->blob, &result, err);

	if (r == 0 && result.escapes)
		r = led_out(s, before, l, &old, err);
	if (r == 0 && result.escapes && !old)
		anomaly_add(s->a, FACT_SYMLINK_ESCAPE, l->path, result.target);
	if (r == 0 && result.hostile && !was_there(s, l)) {
		auto_free char *why = xasprintf("its target: %s", result.hostile);

		anomaly_add(s->a, FACT_HOSTILE_NAME, l->path, why);
	}
	free(result.target);
	return r;
}

/*
 * Where an old link leads is up to every link on its way, the one that was there before included. So
 * all of the tree are followed, and those told that lead out only now.
 */
static int follow_all(struct scan *s, const git_oid *old, const git_oid *new, struct err *err)
{
	const struct treediff all = { .path = collect_link, .ctx = s };
	auto_links struct links *now = links_new(s->view, new);
	auto_links struct links *before = old ? links_new(s->view, old) : NULL;
	int r = treediff_walk(s->view, NULL, new, &all, err);

	for (size_t i = 0; r == 0 && i < s->n_links; i++)
		r = follow(s, now, before, &s->links[i], err);
	return r;
}

int anomaly_scan(const struct view *v, const git_oid *old, const git_oid *new, struct anomalies *a,
	struct err *err)
{
	struct scan s CLEANUP(scan_done) = { .view = v, .a = a };
	const struct treediff changes = { note_moved, scan_dir, &s };
	int r = old ? view_tree(v, old, &s.old_top, err) : 0;

	if (r == 0)
		r = treediff_walk(v, old, new, &changes, err);
	return r == 0 && s.moved ? follow_all(&s, old, new, err) : r;
}
