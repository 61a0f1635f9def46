#include "repo/checkout.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "repo/gitindex.h"
#include "repo/name.h"

enum { MAX_FILES = 10000000, REPORT_EVERY = 256, BLOCK = 4096 };

struct walk {
	const struct checkout *c;
	struct gitindex index;
	struct buf path; /* of the directory being written */
	unsigned int depth;
	uint64_t bytes, done, total;
};

/* Where one entry of a tree goes. */
struct place {
	int dirfd;
	const char *name;
	const git_oid *id;
	uint32_t mode;
};

static int fail_write(const struct walk *w, int code, struct err *err)
{
	return err_set(err, code, "write '%s'", buf_str(&w->path));
}

static int set_time(const struct walk *w, const struct place *p, struct err *err)
{
	struct timespec times[2] = { { .tv_sec = w->c->mtime }, { .tv_sec = w->c->mtime } };

	if (utimensat(p->dirfd, p->name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_write(w, -errno, err);
	return 0;
}

struct file_sink {
	int fd;
	uint64_t size;
};

static int write_piece(void *ctx, const void *data, size_t len, struct err *err)
{
	struct file_sink *s = ctx;
	int r = io_write_all(s->fd, data, len);

	s->size += len;
	return r < 0 ? err_set(err, r, "write a file") : 0;
}

static int write_file(struct walk *w, const struct place *p, uint64_t *ret_size, struct err *err)
{
	mode_t mode = p->mode & 0100 ? 0755 : 0644;
	auto_fd int fd = openat(
		p->dirfd, p->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	struct file_sink sink = { .fd = fd };
	int r;

	if (fd < 0)
		return fail_write(w, -errno, err);
	r = view_stream(w->c->view, p->id, write_piece, &sink, err);
	if (r < 0)
		return err_prefix(err, r, "'%s'", buf_str(&w->path));
	if (fchmod(fd, mode) < 0)
		return fail_write(w, -errno, err);
	*ret_size = sink.size;
	return set_time(w, p, err);
}

static int write_link(struct walk *w, const struct place *p, uint64_t *ret_size, struct err *err)
{
	auto_git_blob git_odb_object *blob = NULL;
	auto_free char *target = NULL;
	size_t len;
	int r = view_read(w->c->view, p->id, &blob, err);

	if (r < 0)
		return r;
	len = git_odb_object_size(blob);
	if (!len || len >= PATH_MAX || memchr(git_odb_object_data(blob), '\0', len))
		return err_say(err, -EINVAL, "symlink '%s' has a target that can't be one",
			buf_str(&w->path));
	target = xstrndup(git_odb_object_data(blob), len);
	if (symlinkat(target, p->dirfd, p->name) < 0)
		return fail_write(w, -errno, err);
	*ret_size = len;
	return set_time(w, p, err);
}

static int make_dir(struct walk *w, const struct place *p, int *ret_fd, struct err *err)
{
	auto_fd int fd = -1;

	if (mkdirat(p->dirfd, p->name, 0755) < 0)
		return fail_write(w, -errno, err);
	fd = openat(p->dirfd, p->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fchmod(fd, 0755) < 0)
		return fail_write(w, -errno, err);
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int write_submodule(
	struct walk *w, const struct place *p, uint64_t *ret_size, struct err *err)
{
	auto_fd int fd = -1;

	*ret_size = 0;
	return make_dir(w, p, &fd, err);
}

static int write_tree(struct walk *w, int dirfd, const git_oid *id, struct err *err);

static int write_dir(struct walk *w, const struct place *p, struct err *err)
{
	auto_fd int fd = -1;
	int r = make_dir(w, p, &fd, err);

	if (r < 0)
		return r;
	gitindex_enter(&w->index, p->name);
	r = write_tree(w, fd, p->id, err);
	if (r == 0)
		gitindex_leave(&w->index, p->id);
	return r;
}

static const struct {
	uint32_t kind;
	uint32_t index_mode; /* 0: the file's own */
	int (*write)(struct walk *w, const struct place *p, uint64_t *ret_size, struct err *err);
} kinds[] = {
	{ GIT_FILEMODE_BLOB, 0, write_file },
	{ GIT_FILEMODE_LINK, GIT_FILEMODE_LINK, write_link },
	{ GIT_FILEMODE_COMMIT, GIT_FILEMODE_COMMIT, write_submodule },
};

static void report(struct walk *w)
{
	if (w->c->progress && (w->done % REPORT_EVERY == 0 || w->done == w->total))
		w->c->progress(w->c->ctx, w->done, w->total);
}

static int write_leaf(struct walk *w, const struct place *p, struct err *err)
{
	uint32_t own = p->mode & 0100 ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
	uint64_t size = 0;
	size_t i = 0;
	int r;

	while (i < ARRAY_SIZE(kinds) && !mode_is(p->mode, kinds[i].kind))
		i++;
	if (i == ARRAY_SIZE(kinds))
		return err_say(err, -EINVAL, "'%s' has mode %o, which git does not know",
			buf_str(&w->path), p->mode);
	r = kinds[i].write(w, p, &size, err);
	if (r < 0)
		return r;
	gitindex_add(&w->index, buf_str(&w->path), kinds[i].index_mode ? kinds[i].index_mode : own,
		size, p->id);
	w->bytes += (size + BLOCK - 1) / BLOCK * BLOCK;
	w->done++;
	report(w);
	return 0;
}

static int write_entry(struct walk *w, int dirfd, const git_tree_entry *e, struct err *err)
{
	struct place p = { dirfd, git_tree_entry_name(e), git_tree_entry_id(e),
		(uint32_t)git_tree_entry_filemode_raw(e) };
	const char *refused = name_refused(p.name, p.mode);
	size_t len = w->path.len;
	int r;

	if (len)
		buf_addc(&w->path, '/');
	buf_adds(&w->path, p.name);
	if (refused)
		r = err_say(err, -EINVAL, "the tree has a name that git refuses: '%s' (%s)",
			buf_str(&w->path), refused);
	else if (mode_is(p.mode, GIT_FILEMODE_TREE))
		r = write_dir(w, &p, err);
	else
		r = write_leaf(w, &p, err);
	buf_truncate(&w->path, len);
	return r;
}

static int write_tree(struct walk *w, int dirfd, const git_oid *id, struct err *err)
{
	auto_git_tree git_tree *tree = NULL;
	int r = view_tree(w->c->view, id, &tree, err);

	if (r < 0)
		return r;
	if (w->depth >= REPO_MAX_DEPTH)
		return err_say(
			err, -ELOOP, "the tree is deeper than %d directories", REPO_MAX_DEPTH);
	w->depth++;
	w->bytes += BLOCK;
	for (size_t i = 0; r == 0 && i < git_tree_entrycount(tree); i++)
		r = write_entry(w, dirfd, git_tree_entry_byindex(tree, i), err);
	w->depth--;
	return r;
}

/* Counts files beforehand, and so refuses a tree of few objects that stands for too many files. */
static int count(struct walk *w, const git_oid *id, struct err *err)
{
	auto_git_tree git_tree *tree = NULL;
	int r = view_tree(w->c->view, id, &tree, err);

	if (r == 0 && w->depth >= REPO_MAX_DEPTH)
		return err_say(
			err, -ELOOP, "the tree is deeper than %d directories", REPO_MAX_DEPTH);
	w->depth++;
	for (size_t i = 0; r == 0 && i < git_tree_entrycount(tree); i++) {
		const git_tree_entry *e = git_tree_entry_byindex(tree, i);

		if (++w->total > MAX_FILES)
			r = err_say(err, -EFBIG, "the tree has more than %d entries", MAX_FILES);
		else if (git_tree_entry_type(e) == GIT_OBJECT_TREE)
			r = count(w, git_tree_entry_id(e), err);
	}
	w->depth--;
	return r;
}

int checkout_run(const struct checkout *c, const git_oid *tree, int fd, struct checkout_result *ret,
	struct err *err)
{
	struct walk w = { .c = c };
	int r = count(&w, tree, err);

	gitindex_begin(&w.index, c->mtime);
	if (r == 0)
		r = write_tree(&w, fd, tree, err);
	if (r == 0) {
		gitindex_end(&w.index, tree, &ret->index);
		ret->files = w.done;
		ret->bytes = w.bytes + ret->index.len;
		w.total = w.done;
		report(&w);
	}
	gitindex_done(&w.index);
	buf_done(&w.path);
	return r;
}
