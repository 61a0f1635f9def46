/*
 * What the profile lists. A directory that may be read is shown through a read-only overlay rather
 * than a read-only bind mount: the overlay gives every socket in it another inode, and a unix socket is
 * connected to by its inode. So a daemon's socket that happens to lie there leads nowhere; nor do locks and leases
 * reach the host's files, or watches see what is done with them there. Where an overlay
 * can't be had, and where the job may write, there must be no socket that is not listed or hidden.
 */
#include "sandbox/rootfs.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/path.h"
#include "sandbox/mnt.h"
#include "sandbox/sockets.h"
#include "sandbox/weaken.h"

static const struct plan_mount *listed(const struct rootfs *root, size_t i)
{
	return (const struct plan_mount *)root->cage->plan.mounts.v + i;
}

static int make_link(struct rootfs *root, int source, const struct plan_mount *m)
{
	const char *slash = strrchr(m->target, '/');
	char dir_path[PATH_MAX], text[PATH_MAX];
	auto_fd int dir = -1;
	ssize_t n = readlinkat(source, "", text, sizeof(text) - 1);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	snprintf(dir_path, sizeof(dir_path), "%.*s", (int)(slash - m->target), m->target);
	dir = *dir_path ? target_make(root->top, dir_path, TARGET_DIR)
			: fcntl(root->top, F_DUPFD_CLOEXEC, 3);
	if (dir < 0)
		return dir;
	return symlinkat(text, dir, slash + 1) < 0 && errno != EEXIST ? -errno : 0;
}

int rootfs_overlay(const struct rootfs *root, int source)
{
	char lower[64];
	const struct mnt_option options[] = { { "lowerdir", lower }, { "userxattr", NULL } };

	snprintf(lower, sizeof(lower), "/proc/self/fd/%d:/proc/self/fd/%d", source, root->void_dir);
	return mnt_new("overlay", options, ARRAY_SIZE(options), rootfs_attr | MOUNT_ATTR_RDONLY);
}

static int refuse_sockets(
	struct rootfs *root, int source, const struct plan_mount *m, struct err *err)
{
	char found[PATH_MAX];
	int r = weakened("socket-look") ? 0 : sockets_find(source, m, &root->cage->plan, found);

	if (r == -EEXIST)
		return err_say(err, r,
			"'%s' may not be shown: the socket '%s' lies in it: list the socket, or hide it",
			m->source, found);
	return r < 0 ? err_set(err, r, "look for sockets in '%s'", m->source) : 0;
}

static uint64_t attr_of(const struct plan_mount *m)
{
	uint64_t attr = weakened("nodev") ? 0 : rootfs_attr;

	return attr | (m->access == PLAN_READ && !weakened("read-only") ? MOUNT_ATTR_RDONLY : 0);
}

static int bind_of(int source, const struct plan_mount *m)
{
	auto_fd int mnt = mnt_clone(source, "", true);
	int r = mnt < 0 ? mnt : mnt_restrict(mnt, attr_of(m), true);

	return r < 0 ? r : steal_fd(&mnt);
}

static int bind_checked(
	struct rootfs *root, int source, const struct plan_mount *m, struct err *err)
{
	int r = refuse_sockets(root, source, m, err);
	int mnt = r < 0 ? r : bind_of(source, m);

	if (r < 0)
		return r;
	return mnt < 0 ? err_set(err, mnt, "show '%s'", m->source) : mnt;
}

static int directory_mount(
	struct rootfs *root, int source, const struct plan_mount *m, struct err *err)
{
	if (m->access == PLAN_READ && !weakened("socket-overlay")) {
		int mnt = rootfs_overlay(root, source);

		if (mnt >= 0)
			return mnt;
	}
	return bind_checked(root, source, m, err);
}

static int file_mount(int source, const struct plan_mount *m, struct err *err)
{
	int mnt = bind_of(source, m);

	return mnt < 0 ? err_set(err, mnt, "show '%s'", m->source) : mnt;
}

static int show_mount(
	struct rootfs *root, int source, mode_t mode, const struct plan_mount *m, struct err *err)
{
	enum target_kind kind = S_ISDIR(mode) ? TARGET_DIR : TARGET_FILE;
	int mnt, r;

	if (S_ISCHR(mode) || S_ISBLK(mode))
		return err_say(err, -EPERM, "'%s' may not be listed: it is a device", m->source);
	mnt = S_ISDIR(mode) ? directory_mount(root, source, m, err) : file_mount(source, m, err);
	if (mnt < 0)
		return mnt;
	r = target_mount(root->top, m->target, kind, mnt);
	if (r == -ELOOP)
		return err_say(err, r,
			"'%s' may not be shown at '%s': a symbolic link is in the way", m->source,
			m->target);
	return r < 0 ? err_set(err, r, "show '%s' at '%s'", m->source, m->target) : 0;
}

