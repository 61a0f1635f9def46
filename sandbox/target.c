#include "sandbox/rootfs.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/io.h"
#include "sandbox/mnt.h"
#include "sandbox/weaken.h"

static uint64_t resolve_flags(void)
{
	if (weakened("mount-target"))
		return RESOLVE_IN_ROOT;
	return RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
}

static int find(int dir, const char *name, int flags)
{
	return open_beneath(dir, name, flags | O_PATH | O_NOFOLLOW, 0, resolve_flags());
}

int target_find(int top, const char *path)
{
	return find(top, path + 1, 0);
}

/* One more component: a directory, made when it is missing. */
static int enter(int dir, const char *name)
{
	if (mkdirat(dir, name, 0755) < 0 && errno != EEXIST)
		return -errno;
	return find(dir, name, O_DIRECTORY);
}

static int make_last(int dir, const char *name, enum target_kind kind)
{
	int fd;

	if (kind == TARGET_DIR)
		return enter(dir, name);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);
	else if (errno != EEXIST)
		return -errno;
	return find(dir, name, 0);
}

/* Goes down one level at a time; name is scratch space for one component. */
static int make_all(int top, const char *path, enum target_kind kind)
{
	auto_fd int dir = fcntl(top, F_DUPFD_CLOEXEC, 3);
	char name[256];

	for (;;) {
		size_t n = strcspn(++path, "/");
		int next;

		if (dir < 0)
			return -errno;
		if (n >= sizeof(name))
			return -ENAMETOOLONG;
		memcpy(name, path, n);
		name[n] = '\0';
		path += n;
		if (!*path)
			return make_last(dir, name, kind);
		next = enter(dir, name);
		if (next < 0)
			return next;
		close(dir);
		dir = next;
	}
}

int target_make(int top, const char *path, enum target_kind kind)
{
	int fd = target_find(top, path);

	return fd == -ENOENT ? make_all(top, path, kind) : fd;
}

int target_write(int dir, const char *name, mode_t mode, const char *text)
{
	auto_fd int fd = openat(
		dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

	return fd < 0 ? -errno : io_write_all(fd, text, strlen(text));
}

int target_mount(int top, const char *path, enum target_kind kind, int mnt)
{
	auto_fd int owned = mnt;
	auto_fd int target = target_make(top, path, kind);

	if (target < 0)
		return target;
	return mnt_attach(owned, target);
}

int target_mask(const struct rootfs *root, int target, mode_t mode)
{
	auto_fd int mnt = mnt_clone(S_ISDIR(mode) ? root->void_dir : root->void_file, "", false);
	int r = mnt < 0 ? mnt
			: mnt_restrict(
				  mnt, rootfs_attr | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC, false);

	return r < 0 ? r : mnt_attach(mnt, target);
}
