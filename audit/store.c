#include "audit/store.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/path.h"

int store_open(const char *path, struct store *ret, struct err *err)
{
	size_t len = strlen(path);
	auto_store struct store s = STORE_INIT;
	auto_free char *parent = NULL;
	const char *slash;

	while (len > 1 && path[len - 1] == '/')
		len--;
	s.path = xstrndup(path, len);
	slash = strrchr(s.path, '/');
	s.name = xstrdup(slash ? slash + 1 : s.path);
	/* The files beside the log are named after it. */
	if (!*s.name || !strcmp(s.name, ".") || !strcmp(s.name, ".."))
		return err_say(err, -EINVAL,
			"log '%s': expected a path that ends in the log's own name", path);
	parent = path_parent(s.path);
	s.parent = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s.parent < 0)
		return err_set(err, -errno, "open directory '%s'", parent);
	*ret = s;
	s = (struct store)STORE_INIT;
	return 0;
}

int store_enter(struct store *s, struct err *err)
{
	int r = dir_open(s->parent, s->name, &s->dir, NULL);

	if (r == -ENOENT)
		return err_say(err, r, "there is no log at '%s'", s->path);
	return r < 0 ? err_set(err, r, "open log '%s'", s->path) : 0;
}

void store_close(struct store *s)
{
	cleanup_fd(&s->lock);
	cleanup_fd(&s->dir);
	cleanup_fd(&s->parent);
	free(s->path);
	free(s->name);
	*s = (struct store)STORE_INIT;
}

char *store_path(const struct store *s, const char *suffix)
{
	return xasprintf("%s%s", s->path, suffix);
}

int store_open_beside(
	const struct store *s, const char *suffix, int flags, int *ret_fd, struct err *err)
{
	auto_free char *name = xasprintf("%s%s", s->name, suffix);
	int fd = openat(s->parent, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(err, -errno, "open '%s%s'", s->path, suffix);
	*ret_fd = fd;
	return 0;
}

int store_open_lock(struct store *s, int flags, struct err *err)
{
	return store_open_beside(s, STORE_LOCK, flags, &s->lock, err);
}

static int lock(const struct store *s, int how, struct err *err)
{
	int r = file_lock(s->lock, how);

	return r < 0 ? err_set(err, r, "lock '%s%s'", s->path, STORE_LOCK) : 0;
}

int store_lock(const struct store *s, struct err *err)
{
	return lock(s, LOCK_EX, err);
}

int store_try_share(const struct store *s, struct err *err)
{
	return lock(s, LOCK_SH | LOCK_NB, err);
}

void store_unlock(const struct store *s)
{
	flock(s->lock, LOCK_UN);
}

/* Puts the bytes into PATH.new. */
static int fill_new(const struct store *s, mode_t mode, const void *data, size_t len, bool sync)
{
	auto_free char *name = xasprintf("%s" STORE_NEW, s->name);
	auto_fd int fd = openat(
		s->parent, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
	int r;

	if (fd < 0)
		return -errno;
	r = io_write_all(fd, data, len);
	if (r == 0 && sync && fdatasync(fd) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(s->parent, name, 0);
	return r;
}

/* Gives PATH.new its name. */
static int rename_new(const struct store *s, int dir, const char *path)
{
	auto_free char *name = xasprintf("%s" STORE_NEW, s->name);
	auto_free char *parent = path_parent(path);
	int r = renameat(s->parent, name, dir, path) < 0 ? -errno : 0;

	if (r == -ENOENT) {
		r = dir_make(dir, parent, 0777, NULL);
		if (r == 0)
			r = renameat(s->parent, name, dir, path) < 0 ? -errno : 0;
	}
	if (r < 0)
		unlinkat(s->parent, name, 0);
	return r;
}

int store_put(
	const struct store *s, const char *path, const void *data, size_t len, struct err *err)
{
	int r = fill_new(s, 0666, data, len, false);

	if (r == 0)
		r = rename_new(s, s->dir, path);
	return r < 0 ? err_set(err, r, "write '%s/%s'", s->path, path) : 0;
}

int store_put_beside(
	const struct store *s, const char *suffix, const void *data, size_t len, struct err *err)
{
	auto_free char *name = xasprintf("%s%s", s->name, suffix);
	int r = fill_new(s, 0600, data, len, true);

	if (r == 0)
		r = rename_new(s, s->parent, name);
	if (r == 0 && fsync(s->parent) < 0)
		r = -errno;
	return r < 0 ? err_set(err, r, "write '%s%s'", s->path, suffix) : 0;
}

int store_get(int dir, const char *path, size_t max, struct buf *out, struct err *err)
{
	auto_fd int fd = open_beneath(
		dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, RESOLVE_NO_SYMLINKS);
	struct stat st;
	size_t n;
	int r;

	buf_truncate(out, 0);
	if (fd == -ENOENT)
		return fd;
	if (fd < 0)
		return err_set(err, fd, "read '%s'", path);
	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "read '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_say(err, -EINVAL, "'%s' is not a regular file", path);
	if ((uint64_t)st.st_size > max)
		return err_say(err, -EFBIG, "'%s' is larger than %zu bytes", path, max);
	/* One byte more than there should be, so that the end is seen in one call. */
	buf_reserve(out, (size_t)st.st_size + 1);
	r = io_read_full(fd, out->data, (size_t)st.st_size + 1, &n);
	if (r < 0)
		return err_set(err, r, "read '%s'", path);
	out->len = n;
	out->data[n] = '\0';
	return 0;
}

int store_sync(const struct store *s, const char *path, struct err *err)
{
	auto_fd int fd = openat(s->dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 || fsync(fd) < 0)
		return err_set(err, -errno, "sync '%s/%s'", s->path, path);
	return 0;
}

int store_create(const char *path, mode_t mode, const void *data, size_t len, struct err *err)
{
	int r = file_write(AT_FDCWD, path, mode, data, len, FILE_SYNC | FILE_EXCL, err);

	if (r == -EEXIST)
		return err_say(err, r, "'%s' is there already: it is not written over", path);
	return r;
}

/* One that we may not read, or that can't be synced, is not one that was made for us. */
static int sync_dir(const char *path)
{
	auto_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && fsync(fd) == 0)
		return 0;
	return errno == EACCES || errno == EROFS || errno == EINVAL ? 0 : -errno;
}

int store_sync_way(const char *path, struct err *err)
{
	auto_free char *at = xstrdup(path);

	while (strcmp(at, "/") != 0 && strcmp(at, ".") != 0) {
		char *parent = path_parent(at);
		int r;

		free(at);
		at = parent;
		r = sync_dir(at);
		if (r < 0)
			return err_set(err, r, "sync directory '%s'", at);
	}
	return 0;
}

int store_make_parents(const char *path, mode_t mode, struct err *err)
{
	size_t len = strlen(path);
	auto_free char *name = NULL, *parent = NULL;

	while (len > 1 && path[len - 1] == '/')
		len--;
	name = xstrndup(path, len);
	parent = path_parent(name);
	return store_make_dirs(parent, mode, err);
}

int store_make_dirs(const char *path, mode_t mode, struct err *err)
{
	int r = mkdir(path, mode) < 0 ? -errno : 0;

	if (r == -EEXIST)
		return 0;
	if (r == -ENOENT) {
		r = store_make_parents(path, mode, err);
		if (r < 0)
			return r;
		r = mkdir(path, mode) < 0 && errno != EEXIST ? -errno : 0;
	}
	if (r == 0)
		r = file_sync_name(AT_FDCWD, path);
	return r < 0 ? err_set(err, r, "create directory '%s'", path) : 0;
}
