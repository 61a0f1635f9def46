#include "repo/capture_walk.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/io.h"
#include "base/weaken.h"
#include "repo/capture_level.h"
#include "repo/name.h"
#include "repo/upper.h"

static int walk_level(
	struct capture_walk *w, struct level *l, git_oid *ret, bool *ret_empty, struct err *err);

static void note_ignored(struct capture_walk *w, bool is_dir)
{
	w->out->ignored++;
	if (w->out->ignored_names.n >= CAPTURE_MAX_NAMED)
		return;
	if (is_dir)
		buf_addc(&w->path, '/');
	strs_add(&w->out->ignored_names, buf_str(&w->path));
}

static bool is_ignored(const struct capture_walk *w, const struct level *l, bool is_dir)
{
	return l->ignored || ignore_matches(l->ignore, buf_str(&w->path), w->path.len, is_dir);
}

static void set_found(struct found *f, const git_oid *id, uint32_t mode)
{
	f->id = *id;
	f->mode = mode;
}

static bool base_is(const struct found *f, uint32_t kind)
{
	return f->base && mode_is((uint32_t)git_tree_entry_filemode_raw(f->base), kind);
}

/* Prepares the level of a directory, or leaves l->fd at -1 when it can't be read. */
static int open_level(struct capture_walk *w, const struct level *up, const struct found *f,
	struct level *l, struct err *err)
{
	enum upper_kind kind = UPPER_MERGED;
	int r = upper_open_dir(up->fd, f->name, &l->fd);

	if (r == -EACCES || r == -EPERM) {
		anomaly_add(w->anomalies, FACT_UNREADABLE, buf_str(&w->path),
			"not even its owner can read it");
		return 0;
	}
	if (r < 0)
		return err_set(err, r, "read directory '%s'", buf_str(&w->path));
	r = w->files.overlay ? upper_read_kind(l->fd, &kind) : 0;
	if (r == -ENOTSUP)
		return err_say(err, r,
			"directory '%s' was renamed by reference: mount the overlay with "
			"redirect_dir=nofollow",
			buf_str(&w->path));
	if (r < 0)
		return err_set(err, r, "read directory '%s'", buf_str(&w->path));
	l->marked_whiteouts = kind == UPPER_XWHITEOUTS;
	/* Beneath a directory that hides the base nothing of it shows, marked or not. */
	l->opaque = up->opaque || kind == UPPER_OPAQUE;
	return base_is(f, GIT_FILEMODE_TREE)
		       ? view_tree(w->files.view, git_tree_entry_id(f->base), &l->base, err)
		       : 0;
}

static int take_open_dir(struct capture_walk *w, struct level *l, struct found *f, struct err *err)
{
	bool empty;
	git_oid id;
	int r = walk_level(w, l, &id, &empty, err);

	if (r < 0)
		return r;
	if (!empty)
		set_found(f, &id, GIT_FILEMODE_TREE);
	else if (base_is(f, GIT_FILEMODE_COMMIT))
		set_found(f, git_tree_entry_id(f->base), GIT_FILEMODE_COMMIT);
	return 0;
}

static int take_dir(
	struct capture_walk *w, const struct level *up, struct found *f, struct err *err)
{
	struct level l = { .fd = -1, .ignored = is_ignored(w, up, true), .ignore = up->ignore };
	int r;

	if (l.ignored && !base_is(f, GIT_FILEMODE_TREE) && !base_is(f, GIT_FILEMODE_COMMIT)) {
		note_ignored(w, true);
		return 0;
	}
	if (w->depth >= REPO_MAX_DEPTH) {
		anomaly_add(w->anomalies, FACT_UNREADABLE, buf_str(&w->path),
			"too many directories above it");
		return 0;
	}
	r = open_level(w, up, f, &l, err);
	if (r == 0 && l.fd >= 0)
		r = take_open_dir(w, &l, f, err);
	level_done(&l);
	return r;
}

