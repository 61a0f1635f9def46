#include "repo/capture_level.h"

#include <fcntl.h>
#include <string.h>

#include "base/io.h"
#include "base/weaken.h"
#include "repo/treediff.h"
#include "repo/upper.h"

void level_done(struct level *l)
{
	cleanup_fd(&l->fd);
	git_tree_free(l->base);
	ignore_free(l->own_ignore);
}

/* In a directory that says so, an empty file may be a whiteout by its mark. */
static int read_marked(const struct level *l, const struct found *f, bool *ret)
{
	auto_fd int fd = -1;
	int r;

	if (!l->marked_whiteouts || !S_ISREG(f->st.st_mode) || f->st.st_size)
		return 0;
	r = upper_open_file(l->fd, f->name, &fd);
	return r < 0 ? r : upper_read_whiteout(fd, ret);
}

int level_look(const struct level *l, struct found *f, bool overlay)
{
	int how = weakened("symlinks") ? 0 : AT_SYMLINK_NOFOLLOW;

	if (fstatat(l->fd, f->name, &f->st, how) < 0)
		return -errno;
	f->base = l->base ? git_tree_entry_byname(l->base, f->name) : NULL;
	if (!overlay)
		return 0;
	f->whiteout = upper_is_whiteout(&f->st);
	return read_marked(l, f, &f->whiteout);
}

static int compare_found(const void *a, const void *b)
{
	return strcmp(((const struct found *)a)->name, ((const struct found *)b)->name);
}

static const struct found *find(const struct found *v, size_t n, const char *name)
{
	struct found wanted = { .name = name };

	return n ? bsearch(&wanted, v, n, sizeof(*v), compare_found) : NULL;
}

/* An unreadable or oversized one is as if it were not there: then more is captured, not less. */
static void read_upper_ignore(const struct level *l, struct buf *out)
{
	auto_fd int fd = -1;
	struct stat st;

	if (fstatat(l->fd, ".gitignore", &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return;
	if (upper_open_file(l->fd, ".gitignore", &fd) < 0)
		return;
	if (io_read_all(fd, IGNORE_MAX_BYTES, out) < 0)
		buf_truncate(out, 0);
}

int level_read_ignore(const struct level *l, const struct view *base, const struct found *v,
	size_t n, struct buf *out, struct err *err)
{
	auto_git_blob git_odb_object *blob = NULL;
	const git_tree_entry *e = NULL;
	int r;

	if (find(v, n, ".gitignore")) {
		read_upper_ignore(l, out);
		return 0;
	}
	if (l->base && !l->opaque)
		e = git_tree_entry_byname(l->base, ".gitignore");
	if (!e || !mode_is((uint32_t)git_tree_entry_filemode_raw(e), GIT_FILEMODE_BLOB))
		return 0;
	r = view_read(base, git_tree_entry_id(e), &blob, err);
	if (r == 0 && git_odb_object_size(blob) <= IGNORE_MAX_BYTES)
		buf_add(out, git_odb_object_data(blob), git_odb_object_size(blob));
	return r;
}

static int git_order(const void *pa, const void *pb)
{
	const struct found *a = pa, *b = pb;

	return treediff_compare(a->name, a->mode, b->name, b->mode);
}

/* What the new tree holds, in git's order: the caller owns it. */
static struct found *merge(const struct level *l, const struct found *v, size_t n, size_t *ret_n)
{
	size_t below = l->base && !l->opaque ? git_tree_entrycount(l->base) : 0;
	struct found *all = xcalloc(n + below, sizeof(*all));
	size_t count = 0;

	for (size_t i = 0; i < below; i++) {
		const git_tree_entry *e = git_tree_entry_byindex(l->base, i);

		if (!find(v, n, git_tree_entry_name(e)))
			all[count++] = (struct found){ .name = git_tree_entry_name(e),
				.id = *git_tree_entry_id(e),
				.mode = (uint32_t)git_tree_entry_filemode_raw(e) };
	}
	for (size_t i = 0; i < n; i++)
		if (v[i].mode)
			all[count++] = v[i];
	qsort(all, count, sizeof(*all), git_order);
	*ret_n = count;
	return all;
}

int level_write_tree(const struct level *l, const struct found *v, size_t n, struct objstore *store,
	git_oid *ret, bool *ret_empty, struct err *err)
{
	auto_buf struct buf tree = BUF_INIT;
	size_t count;
	auto_free struct found *all = merge(l, v, n, &count);

	*ret_empty = !count;
	if (!count)
		return 0;
	for (size_t i = 0; i < count; i++) {
		buf_addf(&tree, "%o %s", all[i].mode, all[i].name);
		buf_addc(&tree, '\0');
		buf_add(&tree, all[i].id.id, GIT_OID_RAWSZ);
	}
	if (l->base && git_odb_hash(ret, tree.data, tree.len, GIT_OBJECT_TREE) == 0 &&
		!git_oid_cmp(ret, git_tree_id(l->base)))
		return 0;
	return objstore_write(store, GIT_OBJECT_TREE, tree.data, tree.len, ret, err);
}
