#include "repo/treediff.h"

#include <string.h>

struct walk {
	const struct view *view;
	const struct treediff *visitor;
	struct buf path;
	unsigned int depth;
	uint64_t paths;
};

/* One of the two trees while both are gone through side by side. */
struct cursor {
	git_tree *tree; /* NULL: empty */
	size_t at;
	const git_tree_entry *entry; /* NULL: at the end */
};

int treediff_compare(const char *a, uint32_t a_mode, const char *b, uint32_t b_mode)
{
	size_t na = strlen(a), nb = strlen(b);
	size_t n = na < nb ? na : nb;
	int c = memcmp(a, b, n);
	unsigned char ca, cb;

	if (c)
		return c;
	ca = (unsigned char)(a[n] ? a[n] : mode_is(a_mode, GIT_FILEMODE_TREE) ? '/' : '\0');
	cb = (unsigned char)(b[n] ? b[n] : mode_is(b_mode, GIT_FILEMODE_TREE) ? '/' : '\0');
	return (ca > cb) - (ca < cb);
}

static uint32_t mode_of(const git_tree_entry *e)
{
	return (uint32_t)git_tree_entry_filemode_raw(e);
}

static int compare(const git_tree_entry *a, const git_tree_entry *b)
{
	return treediff_compare(
		git_tree_entry_name(a), mode_of(a), git_tree_entry_name(b), mode_of(b));
}

static int advance(struct cursor *c, struct err *err)
{
	const git_tree_entry *before = c->entry;
	char hex[REPO_ID_HEX + 1];

	c->entry = c->tree ? git_tree_entry_byindex(c->tree, c->at++) : NULL;
	if (!before || !c->entry)
		return 0;
	if (compare(before, c->entry) < 0)
		return 0;
	git_oid_tostr(hex, sizeof(hex), git_tree_id(c->tree));
	return err_say(err, -EINVAL, "tree %s is malformed: '%s' is out of order or there twice",
		hex, git_tree_entry_name(c->entry));
}

/* Old versions of git wrote other permissions into trees; all versions read them as these. */
static uint32_t canonical(uint32_t mode)
{
	if (!mode_is(mode, GIT_FILEMODE_BLOB))
		return mode;
	return mode & 0100 ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
}

static struct side side_of(const git_tree_entry *e)
{
	struct side s = { 0 };

	if (e) {
		s.id = *git_tree_entry_id(e);
		s.mode = canonical(mode_of(e));
	}
	return s;
}

static bool is_tree(const struct side *s)
{
	return mode_is(s->mode, GIT_FILEMODE_TREE);
}

static int walk_trees(struct walk *w, const git_oid *old, const git_oid *new, struct err *err);

static int visit(struct walk *w, const char *name, const struct side *old, const struct side *new,
	struct err *err)
{
	size_t len = w->path.len;
	int r;

	if (old->mode == new->mode && !git_oid_cmp(&old->id, &new->id))
		return 0;
	if (++w->paths > TREEDIFF_MAX_PATHS)
		return err_say(
			err, -EFBIG, "the change has more than %d paths", TREEDIFF_MAX_PATHS);
	if (len)
		buf_addc(&w->path, '/');
	buf_adds(&w->path, name);
	if (is_tree(old) || is_tree(new))
		r = walk_trees(
			w, is_tree(old) ? &old->id : NULL, is_tree(new) ? &new->id : NULL, err);
	else
		r = w->visitor->path(w->visitor->ctx, buf_str(&w->path), old, new, err);
	buf_truncate(&w->path, len);
	return r;
}

/* Takes whichever entry comes first, or both where they are one name, and goes past it. */
static int step(struct walk *w, struct cursor *old, struct cursor *new, struct err *err)
{
	int c = !old->entry ? 1 : !new->entry ? -1 : compare(old->entry, new->entry);
	struct side o = side_of(c <= 0 ? old->entry : NULL);
	struct side n = side_of(c >= 0 ? new->entry : NULL);
	int r = visit(w, git_tree_entry_name(c <= 0 ? old->entry : new->entry), &o, &n, err);

	if (r == 0 && c <= 0)
		r = advance(old, err);
	if (r == 0 && c >= 0)
		r = advance(new, err);
	return r;
}

static int walk_open(struct walk *w, git_tree *old, git_tree *new, struct err *err)
{
	struct cursor o = { .tree = old }, n = { .tree = new };
	int r = 0;

	if (new && w->visitor->dir)
		r = w->visitor->dir(w->visitor->ctx, buf_str(&w->path), old, new, err);
	if (r == 0)
		r = advance(&o, err);
	if (r == 0)
		r = advance(&n, err);
	while (r == 0 && (o.entry || n.entry))
		r = step(w, &o, &n, err);
	return r;
}

static int walk_trees(struct walk *w, const git_oid *old, const git_oid *new, struct err *err)
{
	auto_git_tree git_tree *o = NULL;
	auto_git_tree git_tree *n = NULL;
	int r = 0;

	if (w->depth >= REPO_MAX_DEPTH)
		return err_say(err, -ELOOP, "'%.200s...' is deeper than %d directories",
			buf_str(&w->path), REPO_MAX_DEPTH);
	if (old)
		r = view_tree(w->view, old, &o, err);
	if (r == 0 && new)
		r = view_tree(w->view, new, &n, err);
	if (r < 0)
		return r;
	w->depth++;
	r = walk_open(w, o, n, err);
	w->depth--;
	return r;
}

int treediff_walk(const struct view *v, const git_oid *old, const git_oid *new,
	const struct treediff *visitor, struct err *err)
{
	struct walk w = { .view = v, .visitor = visitor };
	int r;

	if (old && new && !git_oid_cmp(old, new))
		return 0;
	r = walk_trees(&w, old, new, err);
	buf_done(&w.path);
	return r;
}
