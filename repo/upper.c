#include "repo/upper.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/weaken.h"

enum {
	DIR_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
	FILE_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
};

/* Adds permissions through a descriptor that no longer depends on the name. */
static int permit(int dirfd, const char *name, mode_t kind, mode_t more)
{
	auto_fd int fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char self[32];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if ((st.st_mode & S_IFMT) != kind)
		return -ENOTDIR;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return chmod(self, (st.st_mode & 07777) | more) < 0 ? -errno : 0;
}

static int open_permitted(int dirfd, const char *name, int flags, mode_t kind, mode_t more)
{
	int fd = openat(dirfd, name, weakened("symlinks") ? flags & ~O_NOFOLLOW : flags);
	int r;

	if (fd >= 0 || errno != EACCES)
		return fd < 0 ? -errno : fd;
	r = permit(dirfd, name, kind, more);
	if (r < 0)
		return r;
	fd = openat(dirfd, name, flags);
	return fd < 0 ? -errno : fd;
}

/*
 * A directory that can be listed but not entered opens well, and then nothing in it can be reached.
 */
static int make_searchable(int fd)
{
	struct stat st;

	if (faccessat(fd, ".", X_OK, AT_EACCESS) == 0)
		return 0;
	if (fstat(fd, &st) < 0 || fchmod(fd, (st.st_mode & 07777) | S_IXUSR) < 0)
		return -errno;
	return 0;
}

int upper_open_dir(int dirfd, const char *name, int *ret_fd)
{
	int fd = open_permitted(dirfd, name, DIR_FLAGS, S_IFDIR, S_IRUSR | S_IXUSR);
	int r = fd < 0 ? fd : make_searchable(fd);

	if (r < 0) {
		cleanup_fd(&fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

int upper_open_file(int dirfd, const char *name, int *ret_fd)
{
	int fd = open_permitted(dirfd, name, FILE_FLAGS, S_IFREG, S_IRUSR);

	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int upper_list(int fd, struct strs *out)
{
	int copy = openat(fd, ".", DIR_FLAGS);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;
	int r;

	if (!dir) {
		r = -errno;
		cleanup_fd(&copy);
		return r;
	}
	while ((errno = 0, e = readdir(dir)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			strs_add(out, e->d_name);
	r = -errno;
	closedir(dir);
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), compare_names);
	return r;
}

/* The first byte of one of overlayfs's attributes, '\0' when it is not there or empty. */
static int read_mark(int fd, const char *name, bool *ret_there, char *ret)
{
	char value[256];
	ssize_t n = fgetxattr(fd, name, value, sizeof(value));

	*ret_there = n >= 0 || errno == ERANGE;
	*ret = n > 0 ? value[0] : '\0';
	if (*ret_there || errno == ENODATA || errno == EOPNOTSUPP)
		return 0;
	return -errno;
}

static int refuse(int fd, const char *name)
{
	bool there;
	char mark;
	int r = read_mark(fd, name, &there, &mark);

	return r < 0 ? r : there ? -ENOTSUP : 0;
}

int upper_read_kind(int fd, enum upper_kind *ret)
{
	bool there;
	char mark;
	int r = refuse(fd, "user.overlay.redirect");

	if (r == 0)
		r = read_mark(fd, "user.overlay.opaque", &there, &mark);
	if (r == 0)
		*ret = mark == 'y' ? UPPER_OPAQUE : mark == 'x' ? UPPER_XWHITEOUTS : UPPER_MERGED;
	return r;
}

int upper_read_whiteout(int fd, bool *ret)
{
	char mark;
	int r = refuse(fd, "user.overlay.metacopy");

	return r < 0 ? r : read_mark(fd, "user.overlay.whiteout", ret, &mark);
}

bool upper_is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}
