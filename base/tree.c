#include "base/io.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Both walks here hold one descriptor a level. A hostile job can nest deeper than the descriptor
 * limit, so a level that is too deep is first moved up to the top of the tree and met again there.
 */

enum { LOOK = 0500, AS_PATH = O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC };

struct walk {
	int top; /* the directory where deep levels are parked */
	unsigned int parked; /* how many were, for their names */
};

static bool is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* Root needs no permission, and what root leaves alone nobody has to put back. */
static bool may(int path, mode_t need)
{
	int how = R_OK | X_OK | (need & S_IWUSR ? W_OK : 0);

	return faccessat(path, ".", how, AT_EACCESS) == 0;
}

/* Opens the directory that path, an O_PATH descriptor, stands for; its owner may first give himself need. */
static int open_forced(int path, mode_t need, struct stat *st)
{
	char self[32];
	int fd;

	if (fstat(path, st) < 0)
		return -errno;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", path);
	if (!may(path, need) && chmod(self, (st->st_mode & 07777) | need) < 0)
		return -errno;
	fd = openat(path, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The same for a name in a directory; a mount point, of whatever file system, is -EXDEV. */
static int open_level(int dirfd, const char *name, mode_t need, struct stat *st)
{
	auto_fd int path = open_beneath(dirfd, name, AS_PATH, 0, RESOLVE_NO_XDEV);

	return path < 0 ? path : open_forced(path, need, st);
}

static int remove_name(struct walk *w, int dirfd, const char *name, int depth);

/* Removes all names in the directory fd, which it takes over. */
static int empty(struct walk *w, int fd, int depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	int r = 0;

	if (!dir) {
		r = -errno;
		close(fd);
		return r;
	}
	while (r == 0 && (errno = 0, e = readdir(dir)))
		if (!is_dot(e->d_name))
			r = remove_name(w, dirfd(dir), e->d_name, depth + 1);
	if (r == 0 && errno && errno != ENOENT)
		r = -errno;
	closedir(dir);
	return r;
}

/* What the job left where the name would be is passed by: it made one name for each of our tries. */
static int park(struct walk *w, int dirfd, const char *name)
{
	char parked[64];

	do {
		snprintf(parked, sizeof(parked), ".deep-%d-%u", getpid(), w->parked++);
		if (renameat(dirfd, name, w->top, parked) == 0)
			return 0;
	} while (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR);
	return errno == ENOENT ? 0 : -errno;
}

static int remove_dir(struct walk *w, int dirfd, const char *name, int depth)
{
	struct stat st;
	int r, fd = open_level(dirfd, name, 0700, &st);

	if (fd == -ENOENT)
		return 0;
	if (fd == -EMFILE && depth > 1)
		return park(w, dirfd, name);
	if (fd < 0)
		return fd;
	if (depth > TREE_MAX_DEPTH) {
		close(fd);
		return park(w, dirfd, name);
	}
	r = empty(w, fd, depth);
	if (r == 0 && unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

/* Another process may be removing the same tree: what is gone already is no error. */
static int remove_name(struct walk *w, int dirfd, const char *name, int depth)
{
	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	return remove_dir(w, dirfd, name, depth);
}

/* Deep levels were parked in the top directory while it was being read: go round until none is. */
static int remove_all(struct walk *w)
{
	unsigned int parked;
	int r;

	do {
		int fd = openat(w->top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		parked = w->parked;
		if (fd < 0)
			return -errno;
		r = empty(w, fd, 0);
	} while (r == 0 && parked != w->parked);
	return r;
}

static int remove_top(int dirfd, const char *name)
{
	auto_fd int path = openat(dirfd, name, AS_PATH), top = -1;
	struct walk w;
	struct stat st;
	int r;

	if (path < 0)
		return errno == ENOENT ? 0 : -errno;
	top = open_forced(path, 0700, &st);
	if (top < 0)
		return top;
	w = (struct walk){ .top = top };
	r = remove_all(&w);
	if (r == 0 && unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

int tree_remove(int dirfd, const char *name, struct err *err)
{
	int r;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	r = errno == EISDIR || errno == EPERM ? remove_top(dirfd, name) : -errno;
	return r < 0 ? err_set(err, r, "remove '%s'", name) : 0;
}

struct usage {
	uint64_t bytes, files;
};

static int add_usage(struct usage *u, int fd, int depth, const struct stat *closed);

static int add_entry(struct usage *u, int dirfd, const char *name, int depth)
{
	struct stat st;
	int fd;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	u->bytes += (uint64_t)st.st_blocks * 512;
	u->files += 1;
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (depth >= TREE_MAX_DEPTH)
		return -ELOOP;
	fd = open_level(dirfd, name, LOOK, &st);
	if (fd < 0)
		return fd == -ENOENT || fd == -ENOTDIR || fd == -EXDEV ? 0 : fd;
	return add_usage(u, fd, depth + 1, (st.st_mode & LOOK) == LOOK ? NULL : &st);
}

/* Closes a directory again, unless its mode is no longer the one that it was opened up with. */
static int put_back(int fd, const struct stat *before)
{
	mode_t mode = before->st_mode & 07777;
	struct stat now;

	if (fstat(fd, &now) < 0)
		return -errno;
	if ((now.st_mode & 07777) != (mode | LOOK))
		return 0;
	return fchmod(fd, mode) < 0 ? -errno : 0;
}

/*
 * Takes fd over. What the job removes while it is being counted is not counted. A directory that had
 * to be opened up is closed again as closed says, but not when the job changes its mode meanwhile.
 */
static int add_usage(struct usage *u, int fd, int depth, const struct stat *closed)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	int r = 0;

	if (!dir) {
		r = -errno;
		close(fd);
		return r;
	}
	while (r == 0 && (errno = 0, e = readdir(dir)))
		if (!is_dot(e->d_name))
			r = add_entry(u, dirfd(dir), e->d_name, depth);
	if (r == 0 && errno && errno != ENOENT)
		r = -errno;
	if (closed) {
		int closing = put_back(dirfd(dir), closed);

		r = r < 0 ? r : closing;
	}
	closedir(dir);
	return r;
}

int tree_usage(int dirfd, uint64_t *ret_bytes, uint64_t *ret_files)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct usage u = { 0 };
	int r = fd < 0 ? -errno : add_usage(&u, fd, 0, NULL);

	*ret_bytes = u.bytes;
	*ret_files = u.files;
	return r;
}
