#include "repo/private_write.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/path.h"

static int fail(const char *path, struct err *err)
{
	return err_set(err, -errno, "write '.git/%s'", path);
}

/*
 * As root, what we make is handed to the owner of the workspace; for everybody else it is the same
 * user.
 */
static int give(const struct private_dir *d, int dirfd, const char *name)
{
	if (geteuid() == d->uid)
		return 0;
	return fchownat(dirfd, name, d->uid, d->gid, AT_SYMLINK_NOFOLLOW);
}

int private_open(int upper, struct private_dir *d, struct err *err)
{
	struct stat st;

	if (fstat(upper, &st) < 0)
		return err_set(err, -errno, "look at the workspace");
	*d = (struct private_dir){ -1, st.st_uid, st.st_gid };
	if (mkdirat(upper, ".git", 0755) < 0 || give(d, upper, ".git") < 0)
		return fail("", err);
	return dir_open(upper, ".git", &d->fd, err);
}

int private_mkdir(const struct private_dir *d, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *parent = slash ? xstrndup(path, (size_t)(slash - path)) : NULL;
	int r;

	if (faccessat(d->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	r = parent ? private_mkdir(d, parent, err) : 0;
	if (r < 0)
		return r;
	if (mkdirat(d->fd, path, 0755) < 0 || give(d, d->fd, path) < 0)
		return fail(path, err);
	return 0;
}

static int make_parent(const struct private_dir *d, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *parent = slash ? xstrndup(path, (size_t)(slash - path)) : NULL;

	return parent ? private_mkdir(d, parent, err) : 0;
}

int private_put(const struct private_dir *d, const char *path, const char *data, size_t len,
	struct err *err)
{
	auto_fd int fd = -1;
	int r = make_parent(d, path, err);

	if (r < 0)
		return r;
	fd = openat(d->fd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || give(d, d->fd, path) < 0)
		return fail(path, err);
	r = io_write_all(fd, data, len);
	return r < 0 ? err_set(err, r, "write '.git/%s'", path) : 0;
}

/* remit/N/NAME -> SEEN/NAME, where the store has NAME. */
static int link_one(const struct private_dir *d, const char *dir, const char *name,
	const char *store, const char *seen, struct err *err)
{
	auto_free char *real = path_join(store, name);
	auto_free char *target = path_join(seen, name);
	auto_free char *path = path_join(dir, name);
	int r;

	if (access(real, F_OK) < 0)
		return 0;
	r = make_parent(d, path, err);
	if (r < 0)
		return r;
	if (symlinkat(target, d->fd, path) < 0 || give(d, d->fd, path) < 0)
		return fail(path, err);
	return 0;
}

int private_link_store(
	const struct private_dir *d, size_t n, const char *store, const char *seen, struct err *err)
{
	static const char *const names[] = { "pack", "info/commit-graph", "info/commit-graphs" };
	auto_free char *dir = xasprintf("remit/%zu", n);
	int r = private_mkdir(d, dir, err);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(names); i++)
		r = link_one(d, dir, names[i], store, seen, err);
	for (unsigned int i = 0; r == 0 && i < 256; i++) {
		char name[3];

		snprintf(name, sizeof(name), "%02x", i);
		r = link_one(d, dir, name, store, seen, err);
	}
	return r;
}
