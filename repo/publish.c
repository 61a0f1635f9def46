#include "repo/publish.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/text.h"
#include "repo/repo.h"
#include "repo/upper.h"

/* Above this, one call for the whole file system is cheaper than one a file. */
enum { SYNC_EACH = 32, CHUNK = 1 << 20, OBJECT_MODE = 0444 };

enum { DIR_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

struct move {
	int from, to; /* object directories */
	mode_t mode; /* of to */
	uint64_t n; /* files moved */
};

/* One directory on both sides. */
struct place {
	int from, to;
};

static bool is_few(const struct move *m)
{
	return m->n < SYNC_EACH;
}

static int sync_file(int dirfd, const char *name)
{
	auto_fd int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int pour(int from, int to)
{
	auto_free char *chunk = xcalloc(CHUNK, 1);
	size_t n = CHUNK;
	int r = 0;

	while (r == 0 && n == CHUNK) {
		r = io_read_full(from, chunk, CHUNK, &n);
		if (r == 0)
			r = io_write_all(to, chunk, n);
	}
	return r == 0 && fchmod(to, OBJECT_MODE) < 0 ? -errno : r;
}

/* Under a name that git takes for an unfinished object first: it removes those of old. */
static int copy(const struct place *p, const char *name, bool sync)
{
	auto_free char *temp = xasprintf("tmp_obj_%d", getpid());
	auto_fd int from = openat(p->from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	auto_fd int to = -1;
	int r;

	if (from < 0)
		return -errno;
	to = openat(p->to, temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	r = pour(from, to);
	if (r == 0 && sync && fsync(to) < 0)
		r = -errno;
	if (r == 0 && renameat(p->to, temp, p->to, name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(p->to, temp, 0);
	return r;
}

static int move_file(struct move *m, const struct place *p, const char *name)
{
	int r = 0;

	if (faccessat(p->to, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (is_few(m))
		r = sync_file(p->from, name);
	if (r == 0 && renameat(p->from, name, p->to, name) < 0)
		r = errno == EXDEV ? copy(p, name, is_few(m)) : -errno;
	m->n += r == 0;
	return r;
}

/* As its parent is: repositories that a group shares depend on it. */
static int make_dir(const struct move *m, const char *name, int *ret)
{
	bool made = mkdirat(m->to, name, 0777) == 0;
	auto_fd int fd = -1;

	if (!made && errno != EEXIST)
		return -errno;
	fd = openat(m->to, name, DIR_FLAGS);
	if (fd < 0 || (made && fchmod(fd, m->mode) < 0))
		return -errno;
	*ret = steal_fd(&fd);
	return 0;
}

typedef bool (*wanted_fn)(const char *name);

static bool is_hex(const char *name, size_t len)
{
	return strspn(name, "0123456789abcdef") == len && !name[len];
}

static bool is_object(const char *name)
{
	return is_hex(name, REPO_ID_HEX - 2);
}

static bool is_pack(const char *name)
{
	return text_starts(name, "pack-") && text_ends(name, ".pack");
}

/* The index is what makes a pack known: it comes after. */
static bool is_pack_index(const char *name)
{
	return text_starts(name, "pack-") && text_ends(name, ".idx");
}

static int move_files(struct move *m, const struct place *p, wanted_fn wanted)
{
	auto_strs struct strs names = { 0 };
	int r = upper_list(p->from, &names);

	for (size_t i = 0; r == 0 && i < names.n; i++)
		if (wanted(names.v[i]))
			r = move_file(m, p, names.v[i]);
	return r;
}

static int move_dir(struct move *m, const char *dir, const wanted_fn *wanted, size_t n)
{
	auto_fd int from = openat(m->from, dir, DIR_FLAGS);
	auto_fd int to = -1;
	struct place p = { .from = from };
	int r;

	if (from < 0)
		return errno == ENOENT ? 0 : -errno;
	r = make_dir(m, dir, &to);
	p.to = to;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = move_files(m, &p, wanted[i]);
	return r == 0 && is_few(m) && fsync(to) < 0 ? -errno : r;
}

static int move_all(struct move *m)
{
	static const wanted_fn object[] = { is_object };
	static const wanted_fn pack[] = { is_pack, is_pack_index };
	auto_strs struct strs names = { 0 };
	int r = upper_list(m->from, &names);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		if (is_hex(names.v[i], 2))
			r = move_dir(m, names.v[i], object, ARRAY_SIZE(object));
		else if (!strcmp(names.v[i], "pack"))
			r = move_dir(m, names.v[i], pack, ARRAY_SIZE(pack));
	}
	if (r < 0)
		return r;
	return (is_few(m) ? fsync(m->to) : syncfs(m->to)) < 0 ? -errno : 0;
}

static int run(void *ctx, struct err *err)
{
	(void)err;
	return move_all(ctx);
}

static int give_names(int dir, const struct owner *owner)
{
	auto_strs struct strs names = { 0 };
	int r = upper_list(dir, &names);

	for (size_t i = 0; r == 0 && i < names.n; i++)
		if (fchownat(dir, names.v[i], owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW) < 0)
			r = -errno;
	return r < 0 || fchown(dir, owner->uid, owner->gid) == 0 ? r : -errno;
}

/* It lies where nobody but us comes to, so that no name in it changes its meaning meanwhile. */
static int give(int from, const struct owner *owner)
{
	auto_strs struct strs names = { 0 };
	int r = upper_list(from, &names);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		auto_fd int dir = openat(from, names.v[i], DIR_FLAGS);

		if (dir >= 0)
			r = give_names(dir, owner);
		else if (errno != ENOTDIR)
			r = -errno;
	}
	return r < 0 ? r : give_names(from, owner);
}

int publish_objects(const char *from, const char *to, const struct owner *owner, struct err *err)
{
	auto_fd int from_fd = -1;
	auto_fd int to_fd = -1;
	struct move m = { 0 };
	struct stat st;
	int r = dir_open(AT_FDCWD, from, &from_fd, err);

	if (r < 0)
		return r;
	to_fd = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to_fd < 0 || fstat(to_fd, &st) < 0)
		return err_set(err, -errno, "open '%s'", to);
	m = (struct move){ .from = from_fd, .to = to_fd, .mode = st.st_mode & 07777 };
	r = owner_is_other(owner) ? give(from_fd, owner) : 0;
	if (r == 0)
		r = owner_do(owner, run, &m, NULL);
	return r < 0 ? err_set(err, r, "put objects into '%s'", to) : 0;
}

static int check_dir(int to, const char *name)
{
	auto_fd int fd = openat(to, name, DIR_FLAGS);

	return fd < 0 || faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

int publish_check(const char *to, struct err *err)
{
	auto_strs struct strs names = { 0 };
	auto_fd int fd = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? -errno : upper_list(fd, &names);

	if (r == 0)
		r = check_dir(fd, ".");
	if (r < 0)
		return err_set(err, r, "write to '%s', where the change is to go", to);
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.v[i];

		if (!is_hex(name, 2) && strcmp(name, "pack") != 0)
			continue;
		r = check_dir(fd, name);
		if (r < 0)
			return err_set(
				err, r, "write to '%s/%s', where the change is to go", to, name);
	}
	return 0;
}
