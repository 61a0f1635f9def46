#include "repo/shallow.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>

#include "base/io.h"
#include "base/text.h"
#include "repo/idmap.h"
#include "repo/once.h"
#include "repo/objstore.h"

enum { MAX_SIZE_FILE = 31 };

struct closure {
	const struct view *view;
	struct objstore *store;
	struct idmap seen;
	unsigned int depth;
};

static int copy_tree(struct closure *c, const git_oid *id, struct err *err);

/*
 * Whatever is reached twice is copied once: this ends for any tree, however often it repeats
 * itself.
 */
static int copy_entry(struct closure *c, const git_tree_entry *e, struct err *err)
{
	git_object_t type = git_tree_entry_type(e);
	bool new;

	if (type == GIT_OBJECT_COMMIT)
		return 0;
	idmap_put(&c->seen, git_tree_entry_id(e), &new);
	if (!new)
		return 0;
	if (type == GIT_OBJECT_TREE)
		return copy_tree(c, git_tree_entry_id(e), err);
	return objstore_copy(c->store, c->view, git_tree_entry_id(e), err);
}

static int copy_tree(struct closure *c, const git_oid *id, struct err *err)
{
	auto_git_tree git_tree *tree = NULL;
	int r = view_tree(c->view, id, &tree, err);

	if (r == 0 && c->depth >= REPO_MAX_DEPTH)
		return err_say(
			err, -ELOOP, "the tree is deeper than %d directories", REPO_MAX_DEPTH);
	if (r == 0)
		r = objstore_copy(c->store, c->view, id, err);
	c->depth++;
	for (size_t i = 0; r == 0 && i < git_tree_entrycount(tree); i++)
		r = copy_entry(c, git_tree_entry_byindex(tree, i), err);
	c->depth--;
	return r;
}

static int copy_commit(struct closure *c, const struct repo_commit *commit, struct err *err)
{
	git_oid id, tree;
	int r = repo_parse_id(commit->id, &id, err);

	if (r == 0)
		r = repo_parse_id(commit->tree, &tree, err);
	if (r == 0)
		r = objstore_copy(c->store, c->view, &id, err);
	if (r == 0)
		r = copy_tree(c, &tree, err);
	idmap_done(&c->seen);
	return r;
}

static int fill(
	struct repo *repo, const struct repo_commit *commit, const char *dir, struct err *err)
{
	auto_view struct view view = { 0 };
	auto_objstore struct objstore *store = NULL;
	struct closure c = { .view = &view };
	int r = view_open(repo, NULL, &view, err);

	if (r == 0)
		r = objstore_open(dir, 0, &store, err);
	c.store = store;
	if (r == 0)
		r = copy_commit(&c, commit, err);
	return r < 0 ? r : objstore_finish(store, err);
}

static int read_size(int base, uint64_t *ret, struct err *err)
{
	auto_buf struct buf text = BUF_INIT;
	int r = file_read(base, "size", MAX_SIZE_FILE, &text, err);

	return r < 0 ? r : text_uint(buf_str(&text), 0, UINT64_MAX / 2, ret, err);
}

/*
 * The checkout now holds that much more, which matters when old ones are removed. Others may be
 * adding to it: the lock goes with base, which is a descriptor of our own.
 */
static int add_to_size(int base, const char *name, struct err *err)
{
	auto_fd int dir = -1;
	uint64_t bytes, files, before;
	char size[32];
	int n, r = dir_open(base, name, &dir, err);

	if (r < 0)
		return r;
	r = tree_usage(dir, &bytes, &files);
	if (r < 0)
		return err_set(err, r, "measure an object directory of the cache");
	r = file_lock(base, LOCK_EX);
	if (r < 0)
		return err_set(err, r, "lock a checkout");
	r = read_size(base, &before, err);
	if (r < 0)
		return r;
	n = snprintf(size, sizeof(size), "%llu", (unsigned long long)(before + bytes));
	return file_write(base, "size", 0644, size, (size_t)n, 0, err);
}

static int build(struct repo *repo, const struct repo_commit *commit, const struct base *base,
	int dir, const char *name, struct err *err)
{
	auto_once struct once once = { .fd = -1 };
	auto_free char *path = NULL;
	bool mine;
	int r = once_begin(dir, name, &once, &mine, err);

	if (r < 0 || !mine)
		return r;
	path = xasprintf("%s/%s", base->dir, once.temp);
	r = fill(repo, commit, path, err);
	if (r == 0)
		r = once_publish(&once, err);
	return r < 0 ? r : add_to_size(dir, name, err);
}

int shallow_get(struct repo *repo, const struct repo_commit *commit, const struct base *base,
	char **ret, struct err *err)
{
	auto_free char *name = xasprintf("shallow-%s", commit->id);
	auto_fd int dir = -1;
	int r = dir_open(AT_FDCWD, base->dir, &dir, err);

	if (r == 0)
		r = build(repo, commit, base, dir, name, err);
	if (r < 0)
		return err_prefix(err, r, "prepare the history of %.12s", commit->id);
	*ret = xasprintf("%s/%s", base->dir, name);
	return 0;
}
