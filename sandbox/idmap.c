#include "sandbox/idmap.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/io.h"
#include "sandbox/mnt.h"

/* A child that does nothing but hold a user namespace while its maps are written. */
static pid_t hold_namespace(void)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	pid_t parent = getpid();
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid != 0)
		return (pid_t)pid;
	close_range(0, ~0U, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	for (;;)
		pause();
}

static int write_map(pid_t pid, const char *which, unsigned int from, unsigned int to)
{
	char path[64], line[64];
	auto_fd int fd = -1;
	int n;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, which);
	n = snprintf(line, sizeof(line), "%u %u 1", from, to);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, line, (size_t)n) != n ? -errno : 0;
}

static int namespace_of(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* A user namespace in which the ids on disk, of owner, are the job's. A descriptor or -errno. */
static int make_mapping(const struct cage *cage, const struct stat *owner)
{
	pid_t pid = hold_namespace();
	int r;

	if (pid < 0)
		return -errno;
	r = write_map(pid, "uid_map", owner->st_uid, cage->uid);
	if (r == 0)
		r = write_map(pid, "gid_map", owner->st_gid, cage->gid);
	if (r == 0)
		r = namespace_of(pid);
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}

static int map_tree(const struct cage *cage, struct tree *tree, struct err *err)
{
	auto_fd int mnt = mnt_clone(AT_FDCWD, tree->path, false);
	auto_fd int userns = -1;
	struct stat st;
	int r;

	if (mnt < 0)
		return err_set(err, mnt, "take '%s' into the cage", tree->path);
	if (fstat(mnt, &st) < 0)
		return err_set(err, -errno, "take '%s' into the cage", tree->path);
	userns = make_mapping(cage, &st);
	if (userns < 0)
		return err_set(err, userns, "make a user namespace");
	r = mnt_map_ids(mnt, userns);
	if (r == -EINVAL)
		return err_say(err, r,
			"map the owner of '%s': its file system can't map ids: keep the state directory "
			"and the workspace on ext4, xfs or btrfs, or run as an ordinary user",
			tree->path);
	if (r < 0)
		return err_set(err, r, "map the owner of '%s'", tree->path);
	tree->mount = steal_fd(&mnt);
	return 0;
}

enum { MAX_DEPTH = 64 };

static int hand_over(const struct cage *cage, int dirfd, const char *name, int depth);

static int hand_over_all(const struct cage *cage, int fd, int depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	int r = 0;

	if (!dir) {
		close(fd);
		return -errno;
	}
	while (r == 0 && (e = readdir(dir)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			r = hand_over(cage, dirfd(dir), e->d_name, depth + 1);
	closedir(dir);
	return r;
}

/* Nothing of a job has run yet, so what is here is ours: a fresh directory, or a copy of a base. */
static int hand_over(const struct cage *cage, int dirfd, const char *name, int depth)
{
	struct stat st;
	int fd;

	if (depth > MAX_DEPTH)
		return -ELOOP;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		fchownat(dirfd, name, cage->uid, cage->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return 0;
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : hand_over_all(cage, fd, depth);
}

static int take_job_dir(const struct cage *cage, struct tree *tree, struct err *err)
{
	auto_fd int mnt = mnt_clone(AT_FDCWD, tree->path, false);
	int r;

	if (mnt < 0)
		return err_set(err, mnt, "take '%s' into the cage", tree->path);
	r = fchownat(mnt, "", cage->uid, cage->gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
	if (r == 0)
		r = hand_over(cage, mnt, cage->upper, 0);
	if (r == 0 && cage->work)
		r = hand_over(cage, mnt, cage->work, 0);
	if (r < 0)
		return err_set(err, r, "hand '%s/%s' over to the job", tree->path, cage->upper);
	tree->mount = steal_fd(&mnt);
	return 0;
}

int idmap_trees(struct cage *cage, struct err *err)
{
	for (size_t i = 0; i < cage->n_trees; i++) {
		struct tree *tree = &cage->trees[i];
		int r = i == cage->n_lower ? take_job_dir(cage, tree, err)
					   : map_tree(cage, tree, err);

		if (r < 0)
			return r;
	}
	return 0;
}
