#include "repo/newref.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/text.h"

/* git removes directories that become empty: one may go while we are on our way into it. */
enum { TRIES = 3 };

static const uint64_t safely = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;

static int fail(int code, const char *path, struct err *err)
{
	if (code == -ELOOP)
		return err_say(err, code,
			"'%s' leads through a symlink: nothing is written through one", path);
	return err_set(err, code, "write '%s'", path);
}

/* As its parent is: repositories that a group shares depend on it. */
static int make_dir(int at, const char *name)
{
	auto_fd int fd = -1;
	struct stat st;

	if (mkdirat(at, name, 0777) < 0)
		return errno == EEXIST ? 0 : -errno;
	fd = open_beneath(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, safely);
	if (fd < 0)
		return fd;
	if (fstat(at, &st) < 0 || fchmod(fd, st.st_mode & 07777) < 0 || fsync(at) < 0)
		return -errno;
	return 0;
}

static int step(int at, const char *name, bool make)
{
	int r = make ? make_dir(at, name) : 0;

	return r < 0 ? r : open_beneath(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, safely);
}

/* Opens dir; without make, as much of it as there is. A descriptor or -errno. */
static int open_way(int common, const char *dir, bool make)
{
	auto_free char *copy = xstrdup(dir);
	auto_fd int fd = fcntl(common, F_DUPFD_CLOEXEC, 3);
	char *rest = copy, *name;

	if (fd < 0)
		return -errno;
	while ((name = strsep(&rest, "/"))) {
		int next = step(fd, name, make);

		if (next == -ENOENT && !make)
			break;
		if (next < 0)
			return next;
		close(fd);
		fd = next;
	}
	return steal_fd(&fd);
}

static int open_parent(int common, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	auto_free char *dir = xstrndup(path, (size_t)(slash - path));
	int fd = -ENOENT;

	for (int i = 0; fd == -ENOENT && i < TRIES; i++)
		fd = open_way(common, dir, true);
	*ret_name = slash + 1;
	return fd;
}

/* What all who may write the directory may write, if a group shares it. */
static int fill(int dir, int fd, const char *text)
{
	struct stat st;
	int r = io_write_all(fd, text, strlen(text));

	if (r < 0)
		return r;
	if (fstat(dir, &st) < 0 || fchmod(fd, 0444 | (st.st_mode & 0222)) < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

/* again: an earlier try may have come so far. */
static int append(int dir, const char *name, const char *line, bool again)
{
	auto_fd int fd = open_beneath(
		dir, name, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0666, safely);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (again && st.st_size)
		return 0;
	return S_ISREG(st.st_mode) ? fill(dir, fd, line) : -EINVAL;
}

static int write_log(int common, const struct newref *ref, bool again, struct err *err)
{
	auto_free char *path = xasprintf("logs/%s", ref->name);
	auto_fd int dir = -1;
	const char *name;
	int r;

	if (!ref->log)
		return 0;
	dir = open_parent(common, path, &name);
	r = dir < 0 ? dir : append(dir, name, ref->log, again);
	if (r == 0 && fsync(dir) < 0)
		r = -errno;
	return r < 0 ? fail(r, path, err) : 0;
}

/* Whoever writes a reference holds its lock, so that what is not there now is not there next. */
static int put(int dir, const char *lock, const char *name)
{
	struct stat st;
	bool there = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;

	if (there && S_ISDIR(st.st_mode) && unlinkat(dir, name, AT_REMOVEDIR) == 0)
		there = false;
	if (there)
		return -EEXIST;
	return renameat(dir, lock, dir, name) < 0 || fsync(dir) < 0 ? -errno : 0;
}

/*
 * Who died while writing this very reference left a lock that nobody takes away. It is taken over
 * when it holds what we are about to write, or the beginning of it.
 */
static int take_over(int dir, const char *lock, const char *text)
{
	auto_fd int fd = open_beneath(dir, lock, O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0, safely);
	auto_buf struct buf was = BUF_INIT;
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || io_read_all(fd, strlen(text), &was) < 0 ||
		!text_starts(text, buf_str(&was)))
		return -EBUSY;
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return steal_fd(&fd);
}

static int take_lock(int dir, const char *lock, const char *text, bool *ret_again)
{
	int fd = openat(dir, lock, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);

	*ret_again = fd < 0 && errno == EEXIST;
	if (*ret_again)
		return take_over(dir, lock, text);
	return fd < 0 ? -errno : fd;
}

static int put_all(int common, int dir, const char *lock, const struct newref *ref, bool again,
	struct err *err)
{
	int r = write_log(common, ref, again, err);

	if (r < 0)
		return r;
	r = put(dir, lock, strrchr(ref->name, '/') + 1);
	if (r == -EEXIST)
		return err_say(err, r, "'%s' is there already", ref->name);
	return r < 0 ? fail(r, ref->name, err) : 0;
}

static int write_locked(
	int common, int dir, const struct newref *ref, const char *name, struct err *err)
{
	auto_free char *text = xasprintf("%s\n", ref->id);
	auto_free char *lock = xasprintf("%s.lock", name);
	bool again;
	auto_fd int fd = take_lock(dir, lock, text, &again);
	int r;

	if (fd == -EBUSY)
		return err_say(err, -EBUSY,
			"'%s.lock' is there: another git process writes that reference, or died of it",
			ref->name);
	if (fd < 0)
		return fail(fd, ref->name, err);
	r = fill(dir, fd, text);
	r = r < 0 ? fail(r, ref->name, err) : put_all(common, dir, lock, ref, again, err);
	if (r < 0)
		unlinkat(dir, lock, 0);
	return r;
}

int newref_write(int common, const struct newref *ref, struct err *err)
{
	const char *name;
	auto_fd int dir = open_parent(common, ref->name, &name);

	return dir < 0 ? fail(dir, ref->name, err) : write_locked(common, dir, ref, name, err);
}

int newref_check(int common, const char *dir, struct err *err)
{
	auto_fd int fd = open_way(common, dir, false);

	if (fd < 0)
		return fail(fd, dir, err);
	if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return fail(-errno, dir, err);
	return 0;
}
