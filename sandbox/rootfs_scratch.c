#include "sandbox/rootfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "sandbox/mnt.h"

int stage_mount(struct rootfs *root, const char *name, int mnt)
{
	auto_fd int place = -1;

	if (mkdirat(root->staging, name, 0700) < 0)
		return -errno;
	place = openat(root->staging, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return place < 0 ? -errno : mnt_attach(mnt, place);
}

int unstage_mount(struct rootfs *root, const char *name, int mnt)
{
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", mnt);
	if (umount2(self, MNT_DETACH) < 0 || unlinkat(root->staging, name, AT_REMOVEDIR) < 0)
		return -errno;
	return 0;
}

/*
 * The root is a tmpfs of ours that the job sees read-only; /tmp, /dev/shm and the home directory are mounts of
 * its own directories that are not. So one bound holds for all of them.
 */
static int open_up(struct rootfs *root, const char *path, mode_t mode)
{
	auto_fd int dir = target_make(root->top, path, TARGET_DIR);
	auto_fd int mnt = -1;

	if (dir < 0)
		return dir;
	if (fchmodat(dir, ".", mode, 0) < 0)
		return -errno;
	mnt = mnt_clone(dir, "", false);
	return mnt < 0 ? mnt : mnt_attach(mnt, dir);
}

static int open_up_all(struct rootfs *root, struct err *err)
{
	const struct {
		const char *path;
		mode_t mode;
	} places[] = {
		{ "/tmp", 01777 },
		{ "/dev/shm", 01777 },
		{ root->cage->plan.user.home, 0700 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		int r = open_up(root, places[i].path, places[i].mode);

		if (r < 0)
			return err_set(err, r, "make '%s'", places[i].path);
	}
	return 0;
}

/* A decoy lies where a key would: whoever opens it was looking for one. */
static int add_decoys(struct rootfs *root, struct err *err)
{
	const struct strs *decoys = &root->cage->plan.decoys;

	for (size_t i = 0; i < decoys->n; i++) {
		auto_fd int fd = target_make(root->top, decoys->v[i], TARGET_FILE);

		if (fd < 0)
			return err_set(err, fd, "make the decoy '%s'", decoys->v[i]);
	}
	return 0;
}

int rootfs_add_scratch(struct rootfs *root, struct err *err)
{
	int r = open_up_all(root, err);

	return r < 0 ? r : add_decoys(root, err);
}
