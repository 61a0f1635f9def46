#include "repo/discard.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/text.h"
#include "repo/upper.h"

/*
 * Files that make git run programs, or read configuration from elsewhere, whenever they are there.
 */
static const char *const files[] = {
	"commondir",
	"config.worktree",
	"info/attributes",
	"info/exclude",
	"info/grafts",
};

/* Directories of which every file counts. */
static const char *const dirs[] = { "hooks", "modules", "worktrees" };

enum { SAFELY = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV, MAX_CONFIG = 1 << 20 };

static bool exists(int git, const char *path)
{
	auto_fd int fd = open_beneath(git, path, O_PATH | O_NOFOLLOW, 0, SAFELY);

	/* A symlink on the way, or in its place, is not ours either. */
	return fd >= 0 || fd == -ELOOP;
}

static bool config_differs(int git, const struct private_options *private)
{
	auto_buf struct buf is = BUF_INIT;
	auto_buf struct buf was = BUF_INIT;
	auto_fd int fd = open_beneath(git, "config", O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, SAFELY);
	struct stat st;

	if (fd == -ENOENT)
		return private;
	if (!private || fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return true;
	private_config(private, &was);
	return io_read_all(fd, MAX_CONFIG, &is) < 0 || is.len != was.len ||
	       memcmp(is.data, was.data, is.len) != 0;
}

/* What git init itself leaves in hooks never runs. */
static bool is_sample(const char *name)
{
	return text_ends(name, ".sample");
}

static void list_dir(int git, const char *dir, size_t max, struct strs *out)
{
	auto_strs struct strs names = { 0 };
	auto_fd int fd = open_beneath(git, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, SAFELY);

	if (fd < 0 || upper_list(fd, &names) < 0) {
		if (exists(git, dir) && out->n < max)
			strs_add(out, dir);
		return;
	}
	for (size_t i = 0; i < names.n && out->n < max; i++) {
		auto_free char *path = xasprintf("%s/%s", dir, names.v[i]);

		if (!is_sample(names.v[i]))
			strs_add(out, path);
	}
}

void discard_list(int upper, const struct private_options *private, size_t max, struct strs *out)
{
	auto_fd int git = -1;

	if (upper_open_dir(upper, ".git", &git) < 0)
		return;
	if (config_differs(git, private) && out->n < max)
		strs_add(out, "config");
	for (size_t i = 0; i < ARRAY_SIZE(files) && out->n < max; i++)
		if (exists(git, files[i]))
			strs_add(out, files[i]);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		list_dir(git, dirs[i], max, out);
}
