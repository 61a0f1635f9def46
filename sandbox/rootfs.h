/* rootfs.h: the file system of a cage, built up from nothing on a tmpfs. */
#ifndef REMIT_SANDBOX_ROOTFS_H
#define REMIT_SANDBOX_ROOTFS_H

#include "sandbox/cage.h"

/*
 * A root under construction. It lies over the old root, which paths still start from until
 * rootfs_enter; everything in the new one is reached from top, beneath it, through no symlink.
 */
struct rootfs {
	const struct cage *cage;
	int top; /* O_PATH: the new root */
	int staging; /* O_PATH: a directory in it for what is on its way; gone at the end */
	int void_dir; /* detached mounts of nothing, mode 0, that cover what is hidden */
	int void_file;
};

/* Builds the whole of it; init calls this with all capabilities in namespaces of its own. */
int rootfs_build(const struct cage *cage, struct rootfs *ret, struct err *err) MUST_USE;

/* Makes it the root and lets go of the old one. From here on nothing of the host has a name. */
int rootfs_enter(struct rootfs *root, struct err *err) MUST_USE;

/* The parts, in rootfs_*.c; rootfs_build calls them in this order. */
int rootfs_add_etc(struct rootfs *root, struct err *err) MUST_USE;
int rootfs_add_proc(struct rootfs *root, struct err *err) MUST_USE;
int rootfs_add_dev(struct rootfs *root, struct err *err) MUST_USE;
int rootfs_add_scratch(struct rootfs *root, struct err *err) MUST_USE;
int rootfs_add_workspace(struct rootfs *root, struct err *err) MUST_USE;
int rootfs_add_listed(struct rootfs *root, struct err *err) MUST_USE;

/*
 * A detached mount that shows a directory read-only, with inodes of its own: by them nothing in it can be connected to,
 * locked, leased or watched. -errno where its file system does not allow that.
 */
int rootfs_overlay(const struct rootfs *root, int source) MUST_USE;

/* MOUNT_ATTR_* that nothing in a cage is without. */
extern const uint64_t rootfs_attr;

/* Puts a mount where only we reach it, so that parts of it can be cloned; takes it away again. */
int stage_mount(struct rootfs *root, const char *name, int mnt) MUST_USE;
int unstage_mount(struct rootfs *root, const char *name, int mnt) MUST_USE;

enum target_kind { TARGET_FILE, TARGET_DIR };

/*
 * The place for a mount at an absolute path in the new root, made when it is missing. No component may be
 * a symlink, whoever put it there (CVE-2025-31133 and its like). An O_PATH descriptor or -errno.
 */
int target_make(int top, const char *path, enum target_kind kind) MUST_USE;

/* The same for what must be there already; -ENOENT otherwise. */
int target_find(int top, const char *path) MUST_USE;

/* Makes a regular file with content, in a directory that only we can have written. */
int target_write(int dir, const char *name, mode_t mode, const char *text) MUST_USE;

/* Covers what target, an O_PATH descriptor, stands for with something empty that nobody may open. */
int target_mask(const struct rootfs *root, int target, mode_t mode) MUST_USE;

/* Attaches a mount, which is closed in any case, at a path. */
int target_mount(int top, const char *path, enum target_kind kind, int mnt) MUST_USE;

#endif
