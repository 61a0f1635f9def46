#include "repo/links.h"

#include <limits.h>
#include <string.h>

#include "repo/name.h"

/*
 * As many symlinks as the kernel follows in one path; and components that all links together may
 * take.
 */
enum { MAX_FOLLOWED = 40, MAX_STEPS = 2000000 };

struct links {
	const struct view *view;
	git_oid tree;
	uint64_t steps;
};

/* One resolution under way: the directories from the top down to where it stands. */
struct way {
	struct links *links;
	git_tree *dirs[REPO_MAX_DEPTH + 1]; /* NULL: not there, or not a directory */
	unsigned int depth; /* of the last; 0: the top */
	unsigned int followed;
	struct buf rest; /* what is still to be walked, */
	size_t at; /* from here on */
	bool escapes, stuck, given_up;
};

struct links *links_new(const struct view *v, const git_oid *tree)
{
	struct links *l = xcalloc(1, sizeof(*l));

	l->view = v;
	l->tree = *tree;
	return l;
}

void links_free(struct links *l)
{
	free(l);
}

static void way_done(struct way *w)
{
	for (unsigned int i = 0; i <= w->depth; i++)
		git_tree_free(w->dirs[i]);
	buf_done(&w->rest);
}

/* As far as a NUL, where a checkout ends it, too. */
static int read_target(
	const struct view *v, const git_oid *id, char **ret, bool *ret_whole, struct err *err)
{
	auto_git_blob git_odb_object *blob = NULL;
	int r = view_read(v, id, &blob, err);

	if (r < 0)
		return r;
	*ret = xstrndup(git_odb_object_data(blob), git_odb_object_size(blob));
	*ret_whole = strlen(*ret) == git_odb_object_size(blob);
	return 0;
}

/* From the top of a file system, or of a drive as Windows has it: C:\x, C:x, \x, \\host\x. */
static bool is_absolute(const char *target)
{
	bool letter = (*target >= 'a' && *target <= 'z') || (*target >= 'A' && *target <= 'Z');

	return *target == '/' || *target == '\\' || (letter && target[1] == ':');
}

static void go_up(struct way *w)
{
	if (!w->depth) {
		w->escapes = true;
		return;
	}
	git_tree_free(w->dirs[w->depth]);
	w->dirs[w->depth--] = NULL;
}

static int go_down(struct way *w, const git_oid *tree, struct err *err)
{
	git_tree *dir = NULL;
	int r = tree ? view_tree(w->links->view, tree, &dir, err) : 0;

	if (r < 0)
		return r;
	/* No tree of ours is that deep: nothing that exists lies there. */
	if (w->depth == REPO_MAX_DEPTH) {
		git_tree_free(dir);
		w->stuck = true;
		return 0;
	}
	w->dirs[++w->depth] = dir;
	return 0;
}

/* Puts a target before what is still to be walked. */
static void take_target(struct way *w, const char *target)
{
	struct buf rest = BUF_INIT;

	if (is_absolute(target))
		w->escapes = true;
	if (strlen(target) >= PATH_MAX || ++w->followed > MAX_FOLLOWED) {
		w->stuck = true;
		return;
	}
	buf_adds(&rest, target);
	buf_addc(&rest, '/');
	buf_add(&rest, buf_str(&w->rest) + w->at, w->rest.len - w->at);
	buf_done(&w->rest);
	w->rest = rest;
	w->at = 0;
}

static int step_into(struct way *w, const char *name, struct err *err)
{
	const git_tree *dir = w->dirs[w->depth];
	const git_tree_entry *e = dir ? git_tree_entry_byname(dir, name) : NULL;
	auto_free char *target = NULL;
	bool whole;
	int r;

	if (e && git_tree_entry_type(e) == GIT_OBJECT_TREE)
		return go_down(w, git_tree_entry_id(e), err);
	if (!e || !mode_is((uint32_t)git_tree_entry_filemode_raw(e), GIT_FILEMODE_LINK))
		return go_down(w, NULL, err);
	r = read_target(w->links->view, git_tree_entry_id(e), &target, &whole, err);
	if (r == 0)
		take_target(w, target);
	return r;
}

static char *next_component(struct way *w)
{
	const char *from = w->rest.data + w->at;
	size_t len = strcspn(from, "/");

	w->at += len + (from[len] == '/');
	return xstrndup(from, len);
}

static int walk(struct way *w, struct err *err)
{
	int r = 0;

	while (r == 0 && w->at < w->rest.len && !w->escapes && !w->stuck) {
		auto_free char *name = next_component(w);

		w->given_up = ++w->links->steps > MAX_STEPS;
		if (w->given_up || name_is_dot_git(name) || name_leads_up(name))
			w->escapes = true;
		else if (!strcmp(name, ".."))
			go_up(w);
		else if (*name && strcmp(name, ".") != 0)
			r = step_into(w, name, err);
	}
	return r;
}

/* Stands in the directory that holds path. */
static int start(struct way *w, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	int r = view_tree(w->links->view, &w->links->tree, &w->dirs[0], err);

	if (r == 0 && slash)
		buf_add(&w->rest, path, (size_t)(slash - path));
	return r < 0 ? r : walk(w, err);
}

int links_follow(struct links *l, const char *path, const git_oid *blob, struct links_result *ret,
	struct err *err)
{
	auto_free char *target = NULL;
	struct way w = { .links = l };
	bool whole = true;
	int r = read_target(l->view, blob, &target, &whole, err);

	if (r == 0)
		r = start(&w, path, err);
	if (r == 0) {
		take_target(&w, target);
		r = walk(&w, err);
	}
	if (r == 0) {
		ret->escapes = w.escapes;
		ret->given_up = w.given_up;
		ret->hostile = whole ? name_hostile_target(target) : "it goes on after a NUL";
		ret->target = steal_pointer(&target);
	}
	way_done(&w);
	return r;
}
