#include "sandbox/rootfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "sandbox/mnt.h"
#include "sandbox/weaken.h"

const uint64_t rootfs_attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

/* Empty files cost memory too: one a page, as the kernel has it; and what we make ourselves. */
static uint64_t inodes_for(uint64_t size)
{
	return weakened("inodes") ? 0 : size / 4096 + 1024;
}

/* To the kernel 0 is no limit. */
static unsigned long long size_for(uint64_t tmp)
{
	return weakened("tmp-size") ? 0 : tmp;
}

/*
 * The new root is attached on top of the old one. That hides nothing yet: a process's root is the
 * mount below, so host paths still work while the new root is filled through descriptors.
 */
static int attach_top(struct rootfs *root)
{
	char size[32], inodes[32];
	const struct mnt_option options[] = { { "mode", "0755" }, { "size", size },
		{ "nr_inodes", inodes } };
	auto_fd int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int mnt = -1;
	int r;

	snprintf(size, sizeof(size), "%llu", size_for(root->cage->plan.tmp));
	snprintf(inodes, sizeof(inodes), "%llu",
		(unsigned long long)inodes_for(root->cage->plan.tmp));
	mnt = mnt_new("tmpfs", options, ARRAY_SIZE(options), rootfs_attr);
	if (mnt < 0 || old < 0)
		return mnt < 0 ? mnt : -errno;
	r = mnt_attach(mnt, old);
	if (r < 0)
		return r;
	root->top = steal_fd(&mnt);
	return 0;
}

/*
 * Copies of an empty directory and an empty file that nobody may open and nobody can change. They lie where
 * /proc will cover them and stay, because the kernel lists nothing of an overlay on a directory that is gone.
 */
static int make_void(struct rootfs *root)
{
	auto_fd int place = -1, file = -1;

	if (mkdirat(root->top, "proc", 0755) < 0)
		return -errno;
	place = openat(root->top, "proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place < 0 || mkdirat(place, "dir", 0) < 0)
		return -errno;
	file = openat(place, "file", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0);
	root->void_dir = openat(place, "dir", O_PATH | O_DIRECTORY | O_CLOEXEC);
	root->void_file = openat(place, "file", O_PATH | O_CLOEXEC);
	return file < 0 || root->void_dir < 0 || root->void_file < 0 ? -errno : 0;
}

static int begin(struct rootfs *root, struct err *err)
{
	int r = attach_top(root);

	if (r < 0)
		return err_set(err, r, "make the cage's root");
	if (mkdirat(root->top, ".staging", 0700) < 0)
		return err_set(err, -errno, "make the cage's root");
	root->staging = openat(root->top, ".staging", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root->staging < 0)
		return err_set(err, -errno, "make the cage's root");
	r = make_void(root);
	return r < 0 ? err_set(err, r, "make the cage's root") : 0;
}

static int end(struct rootfs *root, struct err *err)
{
	close(root->void_dir);
	close(root->void_file);
	close(root->staging);
	if (unlinkat(root->top, ".staging", AT_REMOVEDIR) < 0)
		return err_set(err, -errno, "clear the cage's root");
	return 0;
}

int rootfs_build(const struct cage *cage, struct rootfs *ret, struct err *err)
{
	static int (*const steps[])(struct rootfs * root, struct err * err) = {
		begin,
		rootfs_add_etc,
		rootfs_add_proc,
		rootfs_add_dev,
		rootfs_add_scratch,
		rootfs_add_workspace,
		rootfs_add_listed,
		end,
	};
	struct rootfs root = {
		.cage = cage, .top = -1, .staging = -1, .void_dir = -1, .void_file = -1
	};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int r = steps[i](&root, err);

		if (r < 0)
			return r;
	}
	*ret = root;
	return 0;
}

/*
 * pivot_root(".", ".") puts the old root on top of the new one, where detaching it is all that is left
 * to do. Mounts of the host that were only reachable through it go with it.
 */
int rootfs_enter(struct rootfs *root, struct err *err)
{
	int r = mnt_restrict(root->top, MOUNT_ATTR_RDONLY, false);

	if (r < 0)
		return err_set(err, r, "make the cage's root read-only");
	if (weakened("root"))
		return 0;
	if (fchdir(root->top) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return err_set(err, -errno, "enter the cage's root");
	if ((!weakened("old-root") && umount2(".", MNT_DETACH) < 0) || chdir("/") < 0)
		return err_set(err, -errno, "leave the host's root");
	close(root->top);
	return 0;
}
