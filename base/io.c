#include "base/io.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/path.h"

int io_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int io_read_full(int fd, void *data, size_t len, size_t *ret_len)
{
	char *p = data;
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, p + got, len - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	*ret_len = got;
	return 0;
}

int io_read_all(int fd, size_t max, struct buf *out)
{
	size_t total = 0;

	for (;;) {
		size_t n, room = 16384;
		int r;

		buf_reserve(out, room);
		r = io_read_full(fd, out->data + out->len, room, &n);
		if (r < 0)
			return r;
		out->len += n;
		out->data[out->len] = '\0';
		total += n;
		if (total > max)
			return -EFBIG;
		if (n < room)
			return 0;
	}
}

int file_read(int dirfd, const char *path, size_t max, struct buf *out, struct err *err)
{
	auto_fd int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(err, -errno, "read '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_say(err, -EINVAL, "read '%s': not a regular file", path);
	r = io_read_all(fd, max, out);
	if (r == -EFBIG)
		return err_say(err, r, "read '%s': larger than %zu bytes", path, max);
	return r < 0 ? err_set(err, r, "read '%s'", path) : 0;
}

int file_sync_name(int dirfd, const char *path)
{
	auto_free char *parent = path_parent(path);
	auto_fd int fd = openat(dirfd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

int file_lock(int fd, int how)
{
	while (flock(fd, how) < 0)
		if (errno != EINTR)
			return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return 0;
}

static int fill(int fd, mode_t mode, const void *data, size_t len, unsigned int flags)
{
	int r = io_write_all(fd, data, len);

	if (r < 0)
		return r;
	if (fchmod(fd, mode) < 0 || (flags & FILE_SYNC && fdatasync(fd) < 0))
		return -errno;
	return 0;
}

static int publish(int dirfd, const char *temp, const char *path, unsigned int flags)
{
	int no_replace = flags & FILE_EXCL ? RENAME_NOREPLACE : 0;

	if (renameat2(dirfd, temp, dirfd, path, (unsigned int)no_replace) < 0)
		return -errno;
	return flags & FILE_SYNC ? file_sync_name(dirfd, path) : 0;
}

/* A name that no other writer has, in this container or in another, and that nobody could prepare. */
static int open_temp(int dirfd, const char *path, char **ret_name)
{
	uint64_t random;
	int fd;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	*ret_name = xasprintf("%s.tmp-%016" PRIx64, path, random);
	fd = openat(dirfd, *ret_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

int file_write(int dirfd, const char *path, mode_t mode, const void *data, size_t len,
	unsigned int flags, struct err *err)
{
	auto_free char *temp = NULL;
	auto_fd int fd = open_temp(dirfd, path, &temp);
	int r;

	if (fd < 0)
		return err_set(err, fd, "write '%s'", path);
	r = fill(fd, mode, data, len, flags);
	if (r == 0)
		r = publish(dirfd, temp, path, flags);
	if (r == 0)
		return 0;
	unlinkat(dirfd, temp, 0);
	return err_set(err, r, "write '%s'", path);
}

static int make_one(int dirfd, const char *path, mode_t mode)
{
	struct stat st;

	if (mkdirat(dirfd, path, mode) == 0)
		return 0;
	if (errno != EEXIST || fstatat(dirfd, path, &st, 0) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int dir_make(int dirfd, const char *path, mode_t mode, struct err *err)
{
	int r = make_one(dirfd, path, mode);

	if (r == -ENOENT) {
		auto_free char *parent = path_parent(path);

		r = dir_make(dirfd, parent, mode, err);
		if (r < 0)
			return r;
		r = make_one(dirfd, path, mode);
	}
	return r < 0 ? err_set(err, r, "create directory '%s'", path) : 0;
}

int dir_open(int dirfd, const char *path, int *ret_fd, struct err *err)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, -errno, "open directory '%s'", path);
	*ret_fd = fd;
	return 0;
}

int open_beneath(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned int)flags | O_CLOEXEC,
		.mode = mode,
		.resolve = resolve & RESOLVE_IN_ROOT ? resolve : resolve | RESOLVE_BENEATH,
	};
	long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}
