#include "repo/objdir.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/path.h"
#include "base/text.h"

enum { SAFELY = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };

/* Begins of names, and what stands behind them. */
struct known {
	const char *prefix;
	mode_t kind;
	bool whole; /* the prefix is all of the name */
};

struct part {
	const char *name; /* "." for the directory itself */
	const struct known *known;
	size_t n;
};

static const struct known in_top[] = {
	{ "pack", S_IFDIR, true },
	{ "info", S_IFDIR, true },
	{ "incoming-", S_IFDIR, false },
	{ "tmp_objdir-", S_IFDIR, false },
	{ "tmp_obj_", S_IFREG, false },
	{ ".nfs", S_IFREG, false },
};

static const struct known in_pack[] = {
	{ "pack-", S_IFREG, false },
	{ "multi-pack-index.d", S_IFDIR, true },
	{ "multi-pack-index", S_IFREG, false },
	{ "old-", S_IFREG, false },
	{ "loose-", S_IFREG, false },
	{ "tmp_", S_IFREG, false },
	{ ".tmp-", S_IFREG, false },
	{ "pack_git2_", S_IFREG, false },
	{ ".nfs", S_IFREG, false },
};

static const struct known in_info[] = {
	{ "alternates", S_IFREG, false },
	{ "http-alternates", S_IFREG, true },
	{ "packs", S_IFREG, false },
	{ "commit-graphs", S_IFDIR, true },
	{ "commit-graph", S_IFREG, false },
	{ ".nfs", S_IFREG, false },
};

static const struct part parts[] = {
	{ ".", in_top, ARRAY_SIZE(in_top) },
	{ "pack", in_pack, ARRAY_SIZE(in_pack) },
	{ "info", in_info, ARRAY_SIZE(in_info) },
};

static bool is_fan_out(const char *name, mode_t kind)
{
	return S_ISDIR(kind) && strlen(name) == 2 && strspn(name, "0123456789abcdef") == 2;
}

static bool is_known(const struct part *part, const char *name, mode_t kind)
{
	if (part->known == in_top && is_fan_out(name, kind))
		return true;
	for (size_t i = 0; i < part->n; i++) {
		const struct known *k = &part->known[i];

		if (kind == k->kind &&
			(k->whole ? !strcmp(name, k->prefix) : text_starts(name, k->prefix)))
			return true;
	}
	return false;
}

static mode_t kind_of(int fd, const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return DTTOIF(e->d_type);
	return fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_mode & S_IFMT;
}

static int check_name(const char *dir, const struct part *part, const struct objdir_rule *rule,
	const char *name, mode_t kind, struct err *err)
{
	auto_free char *full = part->known == in_top ? xstrdup(name) : path_join(part->name, name);

	if (S_ISLNK(kind))
		return err_say(err, -EINVAL,
			"'%s' can't be used as an object directory: '%s' in it is a symlink", dir,
			full);
	if (rule->own || is_known(part, name, kind))
		return 0;
	return err_say(err, -EINVAL,
		"'%s' is not an object directory of git: '%s' in it is none of git's", dir, full);
}

static int check_names(const char *dir, const struct part *part, const struct objdir_rule *rule,
	int fd, struct err *err)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;
	int r = 0;

	if (!d) {
		r = err_set(err, -errno, "read '%s'", dir);
		close(fd);
		return r;
	}
	while (r == 0 && (errno = 0, e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			r = check_name(dir, part, rule, e->d_name, kind_of(fd, e), err);
	if (r == 0 && errno)
		r = err_set(err, -errno, "read '%s'", dir);
	closedir(d);
	return r;
}

static int check_part(const char *dir, int top, const struct part *part,
	const struct objdir_rule *rule, struct err *err)
{
	int fd = open_beneath(top, part->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, SAFELY);

	if (fd == -ENOENT && rule->own)
		return 0;
	if (fd == -ENOENT)
		return err_say(err, -EINVAL,
			"'%s' is not an object directory of git: there is no '%s' in it", dir,
			part->name);
	return fd < 0 ? err_set(err, fd, "open '%s/%s'", dir, part->name)
		      : check_names(dir, part, rule, fd, err);
}

/* Whether everybody can read it by its name: then it gives nobody anything new. */
static bool is_public(const char *dir)
{
	auto_free char *path = xstrdup(dir);
	mode_t need = S_IROTH | S_IXOTH;
	char *slash = path;
	struct stat st;

	while (slash) {
		if (stat(*path ? path : "/", &st) < 0 || (st.st_mode & need) != need)
			return false;
		need = S_IXOTH;
		slash = strrchr(path, '/');
		if (slash)
			*slash = '\0';
	}
	return true;
}

static int check_owner(const char *dir, int fd, const struct objdir_rule *rule, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "look at '%s'", dir);
	if (st.st_uid == rule->owner || is_public(dir))
		return 0;
	return err_say(err, -EPERM,
		"object directory '%s' belongs to somebody else than the repository, and not everybody "
		"may read it",
		dir);
}

int objdir_check(const char *dir, const struct objdir_rule *rule, struct err *err)
{
	auto_fd int fd = -1;
	int r = dir_open(AT_FDCWD, dir, &fd, err);

	if (r == 0)
		r = check_owner(dir, fd, rule, err);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
		r = check_part(dir, fd, &parts[i], rule, err);
	return r;
}
