#include "sandbox/rootfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "sandbox/mnt.h"
#include "sandbox/weaken.h"

/* Staged mounts are named by their number. Room for "4294967295" and the NUL. */
struct stage_name {
	char text[11];
};

static struct stage_name name_of(size_t i)
{
	struct stage_name n;

	snprintf(n.text, sizeof(n.text), "%u", (unsigned int)i);
	return n;
}

/* Root has made a mount with mapped owners already; else init may clone what the job's user can reach. */
static int open_mount(const struct tree *tree)
{
	if (tree->mount >= 0)
		return fcntl(tree->mount, F_DUPFD_CLOEXEC, 3);
	return mnt_clone(AT_FDCWD, tree->path, false);
}

static int stage_tree(struct rootfs *root, size_t i, int *ret_mnt, struct err *err)
{
	const struct tree *tree = &root->cage->trees[i];
	struct stage_name name = name_of(i);
	auto_fd int mnt = open_mount(tree);
	int r = mnt < 0 ? mnt : mnt_restrict(mnt, rootfs_attr, false);

	if (r == 0)
		r = stage_mount(root, name.text, mnt);
	if (r < 0)
		return err_set(err, r, "take '%s' into the cage", tree->path);
	*ret_mnt = steal_fd(&mnt);
	return 0;
}

/* "/proc/self/fd/3:/proc/self/fd/4": descriptors need no escaping. */
static void join_lowers(const int *mounts, size_t n, char *out, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(
			out + used, size - used, "%s/proc/self/fd/%d", i ? ":" : "", mounts[i]);
}

/*
 * userxattr: what the overlay notes about deletions is readable by the job's owner. volatile: nothing
 * of the upper directory needs to survive a power cut before it has been captured.
 */
static int make_overlay(const struct cage *cage, const int *mounts)
{
	char lower[CAGE_MAX_TREES * 32], upper[512], work[512];
	const struct mnt_option options[] = {
		{ "lowerdir", lower },
		{ "upperdir", upper },
		{ "workdir", work },
		{ "userxattr", NULL },
		{ "volatile", NULL },
	};
	int job = mounts[cage->n_lower];

	join_lowers(mounts, cage->n_lower, lower, sizeof(lower));
	snprintf(upper, sizeof(upper), "/proc/self/fd/%d/%s", job, cage->upper);
	snprintf(work, sizeof(work), "/proc/self/fd/%d/%s", job, cage->work);
	return mnt_new("overlay", options, ARRAY_SIZE(options), rootfs_attr);
}

/* The copy is the workspace; in an overlay it is only the upper part. */
static int make_workspace(const struct cage *cage, const int *mounts)
{
	if (weakened("overlay"))
		return mnt_clone(mounts[0], "", false);
	if (cage->plan.workspace.mode == PLAN_OVERLAY)
		return make_overlay(cage, mounts);
	return mnt_clone(mounts[0], cage->upper, false);
}

static int show_workspace(struct rootfs *root, const int *mounts, struct err *err)
{
	const struct plan_workspace *w = &root->cage->plan.workspace;
	int mnt = make_workspace(root->cage, mounts);
	int r = mnt < 0 ? mnt : target_mount(root->top, w->path, TARGET_DIR, mnt);

	if (r < 0)
		return err_set(err, r, "lay an overlay for the workspace over '%s'",
			root->cage->trees[0].path);
	return 0;
}

static int read_only_bind(int mnt)
{
	auto_fd int clone = mnt_clone(mnt, "", false);
	int r = clone < 0 ? clone : 0;

	if (r == 0 && !weakened("objects-read-only"))
		r = mnt_restrict(clone, rootfs_attr | MOUNT_ATTR_RDONLY, false);
	return r < 0 ? r : steal_fd(&clone);
}

static int exposed_mount(const struct rootfs *root, int mnt)
{
	int shown = -EINVAL;

	if (!weakened("objects-overlay"))
		shown = rootfs_overlay(root, mnt);
	return shown < 0 ? read_only_bind(mnt) : shown;
}

/* What .git refers to: object stores of the host, read-only. */
static int show_exposed(struct rootfs *root, size_t i, int mnt, struct err *err)
{
	size_t first = root->cage->n_lower + 1;
	int shown = exposed_mount(root, mnt), r = shown;
	char path[64];

	snprintf(path, sizeof(path), "/run/git/objects/%u", (unsigned int)(i - first));
	if (shown >= 0)
		r = target_mount(root->top, path, TARGET_DIR, shown);
	return r < 0 ? err_set(err, r, "show '%s'", root->cage->trees[i].path) : 0;
}

static int use_staged(struct rootfs *root, const int *mounts, struct err *err)
{
	int r = show_workspace(root, mounts, err);

	for (size_t i = root->cage->n_lower + 1; r == 0 && i < root->cage->n_trees; i++)
		r = show_exposed(root, i, mounts[i], err);
	return r;
}

static int clear_stage(struct rootfs *root, int *mounts, size_t n, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		int e = unstage_mount(root, name_of(i).text, mounts[i]);

		if (e < 0 && r == 0)
			r = err_set(err, e, "clear '%s'", root->cage->trees[i].path);
		close(mounts[i]);
	}
	return r;
}

int rootfs_add_workspace(struct rootfs *root, struct err *err)
{
	int mounts[CAGE_MAX_TREES];
	size_t n = 0;
	int r = 0, cleared;

	if (root->cage->plan.workspace.mode == PLAN_NONE)
		return 0;
	for (; r == 0 && n < root->cage->n_trees; n++) {
		r = stage_tree(root, n, &mounts[n], err);
		if (r < 0)
			break;
	}
	if (r == 0)
		r = use_staged(root, mounts, err);
	cleared = clear_stage(root, mounts, n, r < 0 ? NULL : err);
	return r < 0 ? r : cleared;
}
