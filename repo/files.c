/* Single files and directories of a tree, for what remit itself reads from a commit. */
#include <stdio.h>
#include <string.h>

#include "repo/view.h"

/* The entry of a path, "" for the tree itself: then *ret is NULL. */
static int find(const struct view *v, const char *tree, const char *path, git_tree **ret_tree,
	git_tree_entry **ret, struct err *err)
{
	git_oid id;
	int r = repo_parse_id(tree, &id, err);

	if (r == 0)
		r = view_tree(v, &id, ret_tree, err);
	if (r < 0 || !*path)
		return r;
	r = git_tree_entry_bypath(ret, *ret_tree, path);
	if (r == GIT_ENOTFOUND)
		return err_say(err, -ENOENT, "there is no '%s' in tree %s", path, tree);
	return r < 0 ? repo_fail(err, r, "find '%s' in tree %s", path, tree) : 0;
}

int repo_read_file(struct repo *repo, const char *tree, const char *path, size_t max,
	struct buf *out, struct err *err)
{
	auto_view struct view v = { 0 };
	auto_git_tree git_tree *top = NULL;
	auto_git_entry git_tree_entry *entry = NULL;
	auto_git_blob git_odb_object *blob = NULL;
	uint64_t size;
	int r = view_open(repo, NULL, &v, err);

	if (r == 0)
		r = find(&v, tree, path, &top, &entry, err);
	if (r < 0)
		return r;
	if (!entry || !mode_is(git_tree_entry_filemode_raw(entry), GIT_FILEMODE_BLOB))
		return err_say(err, -EINVAL, "'%s' in tree %s is not a file", path, tree);
	r = view_size(&v, git_tree_entry_id(entry), &size, err);
	if (r == 0 && size > max)
		return err_say(
			err, -EFBIG, "'%s' in tree %s is larger than %zu bytes", path, tree, max);
	if (r == 0)
		r = view_read(&v, git_tree_entry_id(entry), &blob, err);
	if (r == 0)
		buf_add(out, git_odb_object_data(blob), git_odb_object_size(blob));
	return r;
}

int repo_list_dir(struct repo *repo, const char *tree, const char *path, struct strs *ret_names,
	struct err *err)
{
	auto_view struct view v = { 0 };
	auto_git_tree git_tree *top = NULL;
	auto_git_tree git_tree *dir = NULL;
	auto_git_entry git_tree_entry *entry = NULL;
	int r = view_open(repo, NULL, &v, err);

	if (r == 0)
		r = find(&v, tree, path, &top, &entry, err);
	if (r < 0)
		return r;
	if (entry && git_tree_entry_type(entry) != GIT_OBJECT_TREE)
		return err_say(err, -ENOTDIR, "'%s' in tree %s is not a directory", path, tree);
	if (entry)
		r = view_tree(&v, git_tree_entry_id(entry), &dir, err);
	for (size_t i = 0; r == 0 && i < git_tree_entrycount(dir ? dir : top); i++) {
		strs_add(
			ret_names, git_tree_entry_name(git_tree_entry_byindex(dir ? dir : top, i)));
	}
	return r;
}
