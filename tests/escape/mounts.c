/* mounts CALL [PATH]: tries to change what is mounted, by one of the calls that can. */
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/escape/probe.h"

static long call3(long number, long a, long b, long c)
{
	return syscall(number, a, b, c, 0, 0, 0);
}

/* What is bound over a made-up file is what everybody in the cage reads from then on. */
static void try_mount(const char *path)
{
	if (mount("/dev/null", path, NULL, MS_BIND, NULL) < 0)
		held_by_errno("mount");
	escaped("mounted over %s", path);
}

static void try_umount(const char *path)
{
	if (umount2(path, MNT_DETACH) < 0)
		held_by_errno("umount2");
	escaped("unmounted %s", path);
}

static void try_remount(const char *path)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY };

	if (syscall(SYS_mount_setattr, AT_FDCWD, path, 0, &attr, sizeof(attr)) < 0)
		held_by_errno("mount_setattr");
	escaped("made %s writable", path);
}

static void try_pivot(const char *path)
{
	if (chdir(path) < 0)
		broken("enter %s", path);
	if (call3(SYS_pivot_root, (long)".", (long)".", 0) < 0)
		held_by_errno("pivot_root");
	escaped("made %s the root", path);
}

static void try_move(const char *path)
{
	long tree = call3(SYS_open_tree, AT_FDCWD, (long)path, OPEN_TREE_CLONE);

	if (tree < 0)
		held_by_errno("open_tree");
	if (syscall(SYS_move_mount, tree, "", AT_FDCWD, "/tmp", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		held_by_errno("move_mount");
	escaped("moved %s to /tmp", path);
}

static void try_fsopen(const char *type)
{
	long fs = call3(SYS_fsopen, (long)type, 0, 0);

	if (fs < 0)
		held_by_errno("fsopen");
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		held_by_errno("fsconfig");
	if (call3(SYS_fsmount, fs, 0, 0) < 0)
		held_by_errno("fsmount");
	escaped("has a new %s", type);
}

static void try_chroot(const char *path)
{
	if (chroot(path) < 0)
		held_by_errno("chroot");
	escaped("made %s the root", path);
}

/* A new mount namespace is where all of the others would be tried next. */
static void try_unshare(const char *path)
{
	(void)path;
	if (unshare(CLONE_NEWNS) < 0)
		held_by_errno("unshare");
	escaped("has a mount namespace of its own");
}

static const struct {
	const char *name;
	void (*try)(const char *path);
} calls[] = {
	{ "mount", try_mount },
	{ "umount", try_umount },
	{ "remount", try_remount },
	{ "pivot_root", try_pivot },
	{ "move_mount", try_move },
	{ "fsopen", try_fsopen },
	{ "chroot", try_chroot },
	{ "unshare", try_unshare },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 3 && i < sizeof(calls) / sizeof(*calls); i++)
		if (!strcmp(argv[1], calls[i].name))
			calls[i].try(argv[2]);
	broken("no such call");
}