/* The base's mode stays as it is written there where it means the same. */
static uint32_t file_mode(const struct found *f)
{
	uint32_t base = f->base ? (uint32_t)git_tree_entry_filemode_raw(f->base) : 0;
	bool executable = f->st.st_mode & S_IXUSR;

	if (mode_is(base, GIT_FILEMODE_BLOB) && !!(base & S_IXUSR) == executable)
		return base;
	return executable ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
}

static int take_file(
	struct capture_walk *w, const struct level *l, struct found *f, struct err *err)
{
	struct capture_source source = { l->fd, f->name, f->st,
		base_is(f, GIT_FILEMODE_BLOB) ? git_tree_entry_id(f->base) : NULL };
	const char *why;
	git_oid id;
	int r = capture_file(&w->files, &source, &id, &why, err);

	if (r < 0)
		return err_prefix(err, r, "'%s'", buf_str(&w->path));
	if (f->st.st_mode & (S_ISUID | S_ISGID))
		anomaly_add(w->anomalies, FACT_SETUID, buf_str(&w->path), NULL);
	if (why)
		anomaly_add(w->anomalies, FACT_UNREADABLE, buf_str(&w->path), why);
	else
		set_found(f, &id, file_mode(f));
	return 0;
}

static int take_link(
	struct capture_walk *w, const struct level *l, struct found *f, struct err *err)
{
	char target[PATH_MAX + 1];
	ssize_t n = readlinkat(l->fd, f->name, target, sizeof(target));
	git_oid id = { 0 };
	int r = n < 0 ? -errno : git_odb_hash(&id, target, (size_t)n, GIT_OBJECT_BLOB);

	if (r < 0)
		return err_set(err, -EIO, "read symlink '%s'", buf_str(&w->path));
	if (!f->base || git_oid_cmp(&id, git_tree_entry_id(f->base)) != 0)
		r = objstore_write(w->files.store, GIT_OBJECT_BLOB, target, (size_t)n, &id, err);
	if (r == 0)
		set_found(f, &id, GIT_FILEMODE_LINK);
	return r;
}

static int refuse(struct capture_walk *w, enum fact_anomaly_kind kind)
{
	anomaly_add(w->anomalies, kind, buf_str(&w->path), NULL);
	return 0;
}

static int take_device(
	struct capture_walk *w, const struct level *l, struct found *f, struct err *err)
{
	(void)l, (void)f, (void)err;
	return refuse(w, FACT_DEVICE);
}

static int take_fifo(
	struct capture_walk *w, const struct level *l, struct found *f, struct err *err)
{
	(void)l, (void)f, (void)err;
	return refuse(w, FACT_FIFO);
}

static int take_socket(
	struct capture_walk *w, const struct level *l, struct found *f, struct err *err)
{
	(void)l, (void)f, (void)err;
	return refuse(w, FACT_SOCKET);
}

static const struct {
	mode_t kind;
	int (*take)(
		struct capture_walk *w, const struct level *l, struct found *f, struct err *err);
} kinds[] = {
	{ S_IFREG, take_file },
	{ S_IFLNK, take_link },
	{ S_IFDIR, take_dir },
	{ S_IFBLK, take_device },
	{ S_IFCHR, take_device },
	{ S_IFIFO, take_fifo },
	{ S_IFSOCK, take_socket },
};

static int take_kind(
	struct capture_walk *w, const struct level *l, struct found *f, struct err *err)
{
	mode_t kind = f->st.st_mode & S_IFMT;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].kind == kind)
			return kinds[i].take(w, l, f, err);
	return err_say(err, -EINVAL, "'%s' is of no kind that is known", buf_str(&w->path));
}

/* The work tree's own .git is made by us and stays out; anything else in its place is not ours. */
static void judge_own_git(struct capture_walk *w, const struct found *f)
{
	if (!S_ISDIR(f->st.st_mode))
		anomaly_add(w->anomalies, FACT_EMBEDDED_REPO, ".git", "not a directory");
}

