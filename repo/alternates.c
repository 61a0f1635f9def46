#include "repo/alternates.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/path.h"
#include "base/text.h"
#include "repo/objdir.h"

enum {
	MAX_STEPS = 5,
	MAX_STORES = 64,
	MAX_BYTES = 1 << 20,
	SAFELY = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
};

struct search {
	char dir[PATH_MAX]; /* of the repository; "" where it is not clear that it is one */
	uid_t owner;
	struct strs *out;
};

bool alternates_has(const char *objects)
{
	auto_free char *path = path_join(objects, "info/alternates");

	return access(path, F_OK) == 0;
}

/* One line: a path, relative ones from the object directory that names it. */
static int add_line(struct search *s, const char *objects, const char *line, struct err *err)
{
	auto_free char *joined = line[0] == '/' ? xstrdup(line) : path_join(objects, line);
	struct objdir_rule rule = { .owner = s->owner };
	char real[PATH_MAX];
	int r;

	if (!*line || *line == '#' || !realpath(joined, real) || strs_has(s->out, real))
		return 0;
	if (s->out->n >= MAX_STORES)
		return err_say(
			err, -E2BIG, "'%s' has more than %d alternates", objects, MAX_STORES);
	rule.own = *s->dir && path_is_beneath(real, s->dir);
	r = objdir_check(real, &rule, err);
	if (r == 0)
		strs_add(s->out, real);
	return r;
}

/* The file itself must be what it seems to be, not a way to some other file. */
static int read_names(const char *objects, struct buf *text, struct err *err)
{
	auto_fd int dir = -1;
	auto_fd int fd = -1;
	struct stat st;
	int r = dir_open(AT_FDCWD, objects, &dir, err);

	if (r < 0)
		return r;
	fd = open_beneath(dir, "info/alternates", O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, SAFELY);
	if (fd == -ENOENT)
		return 0;
	if (fd < 0 && fd != -ELOOP)
		return err_set(err, fd, "read '%s/info/alternates'", objects);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_say(err, -EINVAL, "'%s/info/alternates' is not a regular file", objects);
	r = io_read_all(fd, MAX_BYTES, text);
	return r < 0 ? err_set(err, r, "read '%s/info/alternates'", objects) : 0;
}

static int add_named(struct search *s, const char *objects, struct err *err)
{
	auto_buf struct buf text = BUF_INIT;
	int r = read_names(objects, &text, err);
	char *rest = text.data;

	while (r == 0 && rest) {
		const char *line = strsep(&rest, "\r\n");

		r = add_line(s, objects, line, err);
		if (r < 0)
			return err_prefix(err, r, "'%s/info/alternates'", objects);
	}
	return r;
}

static int add_all(struct search *s, const char *objects, struct err *err)
{
	struct strs *out = s->out;
	size_t from = out->n;
	int r = add_line(s, "/", objects, err);

	if (r == 0 && out->n == from)
		return err_say(err, -ENOENT, "there is no object directory '%s'", objects);
	for (unsigned int step = 0; r == 0 && step < MAX_STEPS; step++) {
		size_t to = out->n;

		for (; r == 0 && from < to; from++)
			r = add_named(s, out->v[from], err);
	}
	return r;
}

/*
 * A repository says itself where its parts are (gitdir: and commondir), and could name any directory
 * that has objects and refs in it. What a work tree's part lies in belongs to it for sure; and only
 * repositories are called .git.
 */
static int settle(struct search *s, const struct alternates_repo *repo, struct err *err)
{
	char dir[PATH_MAX];
	struct stat st;
	bool holds;

	if (!realpath(repo->dir, dir) || !realpath(repo->common, s->dir))
		return err_set(err, -errno, "look at '%s'", repo->dir);
	holds = path_is_beneath(dir, s->dir);
	if (stat(holds ? s->dir : dir, &st) < 0)
		return err_set(err, -errno, "look at '%s'", repo->dir);
	s->owner = st.st_uid;
	if (!holds || !text_ends(s->dir, "/.git"))
		s->dir[0] = '\0';
	return 0;
}

int alternates_resolve(const struct alternates_repo *repo, struct strs *out, struct err *err)
{
	struct search s = { .out = out };
	int r = settle(&s, repo, err);

	return r < 0 ? r : add_all(&s, repo->objects, err);
}
