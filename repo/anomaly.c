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
		struct fact_anomaly *last = &a->facts->anomalies[a->kinds[i].last];

		if (a->kinds[i].n <= ANOMALY_MAX_NAMED)
			continue;
		free(last->detail);
		last->detail = xasprintf(
			"and %llu more", (unsigned long long)a->kinds[i].n - ANOMALY_MAX_NAMED);
	}
}

/* A symlink to be followed once the whole tree is known. */
struct link {
	char *path;
	git_oid blob;
};

struct scan {
	const struct view *view;
	struct anomalies *a;
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
		if (why) {
			auto_free char *path = join(dir, name);

			anomaly_add(s->a, FACT_REFUSED_NAME, path, why);
		}
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

static int scan_path(void *ctx, const char *path, const struct side *old, const struct side *new,
	struct err *err)
{
	(void)old, (void)err;
	if (mode_is(new->mode, GIT_FILEMODE_LINK))
		add_link(ctx, path, &new->id);
	return 0;
}

static int follow_all(struct scan *s, const git_oid *tree, bool *ret_climbs, struct err *err)
{
	auto_links struct links *links = links_new(s->view, tree);
	int r = 0;

	*ret_climbs = false;
	for (size_t i = 0; r == 0 && i < s->n_links; i++) {
		struct links_result result = { 0 };

		r = links_follow(links, s->links[i].path, &s->links[i].blob, &result, err);
		*ret_climbs |= result.climbs;
		if (r == 0 && result.escapes)
			anomaly_add(s->a, FACT_SYMLINK_ESCAPE, s->links[i].path, result.target);
		free(result.target);
	}
	return r;
}

static void drop_links(struct scan *s)
{
	for (size_t i = 0; i < s->n_links; i++)
		free(s->links[i].path);
	free(s->links);
	s->links = NULL;
	s->n_links = 0;
}

/*
 * A new link to a directory that lies no deeper than the link can make an old, harmless link lead
 * out: old ones that go through its name and then up now start from higher. So all links are
 * followed then.
 */
static int follow_old(struct scan *s, const git_oid *tree, struct err *err)
{
	const struct treediff all = { .path = scan_path, .ctx = s };
	bool climbs;
	int r;

	drop_links(s);
	r = treediff_walk(s->view, NULL, tree, &all, err);
	return r < 0 ? r : follow_all(s, tree, &climbs, err);
}

int anomaly_scan(const struct view *v, const git_oid *old, const git_oid *new, struct anomalies *a,
	struct err *err)
{
	struct scan s = { .view = v, .a = a };
	const struct treediff changes = { scan_path, scan_dir, &s };
	bool climbs = false;
	int r = treediff_walk(v, old, new, &changes, err);

	if (r == 0)
		r = follow_all(&s, new, &climbs, err);
	if (r == 0 && climbs)
		r = follow_old(&s, new, err);
	drop_links(&s);
	return r;
}
