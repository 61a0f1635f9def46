#include "runner/joblock.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/path.h"

static char *path_of(const struct ctx *ctx, const char *id)
{
	auto_free char *dir = ctx_state(ctx, "running");

	return path_join(dir, id);
}

/* A lock on a file that has lost its name in the meantime holds nothing. */
static bool has_name(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

int joblock_take(const struct ctx *ctx, const char *id, int *ret_fd, struct err *err)
{
	auto_free char *dir = ctx_state(ctx, "running"), *path = path_of(ctx, id);
	int r = dir_make(AT_FDCWD, dir, 0700, err);

	while (r == 0) {
		auto_fd int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		r = fd < 0 ? -errno : file_lock(fd, LOCK_EX);
		if (r < 0)
			return err_set(err, r, "lock '%s'", path);
		/* Somebody may have found it unlocked, and removed it as that of a dead job. */
		if (!has_name(fd))
			continue;
		*ret_fd = steal_fd(&fd);
		break;
	}
	return r;
}

int joblock_seize(const struct ctx *ctx, const char *id, int *ret_fd)
{
	auto_free char *path = path_of(ctx, id);
	auto_fd int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	int r = fd < 0 ? -errno : file_lock(fd, LOCK_EX | LOCK_NB);

	if (r == 0 && !has_name(fd))
		r = -ENOENT;
	if (r < 0)
		return r;
	*ret_fd = steal_fd(&fd);
	return 0;
}

void joblock_drop(const struct ctx *ctx, const char *id, int *fd)
{
	auto_free char *path = path_of(ctx, id);

	unlink(path);
	close(steal_fd(fd));
}

bool joblock_is_held(const struct ctx *ctx, const char *id)
{
	auto_free char *path = path_of(ctx, id);
	auto_fd int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && file_lock(fd, LOCK_SH | LOCK_NB) == -EBUSY;
}

static int is_job(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

int joblock_list(const struct ctx *ctx, struct strs *ret, struct err *err)
{
	auto_free char *dir = ctx_state(ctx, "running");
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_job, alphasort);

	if (n < 0)
		return errno == ENOENT ? 0 : err_set(err, -errno, "read '%s'", dir);
	for (int i = 0; i < n; i++) {
		strs_add(ret, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return 0;
}
