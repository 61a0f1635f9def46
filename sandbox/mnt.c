#include "sandbox/mnt.h"

#include <fcntl.h>
#include <sys/mount.h>

#include "sandbox/weaken.h"

static int configure(int fs, const struct mnt_option *options, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned int how = options[i].value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

		if (fsconfig(fs, how, options[i].key, options[i].value, 0) < 0)
			return -errno;
	}
	return fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0 ? -errno : 0;
}

static uint64_t in_force(uint64_t attr)
{
	return weakened("nosuid") ? attr & ~(uint64_t)MOUNT_ATTR_NOSUID : attr;
}

int mnt_new(const char *type, const struct mnt_option *options, size_t n, uint64_t attr)
{
	auto_fd int fs = fsopen(type, FSOPEN_CLOEXEC);
	int r, mnt;

	if (fs < 0)
		return -errno;
	r = configure(fs, options, n);
	if (r < 0)
		return r;
	mnt = fsmount(fs, FSMOUNT_CLOEXEC, (unsigned int)in_force(attr));
	return mnt < 0 ? -errno : mnt;
}

static int set(int mnt, struct mount_attr *attr, bool recursive)
{
	unsigned int flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

	return mount_setattr(mnt, "", flags, attr, sizeof(*attr)) < 0 ? -errno : 0;
}

int mnt_clone(int dirfd, const char *path, bool recursive)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
			     (recursive ? AT_RECURSIVE : 0);
	struct mount_attr private = { .propagation = MS_PRIVATE };
	auto_fd int mnt = open_tree(dirfd, path, flags);
	int r;

	if (mnt < 0)
		return -errno;
	r = set(mnt, &private, recursive);
	return r < 0 ? r : steal_fd(&mnt);
}

int mnt_restrict(int mnt, uint64_t attr, bool recursive)
{
	struct mount_attr a = { .attr_set = in_force(attr) };

	return set(mnt, &a, recursive);
}

int mnt_map_ids(int mnt, int userns)
{
	struct mount_attr a = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns };

	return set(mnt, &a, false);
}

int mnt_attach(int mnt, int target)
{
	unsigned int flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;

	return move_mount(mnt, "", target, "", flags) < 0 ? -errno : 0;
}
