#include "sandbox/rootfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "sandbox/mnt.h"
#include "sandbox/weaken.h"

/*
 * A fresh /proc shows this cage's processes and no others. It is read-only as a whole: that closes
 * /proc/sys and the other switches, and keeps one process of the job from writing into the memory of another.
 * The ban on user namespaces is set through it first.
 */
static int forbid_user_namespaces(int proc)
{
	auto_fd int fd = openat(proc, "sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC);

	if (weakened("nested-userns") || weakened("ns-user")) /* else it were the host's */
		return 0;
	return fd < 0 || write(fd, "0", 1) != 1 ? -errno : 0;
}

/* The kernel lists the keys of the job's user there, and on the host that is whoever started us. */
static int hide_keys(const struct rootfs *root)
{
	auto_fd int target = target_find(root->top, "/proc/keys");

	if (target == -ENOENT || weakened("proc-keys"))
		return 0;
	return target < 0 ? target : target_mask(root, target, S_IFREG);
}

int rootfs_add_proc(struct rootfs *root, struct err *err)
{
	uint64_t attr = rootfs_attr | MOUNT_ATTR_NOEXEC;
	auto_fd int mnt = mnt_new("proc", NULL, 0, attr);
	int r;

	if (mnt == -EPERM)
		return err_say(err, mnt,
			"mount '/proc': the kernel forbids it because the host's own /proc is partly "
			"covered, as in a container: run it with /proc unmasked");
	if (mnt < 0)
		return err_set(err, mnt, "mount '/proc'");
	r = forbid_user_namespaces(mnt);
	if (r < 0)
		return err_set(err, r, "forbid user namespaces");
	r = weakened("proc-read-only") ? 0 : mnt_restrict(mnt, MOUNT_ATTR_RDONLY, false);
	if (r == 0)
		r = target_mount(root->top, "/proc", TARGET_DIR, steal_fd(&mnt));
	if (r == 0)
		r = hide_keys(root);
	return r < 0 ? err_set(err, r, "mount '/proc'") : 0;
}

static int show_device(struct rootfs *root, const char *path)
{
	auto_fd int mnt = mnt_clone(AT_FDCWD, path, false);
	int r;

	if (mnt < 0)
		return mnt;
	r = mnt_restrict(mnt, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, false);
	return r < 0 ? r : target_mount(root->top, path, TARGET_FILE, steal_fd(&mnt));
}

static int add_devices(struct rootfs *root, struct err *err)
{
	static const char *const devices[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random",
		"/dev/urandom", "/dev/tty" };

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		int r = show_device(root, devices[i]);

		if (r < 0)
			return err_set(err, r, "show '%s'", devices[i]);
	}
	return 0;
}

static int add_links(struct rootfs *root, struct err *err)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "dev/fd" },
		{ "/proc/self/fd/0", "dev/stdin" },
		{ "/proc/self/fd/1", "dev/stdout" },
		{ "/proc/self/fd/2", "dev/stderr" },
		{ "pts/ptmx", "dev/ptmx" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlinkat(links[i][0], root->top, links[i][1]) < 0)
			return err_set(err, -errno, "make '/%s'", links[i][1]);
	return 0;
}

/* Every devpts mount is an instance of its own: no pty of the host is in it. */
static int add_terminals(struct rootfs *root, struct err *err)
{
	static const struct mnt_option options[] = { { "ptmxmode", "0666" }, { "mode", "0620" } };
	int mnt = mnt_new(
		"devpts", options, ARRAY_SIZE(options), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	int r = mnt < 0 ? mnt : target_mount(root->top, "/dev/pts", TARGET_DIR, mnt);

	return r < 0 ? err_set(err, r, "mount '/dev/pts'") : 0;
}

int rootfs_add_dev(struct rootfs *root, struct err *err)
{
	int r = add_devices(root, err);

	if (r == 0)
		r = add_links(root, err);
	return r < 0 ? r : add_terminals(root, err);
}
