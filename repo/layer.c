#include "repo/layer.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/io.h"
#include "repo/change_view.h"

struct layer {
	const struct change_view *v;
	git_tree *tree; /* the new one */
	int fd;
};

static const uint64_t beneath = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;

static int fail(int code, const char *path, struct err *err)
{
	return err_set(err, code, "write '%s' for a check", path);
}

static int enter(int at, const char *name)
{
	if (mkdirat(at, name, 0755) < 0 && errno != EEXIST)
		return -errno;
	return open_beneath(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, beneath);
}

/*
 * Makes the directories that lead to path, one below the other: none is ever reached by way of a
 * symlink of the change. *ret_name is the last component. A descriptor or -errno.
 */
static int open_parent(const struct layer *l, const char *path, const char **ret_name)
{
	auto_free char *copy = xstrdup(path);
	auto_fd int fd = fcntl(l->fd, F_DUPFD_CLOEXEC, 3);
	char *name = copy, *slash;

	if (fd < 0)
		return -errno;
	while ((slash = strchr(name, '/'))) {
		int next;

		*slash = '\0';
		next = enter(fd, name);
		if (next < 0)
			return next;
		close(fd);
		fd = next;
		name = slash + 1;
	}
	*ret_name = path + (name - copy);
	return steal_fd(&fd);
}

static int write_piece(void *ctx, const void *data, size_t len, struct err *err)
{
	int r = io_write_all(*(int *)ctx, data, len);

	return r < 0 ? err_set(err, r, "write a file") : 0;
}

static int write_blob(const struct layer *l, const struct fact_path *p, const git_oid *id, int dir,
	const char *name, struct err *err)
{
	auto_fd int fd = openat(
		dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 || fchmod(fd, p->new_mode & 0100 ? 0755 : 0644) < 0)
		return fail(-errno, p->path, err);
	return view_stream(&l->v->view, id, write_piece, &fd, err);
}

static int write_new(const struct layer *l, const struct fact_path *p, struct err *err)
{
	const char *name;
	auto_fd int dir = open_parent(l, p->path, &name);
	git_oid id;
	int r = dir < 0 ? fail(dir, p->path, err) : repo_parse_id(p->new_id, &id, err);

	if (r < 0)
		return r;
	if (p->kind == FACT_SYMLINK)
		return symlinkat(p->target, dir, name) < 0 ? fail(-errno, p->path, err) : 0;
	if (p->kind == FACT_SUBMODULE)
		return mkdirat(dir, name, 0755) < 0 && errno != EEXIST ? fail(-errno, p->path, err)
								       : 0;
	return write_blob(l, p, &id, dir, name, err);
}

/* Whether the new tree has a directory there, so that what lies above it must not hide it. */
static bool is_kept(const struct layer *l, const char *dir)
{
	auto_git_entry git_tree_entry *entry = NULL;

	return git_tree_entry_bypath(&entry, l->tree, dir) == 0 &&
	       git_tree_entry_type(entry) == GIT_OBJECT_TREE;
}

/* The whiteout goes to the highest directory that is gone with the file: git knows no empty ones. */
static char *highest_gone(const struct layer *l, const char *path)
{
	char *copy = xstrdup(path), *slash = copy;

	while ((slash = strchr(slash, '/'))) {
		*slash = '\0';
		if (!is_kept(l, copy))
			return copy;
		*slash++ = '/';
	}
	return copy;
}

/* A name that the change has put something else at needs no whiteout: that hides what was below. */
static int write_gone(const struct layer *l, const char *path, struct err *err)
{
	auto_free char *gone = highest_gone(l, path);
	const char *name;
	auto_fd int dir = open_parent(l, gone, &name);

	if (dir == -ENOTDIR || dir == -ELOOP)
		return 0;
	if (dir < 0)
		return fail(dir, gone, err);
	if (mknodat(dir, name, S_IFCHR, makedev(0, 0)) < 0 && errno != EEXIST)
		return fail(-errno, gone, err);
	return 0;
}

static int write_all(const struct layer *l, const struct facts *facts, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < facts->n_paths; i++)
		if (facts->paths[i].new_mode)
			r = write_new(l, &facts->paths[i], err);
	for (size_t i = 0; r == 0 && i < facts->n_paths; i++) {
		const struct fact_path *p = &facts->paths[i];

		if (p->operation == FACT_DELETE)
			r = write_gone(l, p->path, err);
		else if (p->operation == FACT_RENAME)
			r = write_gone(l, p->old_path, err);
	}
	return r;
}

int layer_write(const struct change *change, const struct facts *facts, int fd, struct err *err)
{
	auto_change_view struct change_view v = { 0 };
	auto_git_tree git_tree *tree = NULL;
	struct layer l = { .v = &v, .fd = fd };
	int r = change_view_open(change, &v, err);

	if (r == 0)
		r = view_tree(&v.view, &v.new, &tree, err);
	l.tree = tree;
	return r < 0 ? r : write_all(&l, facts, err);
}
