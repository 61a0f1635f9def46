#include "repo/once.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/text.h"

enum { DIR_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

bool once_is_named(int parent, const char *name, int fd)
{
	struct stat named, open;

	return fstat(fd, &open) == 0 && fstatat(parent, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       named.st_dev == open.st_dev && named.st_ino == open.st_ino;
}

static bool exists(int parent, const char *name)
{
	return faccessat(parent, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Removes everything in the directory fd. */
static int empty(int fd, struct err *err)
{
	int copy = openat(fd, ".", DIR_FLAGS);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;
	int r = 0;

	if (!dir) {
		r = err_set(err, -errno, "read a directory of the cache");
		cleanup_fd(&copy);
		return r;
	}
	while (r == 0 && (e = readdir(dir)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			r = tree_remove(fd, e->d_name, err);
	closedir(dir);
	return r;
}

/*
 * Opens and locks .new-NAME, made or found. -EAGAIN when it was renamed or removed while we waited
 * for the lock: then the world has changed and is to be looked at again.
 */
static int claim(struct once *o, struct err *err)
{
	int r;

	if (mkdirat(o->parent, o->temp, 0755) < 0 && errno != EEXIST)
		return err_set(err, -errno, "create '%s' in the cache", o->temp);
	o->fd = openat(o->parent, o->temp, DIR_FLAGS);
	if (o->fd < 0)
		return errno == ENOENT ? -EAGAIN
				       : err_set(err, -errno, "open '%s' in the cache", o->temp);
	r = file_lock(o->fd, LOCK_EX);
	if (r < 0)
		return err_set(err, r, "lock '%s' in the cache", o->temp);
	return once_is_named(o->parent, o->temp, o->fd) ? 0 : -EAGAIN;
}

static int start(struct once *o, bool *ret_mine, struct err *err)
{
	int r = claim(o, err);

	if (r < 0)
		return r;
	/* Published by somebody else after our look and before our mkdir. */
	if (exists(o->parent, o->name))
		return -EAGAIN;
	if (fchmod(o->fd, 0755) < 0)
		return err_set(err, -errno, "open up '%s' in the cache", o->temp);
	*ret_mine = true;
	return empty(o->fd, err);
}

int once_begin(int parent, const char *name, struct once *ret, bool *ret_mine, struct err *err)
{
	int r;

	do {
		struct once o = { .parent = parent, .fd = -1 };

		*ret_mine = false;
		if (exists(parent, name))
			return 0;
		o.name = xstrdup(name);
		o.temp = xasprintf(".new-%s", name);
		r = start(&o, ret_mine, err);
		if (r < 0)
			once_done(&o);
		else
			*ret = o;
	} while (r == -EAGAIN);
	return r;
}

int once_publish(struct once *o, struct err *err)
{
	if (syncfs(o->fd) < 0)
		return err_set(err, -errno, "bring '%s' to disk", o->name);
	if (renameat2(o->parent, o->temp, o->parent, o->name, RENAME_NOREPLACE) < 0)
		return err_set(err, -errno, "put '%s' in its place", o->name);
	close(steal_fd(&o->fd));
	return 0;
}

void once_done(struct once *o)
{
	/* What can't be removed now is a leftover like any other once the lock is gone. */
	bool begun = o->fd >= 0 && once_is_named(o->parent, o->temp, o->fd);
	int r = begun ? tree_remove(o->parent, o->temp, NULL) : 0;

	(void)r;
	cleanup_fd(&o->fd);
	free(o->name);
	free(o->temp);
	*o = (struct once){ .fd = -1 };
}

/* Locks a directory that nobody works on; -1 for one that is locked or gone. */
static int lock_idle(int parent, const char *name)
{
	auto_fd int fd = openat(parent, name, DIR_FLAGS);

	if (fd < 0 || file_lock(fd, LOCK_EX | LOCK_NB) < 0 || !once_is_named(parent, name, fd))
		return -1;
	return steal_fd(&fd);
}

int once_remove(int parent, const char *name, struct err *err)
{
	auto_free char *dead = xasprintf(".dead-%s-%d", name, getpid());
	auto_fd int fd = -1;

	if (renameat2(parent, name, parent, dead, RENAME_NOREPLACE) < 0)
		return errno == ENOENT ? 0 : err_set(err, -errno, "remove '%s'", name);
	fd = lock_idle(parent, dead);
	return fd < 0 ? 0 : tree_remove(parent, dead, err);
}

static bool is_leftover(const char *name)
{
	return text_starts(name, ".new-") || text_starts(name, ".dead-");
}

void once_sweep(int parent)
{
	int copy = openat(parent, ".", DIR_FLAGS);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;

	if (!dir) {
		cleanup_fd(&copy);
		return;
	}
	while ((e = readdir(dir))) {
		auto_fd int fd = is_leftover(e->d_name) ? lock_idle(parent, e->d_name) : -1;
		int r = fd >= 0 ? tree_remove(parent, e->d_name, NULL) : 0;

		(void)r;
	}
	closedir(dir);
}
