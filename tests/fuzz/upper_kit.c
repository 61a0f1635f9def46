#include "tests/fuzz/upper_kit.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/io.h"
#include "repo/capture_file.h"
#include "repo/git.h"

/* A directory that others can be made in. Its mode comes last, for it may keep even its owner out. */
struct place {
	int fd;
	mode_t mode;
};

struct builder {
	struct feed *f;
	const char *outside;
	struct place dirs[FUZZ_UPPER_MAX + 1];
	size_t n_dirs;
	struct {
		int dirfd;
		char *name;
	} files[FUZZ_UPPER_MAX]; /* that can have another name */
	size_t n_files;
	bool deep, large; /* there is one already, and one is enough */
};

static const mode_t modes[] = { 0644, 0755, 0, 0400, 0200, 0111, 0300, 04755, 02755, 01777 };

static mode_t take_mode(struct builder *b)
{
	return modes[feed_byte(b->f) % ARRAY_SIZE(modes)];
}

/* One of a list, or what the input says. */
static char *take_text(struct builder *b, const char *const *usual, size_t n)
{
	uint8_t which = feed_byte(b->f);

	return which < n ? xstrdup(usual[which]) : feed_text(b->f);
}

static char *take_name(struct builder *b)
{
	static const char *const names[] = { "a", "dir", "sub", "f", "link", "tool", "module",
		".gitignore", "build", "x.o", ".git", ".GIT", ".git ", "git~1", ".gitmodules",
		"..x", "...", "HEAD", "refs", "objects", "config", "hooks", "heads", "main",
		"new\nline", "\xff\xfe", "A", "e\xcc\x81", "\xc3\xa9", "CON", "b\\c",
		"\xe2\x80\xae", "--" };
	char *name = take_text(b, names, ARRAY_SIZE(names));

	/* A path could lead out, by way of a symlink. */
	name[strcspn(name, "/")] = '\0';
	return name;
}

static char *take_content(struct builder *b)
{
	static const char *const contents[] = { "", "a\n", "*\n", "!*\n", "*.o\n", "dir/\n", "/a\n",
		"**/f\n", "ref: refs/heads/main\n", "1111111111111111111111111111111111111111\n" };

	return take_text(b, contents, ARRAY_SIZE(contents));
}

static struct place *take_dir(struct builder *b)
{
	return &b->dirs[feed_byte(b->f) % b->n_dirs];
}

static int new_file(struct builder *b)
{
	struct place *dir = take_dir(b);
	char *name = take_name(b);
	int fd = openat(dir->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0) {
		free(name);
		return fd;
	}
	b->files[b->n_files].dirfd = dir->fd;
	b->files[b->n_files++].name = name;
	return fd;
}

static void make_file(struct builder *b)
{
	auto_fd int fd = new_file(b);
	auto_free char *content = take_content(b);

	if (fd >= 0)
		must(io_write_all(fd, content, strlen(content)) == 0 &&
			fchmod(fd, take_mode(b)) == 0);
}

/* At the bounds where a file is read otherwise, and one that is not read at all. */
static void make_large(struct builder *b)
{
	static const uint64_t sizes[] = { 1 << 20, (1 << 20) + 1, CAPTURE_MAX_HOLES + (1 << 20) };
	auto_fd int fd = b->large ? -1 : new_file(b);

	if (fd >= 0 && ftruncate(fd, (off_t)sizes[feed_byte(b->f) % ARRAY_SIZE(sizes)]) == 0)
		b->large = true;
}

static void make_marked(struct builder *b)
{
	static const char *const marks[] = { "user.overlay.whiteout", "user.overlay.metacopy" };
	auto_fd int fd = new_file(b);
	const char *mark = marks[feed_byte(b->f) / 128];
	auto_free char *content = take_content(b);

	if (fd >= 0 && fsetxattr(fd, mark, "", 0, 0) == 0)
		must(io_write_all(fd, content, strlen(content)) == 0);
}

