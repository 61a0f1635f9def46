#include "audit/verify.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "audit/store.h"
#include "audit/verify_state.h"
#include "base/io.h"

/*
 * A file beyond the checkpoint's size may be on its way in, when the log grows just now: then its
 * checkpoint comes before so many looks are over.
 */
enum { LOOKS = 20, LOOK_MS = 10, NAME = 320 };

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* NULL and no problem when it is gone, since the log has grown. */
static int open_dir(struct verify *v, const char *path, DIR **ret)
{
	int fd = open_beneath(v->dir, path, O_RDONLY | O_DIRECTORY, 0, RESOLVE_NO_SYMLINKS);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	*ret = dir;
	if (dir || fd == -ENOENT)
		return 0;
	if (fd >= 0)
		close(fd);
	return verify_bad(v, path, "it can't be read as a directory");
}

static struct dirent *next_name(DIR *dir)
{
	struct dirent *d;

	while ((d = readdir(dir)))
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			break;
	return d;
}

static int compare_file(struct verify *v, const char *path, const char *data, size_t len)
{
	auto_fd int fd = open_beneath(
		v->dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, RESOLVE_NO_SYMLINKS);
	char chunk[16384];
	size_t at = 0, n;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return verify_bad(v, path, "it can't be opened: %s", strerror(-fd));
	do {
		int r = io_read_full(fd, chunk, sizeof(chunk), &n);

		if (r < 0)
			return verify_bad(v, path, "it can't be read: %s", strerror(-r));
		if (n > len - at || memcmp(chunk, data + at, n) != 0)
			return verify_bad(v, path, "it is not the beginning of the wider one");
		at += n;
	} while (n == sizeof(chunk));
	return at == len ? 0 : verify_bad(v, path, "it is cut short");
}

static int compare_sibling(
	struct verify *v, const struct tile *t, const struct tile *sibling, const struct buf *bytes)
{
	size_t len = t->level == TILE_ENTRIES ? v->ends[sibling->width]
					      : (size_t)sibling->width * MERKLE_HASH;
	char path[TILE_PATH];

	if (sibling->width >= t->width)
		return 0;
	tile_path(sibling, path);
	return verify_pending(v, path) ? 0 : compare_file(v, path, bytes->data, len);
}

/* Beside a tile that was filled not long before the machine went down: they go when the log is next opened. */
static bool are_torn(const struct verify *v, const struct tile *t)
{
	const struct pending *rest = v->options->rest;

	return rest && t->width == TILE_WIDTH &&
	       t->n >= tile_hashes(t->level, rest->torn_from) / TILE_WIDTH;
}

int verify_siblings(struct verify *v, const struct tile *t, const struct buf *bytes)
{
	struct tile full = { t->level, t->n, TILE_WIDTH }, sibling;
	CLEANUP(close_dir) DIR *dir = NULL;
	char path[TILE_PATH], name[NAME];
	struct dirent *d;
	int r;

	if (are_torn(v, t))
		return 0;
	tile_path(&full, path);
	strcat(path, ".p");
	r = open_dir(v, path, &dir);
	while (r == 0 && dir && (d = next_name(dir))) {
		snprintf(name, sizeof(name), "%s/%s", path, d->d_name);
		/* Names that are none are found by verify_names. */
		if (tile_parse(name, &sibling) == 0)
			r = compare_sibling(v, t, &sibling, bytes);
	}
	return r;
}

/* A tile of the log as it is, or as it becomes while we look. */
static int judge_tile(struct verify *v, const char *path, const struct tile *t)
{
	static const struct timespec pause = { 0, LOOK_MS * 1000000L };

	for (int looks = 0; looks < LOOKS; looks++) {
		int r;

		if (tile_within(t, v->newest.size))
			return 0;
		nanosleep(&pause, NULL);
		r = verify_reread(v);
		if (r < 0)
			return r;
	}
	return verify_bad(v, path, "a log of %" PRIu64 " entries has no such file", v->newest.size);
}

static int judge_file(struct verify *v, const char *path)
{
	struct tile t;

	if (!strcmp(path, STORE_CHECKPOINT))
		return 0;
	if (tile_parse(path, &t) < 0)
		return verify_bad(v, path, "no file of a log has such a name");
	return judge_tile(v, path, &t);
}

static int walk(struct verify *v, const char *path);

static int judge_name(struct verify *v, const char *path)
{
	struct stat st;

	if (fstatat(v->dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : verify_bad(v, path, "%s", strerror(errno));
	if (S_ISREG(st.st_mode))
		return judge_file(v, path);
	if (!S_ISDIR(st.st_mode))
		return verify_bad(v, path, "neither a file nor a directory");
	/* What tile_is_dir takes is a few names deep at most, and so is this recursion. */
	if (!tile_is_dir(path))
		return verify_bad(v, path, "no directory of a log has such a name");
	return walk(v, path);
}

static int walk(struct verify *v, const char *path)
{
	CLEANUP(close_dir) DIR *dir = NULL;
	bool top = !strcmp(path, ".");
	char name[NAME];
	struct dirent *d;
	int r = open_dir(v, path, &dir);

	while (r == 0 && dir && (d = next_name(dir))) {
		snprintf(name, sizeof(name), "%s%s%s", top ? "" : path, top ? "" : "/", d->d_name);
		r = judge_name(v, name);
	}
	return r;
}

int verify_names(struct verify *v)
{
	return walk(v, ".");
}