/* True for names that never get into a tree. */
static bool refuse_name(struct capture_walk *w, const struct found *f)
{
	const char *why = name_refused(
		f->name, S_ISLNK(f->st.st_mode) ? GIT_FILEMODE_LINK : GIT_FILEMODE_BLOB);

	if (!strcmp(f->name, ".git") && w->depth == 1)
		judge_own_git(w, f);
	else if (!strcmp(f->name, ".git"))
		anomaly_add(w->anomalies, FACT_EMBEDDED_REPO, buf_str(&w->path), NULL);
	else if (why)
		anomaly_add(w->anomalies, FACT_REFUSED_NAME, buf_str(&w->path), why);
	return why && !weakened("dot-git");
}

static int take_named(
	struct capture_walk *w, const struct level *l, struct found *f, struct err *err)
{
	bool is_dir = S_ISDIR(f->st.st_mode);
	bool tracked = f->base && !base_is(f, GIT_FILEMODE_TREE);

	if (refuse_name(w, f))
		return 0;
	if (!is_dir && !tracked && is_ignored(w, l, false)) {
		note_ignored(w, false);
		return 0;
	}
	return take_kind(w, l, f, err);
}

static int take_entry(
	struct capture_walk *w, const struct level *l, struct found *f, struct err *err)
{
	size_t len = w->path.len;
	int r = level_look(l, f, w->files.overlay);

	if (len)
		buf_addc(&w->path, '/');
	buf_adds(&w->path, f->name);
	w->out->seen++;
	if (r < 0)
		r = err_set(err, r, "look at '%s'", buf_str(&w->path));
	else if (!f->whiteout)
		r = take_named(w, l, f, err);
	buf_truncate(&w->path, len);
	return r;
}

static int add_ignore(
	struct capture_walk *w, struct level *l, const struct found *v, size_t n, struct err *err)
{
	auto_buf struct buf text = BUF_INIT;
	int r = l->ignored ? 0 : level_read_ignore(l, w->files.view, v, n, &text, err);

	if (r < 0 || !text.len)
		return r;
	l->own_ignore = ignore_new(
		l->ignore, buf_str(&w->path), text.data, text.len, &w->ignore_left);
	if (l->own_ignore)
		l->ignore = l->own_ignore;
	return 0;
}

static int walk_names(struct capture_walk *w, struct level *l, const struct strs *names,
	git_oid *ret, bool *ret_empty, struct err *err)
{
	auto_free struct found *v = xcalloc(names->n, sizeof(*v));
	int r;

	for (size_t i = 0; i < names->n; i++)
		v[i].name = names->v[i];
	r = add_ignore(w, l, v, names->n, err);
	for (size_t i = 0; r == 0 && i < names->n; i++)
		r = take_entry(w, l, &v[i], err);
	return r < 0 ? r : level_write_tree(l, v, names->n, w->files.store, ret, ret_empty, err);
}

static int walk_level(
	struct capture_walk *w, struct level *l, git_oid *ret, bool *ret_empty, struct err *err)
{
	auto_strs struct strs names = { 0 };
	int r = upper_list(l->fd, &names);

	if (r < 0)
		return err_set(err, r, "read directory '%s'", buf_str(&w->path));
	w->depth++;
	r = walk_names(w, l, &names, ret, ret_empty, err);
	w->depth--;
	return r;
}

int capture_walk_run(
	struct capture_walk *w, int upper, const git_oid *base, git_oid *ret, struct err *err)
{
	struct level top = { .fd = -1, .opaque = !w->files.overlay };
	bool empty;
	int r = upper_open_dir(upper, ".", &top.fd);

	w->ignore_left = IGNORE_MAX_TOTAL;
	if (r < 0)
		return err_set(err, r, "read the workspace's changes");
	r = view_tree(w->files.view, base, &top.base, err);
	if (r == 0)
		r = walk_level(w, &top, ret, &empty, err);
	if (r == 0 && empty)
		r = objstore_write(w->files.store, GIT_OBJECT_TREE, "", 0, ret, err);
	level_done(&top);
	return r;
}