/* The outermost directory that jobs may write and this lies in, by the host's names or by the cage's; or NULL. */
static const struct plan_mount *writable_around(
	const struct rootfs *root, const char *path, bool inside)
{
	for (size_t i = 0; i < root->cage->plan.mounts.n; i++) {
		const struct plan_mount *w = listed(root, i);
		const char *dir = inside ? w->target : w->source;

		if (w->access == PLAN_WRITE && strcmp(path, dir) != 0 && path_is_beneath(path, dir))
			return w;
	}
	return NULL;
}

/* A link in a directory that jobs may write may be the work of one: it must not choose what the next one sees. */
static int open_source(const struct rootfs *root, const struct plan_mount *m)
{
	const struct plan_mount *w = writable_around(root, m->source, false);
	auto_fd int dir = -1;
	int fd;

	if (!w || weakened("source-links")) {
		fd = open(m->source, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	dir = open(w->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	return open_beneath(dir, m->source + strlen(w->source) + 1, O_PATH, 0, RESOLVE_NO_SYMLINKS);
}

static bool is_mount(int target)
{
	struct statx st;

	return statx(target, "", AT_EMPTY_PATH, 0, &st) == 0 &&
	       st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/* A directory that something is mounted on can't be moved away; what it holds can. */
static int pin_directory(const struct rootfs *root, const char *path)
{
	auto_fd int target = target_find(root->top, path);
	auto_fd int mnt = -1;

	if (target < 0 || is_mount(target))
		return target == -ENOENT || target >= 0 ? 0 : target;
	mnt = mnt_clone(target, "", true);
	return mnt < 0 ? mnt : mnt_attach(mnt, target);
}

/* What is listed in a directory that jobs may write stays in its place, so that the next cage finds it there. */
static int pin_parents(const struct rootfs *root, const struct plan_mount *m, struct err *err)
{
	const struct plan_mount *w = writable_around(root, m->target, true);
	char path[PATH_MAX];
	int r = 0;

	if (!w || weakened("pin"))
		return 0;
	for (size_t i = strlen(w->target) + 1; r == 0 && m->target[i]; i++)
		if (m->target[i] == '/') {
			snprintf(path, sizeof(path), "%.*s", (int)i, m->target);
			r = pin_directory(root, path);
		}
	return r < 0 ? err_set(err, r, "keep '%s' in its place", path) : 0;
}

static bool is_out_of_reach(int error)
{
	return error == -ENOENT || error == -ENOTDIR ||
	       (error == -EACCES && !weakened("out-of-reach"));
}

/* What is not on this host, or not to be reached by the job's user, can't be shown: the job sees less, never more. */
static int show(struct rootfs *root, const struct plan_mount *m, struct err *err)
{
	auto_fd int source = open_source(root, m);
	struct stat st;
	int r;

	if (is_out_of_reach(source))
		return 0;
	if (source == -ELOOP)
		return err_say(err, -ELOOP,
			"'%s' may not be shown: a symbolic link is in the way, in a directory that jobs may "
			"write",
			m->source);
	if (source < 0 || fstat(source, &st) < 0)
		return err_set(err, source < 0 ? source : -errno, "open '%s'", m->source);
	if (!S_ISLNK(st.st_mode))
		return show_mount(root, source, st.st_mode, m, err);
	r = make_link(root, source, m);
	return r < 0 ? err_set(err, r, "make the link '%s'", m->target) : 0;
}

/* We are the job's user with more rights than it will have: what we can't reach, it can't either. */
static int hide(struct rootfs *root, const struct plan_mount *m, struct err *err)
{
	auto_fd int target = target_find(root->top, m->target);
	struct stat st;
	int r;

	if (is_out_of_reach(target))
		return 0;
	if (target == -ELOOP)
		return err_say(err, -ELOOP, "'%s' can't be hidden: a symbolic link is in the way",
			m->target);
	if (target < 0)
		return err_set(err, target, "hide '%s'", m->target);
	if (fstat(target, &st) < 0)
		return err_set(err, -errno, "hide '%s'", m->target);
	if (S_ISLNK(st.st_mode))
		return err_say(
			err, -ELOOP, "'%s' can't be hidden: it is a symbolic link", m->target);
	r = target_mask(root, target, st.st_mode);
	return r < 0 ? err_set(err, r, "hide '%s'", m->target) : 0;
}

/* Masks come last, so that nothing is shown over them. */
int rootfs_add_listed(struct rootfs *root, struct err *err)
{
	size_t n = root->cage->plan.mounts.n;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		if (listed(root, i)->access != PLAN_HIDE)
			r = show(root, listed(root, i), err);
	for (size_t i = 0; r == 0 && i < n && !weakened("hide"); i++)
		if (listed(root, i)->access == PLAN_HIDE)
			r = hide(root, listed(root, i), err);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = pin_parents(root, listed(root, i), err);
	return r;
}