static int new_dir(int dirfd, const char *name)
{
	if (mkdirat(dirfd, name, 0700) < 0)
		return -1;
	return openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void make_dir(struct builder *b)
{
	struct place *dir = take_dir(b);
	auto_free char *name = take_name(b);
	int fd = new_dir(dir->fd, name);

	if (fd >= 0)
		b->dirs[b->n_dirs++] =
			(struct place){ fd, take_mode(b) | S_IRUSR * (feed_byte(b->f) % 2) };
}

static void mark_dir(struct builder *b)
{
	static const struct {
		const char *name, *value;
	} marks[] = {
		{ "user.overlay.opaque", "y" },
		{ "user.overlay.opaque", "x" },
		{ "user.overlay.opaque", "n" },
		{ "user.overlay.redirect", "/dir" },
		{ "user.overlay.origin", "\1" },
	};
	size_t which = feed_byte(b->f) % ARRAY_SIZE(marks);
	const struct place *dir = take_dir(b);

	/* The top is ours, and has no mark. */
	if (dir != &b->dirs[0] && fsetxattr(dir->fd, marks[which].name, marks[which].value,
					  strlen(marks[which].value), 0) < 0)
		must(errno == EOPNOTSUPP || errno == EPERM || errno == ENOSPC);
}

/* Directories in one another, a few or as many as are taken and one more, and a symlink in the last. */
static void make_chain(struct builder *b)
{
	int which = feed_byte(b->f) % 16;
	int depth = which < 14 ? which + 1 : REPO_MAX_DEPTH - 15 + which;
	auto_free char *name = take_name(b);
	int fd = b->deep ? -1 : dup(take_dir(b)->fd);

	for (b->deep = true; fd >= 0 && depth > 0; depth--) {
		int up = fd;

		fd = new_dir(up, name);
		close(up);
	}
	if (fd >= 0)
		must(symlinkat("f", fd, "f") == 0);
	cleanup_fd(&fd);
}

static void make_symlink(struct builder *b)
{
	static const char *const targets[] = { "a", "..", "../outside/secret", "../outside",
		".git/config", "/", "dir", ".", "link", "/proc/self/fd/0" };
	const struct place *dir = take_dir(b);
	auto_free char *name = take_name(b);
	auto_free char *target = take_text(b, targets, ARRAY_SIZE(targets));
	auto_free char *away = xasprintf("%s%s", b->outside, feed_byte(b->f) % 2 ? "/secret" : "");

	if (symlinkat(feed_byte(b->f) % 4 ? target : away, dir->fd, name) < 0)
		must(errno != EIO);
}

static void make_hard_link(struct builder *b)
{
	const struct place *dir = take_dir(b);
	auto_free char *name = take_name(b);
	size_t which = feed_byte(b->f);

	if (b->n_files && linkat(b->files[which % b->n_files].dirfd,
				  b->files[which % b->n_files].name, dir->fd, name, 0) < 0)
		must(errno != EIO);
}

/* A whiteout can be made by anybody, another device by root alone. */
static void make_special(struct builder *b)
{
	static const struct {
		mode_t kind;
		unsigned int minor;
	} nodes[] = { { S_IFCHR, 0 }, { S_IFCHR, 0 }, { S_IFIFO, 0 }, { S_IFSOCK, 0 },
		{ S_IFBLK, 0 }, { S_IFCHR, 1 } };
	const struct place *dir = take_dir(b);
	auto_free char *name = take_name(b);
	size_t which = feed_byte(b->f) % ARRAY_SIZE(nodes);

	if (mknodat(dir->fd, name, nodes[which].kind | (take_mode(b) & 0777),
		    makedev(0, nodes[which].minor)) < 0)
		must(errno != EIO);
}

static void (*const makers[])(struct builder *b) = { make_file, make_dir, make_symlink,
	make_special, make_hard_link, mark_dir, make_marked, make_chain, make_large };

static void finish(struct builder *b)
{
	for (size_t i = 1; i < b->n_dirs; i++) {
		must(fchmod(b->dirs[i].fd, b->dirs[i].mode) == 0);
		close(b->dirs[i].fd);
	}
	for (size_t i = 0; i < b->n_files; i++)
		free(b->files[i].name);
}

int fuzz_upper(struct feed *f, const char *outside)
{
	struct builder b = { .f = f, .outside = outside, .n_dirs = 1 };
	int scratch = fuzz_scratch()->fd;

	must(tree_remove(scratch, "upper", NULL) == 0);
	b.dirs[0].fd = new_dir(scratch, "upper");
	must(b.dirs[0].fd >= 0);
	for (int i = 0; f->left && i < FUZZ_UPPER_MAX; i++)
		makers[feed_byte(f) % ARRAY_SIZE(makers)](&b);
	finish(&b);
	return b.dirs[0].fd;
}
