#include "sandbox/sockets.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/path.h"
#include "sandbox/mnt.h"

enum { MAX_DEPTH = 64, LIST_BYTES = 8192 };

struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short len;
	unsigned char type;
	char name[];
};

struct search {
	const struct plan *plan;
	bool nested; /* something is mounted below, perhaps a socket on a file */
	char *path; /* of what is being looked at, as the cage sees it */
	size_t len;
};

static bool is_excused(const struct search *s)
{
	const struct plan_mount *m = s->plan->mounts.v;

	for (size_t i = 0; i < s->plan->mounts.n; i++, m++) {
		if (m->access == PLAN_HIDE && path_is_beneath(s->path, m->target))
			return true;
		if (m->access != PLAN_HIDE && !strcmp(s->path, m->target))
			return true;
	}
	return false;
}

/*
 * A directory that can't be read may still be passed through by who knows what lies in it, and who owns it
 * can open it up: then a socket may be there that we can't see.
 */
static int unseen(int dir, const char *name, int error)
{
	struct stat st;

	if (error == EACCES && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		(st.st_uid == geteuid() || faccessat(dir, name, X_OK, AT_EACCESS) == 0))
		return -EACCES;
	return 0;
}

static int look_in(struct search *s, int dir, int depth);

static int look_at(struct search *s, int dir, const struct entry *e, int depth)
{
	size_t before = s->len, n = strlen(e->name);
	auto_fd int sub = -1;
	int r = 0;

	if (before + 1 + n >= PATH_MAX)
		return -ENAMETOOLONG;
	s->path[before] = '/';
	memcpy(s->path + before + 1, e->name, n + 1);
	s->len += n + 1;
	if (e->type == DT_SOCK && !is_excused(s))
		return -EEXIST;
	if (e->type == DT_DIR && !is_excused(s)) {
		sub = openat(dir, e->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		r = sub < 0 ? unseen(dir, e->name, errno) : look_in(s, sub, depth + 1);
	}
	if (r < 0)
		return r;
	s->len = before;
	s->path[before] = '\0';
	return 0;
}

/* The directory says what a name is, but not what is mounted on it. */
static unsigned char type_of(const struct search *s, int dir, const struct entry *e)
{
	struct stat st;

	if (e->type != DT_UNKNOWN && !(s->nested && e->type == DT_REG))
		return e->type;
	if (fstatat(dir, e->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return DT_UNKNOWN;
	return IFTODT(st.st_mode);
}

static int look_at_all(struct search *s, int dir, char *list, long n, int depth)
{
	int r = 0;

	for (long at = 0; r == 0 && at < n;) {
		struct entry *e = (struct entry *)(void *)(list + at);

		at += e->len;
		if (!strcmp(e->name, ".") || !strcmp(e->name, ".."))
			continue;
		e->type = type_of(s, dir, e);
		if (e->type == DT_SOCK || e->type == DT_DIR)
			r = look_at(s, dir, e, depth);
	}
	return r;
}

static int look_in(struct search *s, int dir, int depth)
{
	_Alignas(struct entry) char list[LIST_BYTES];

	if (depth > MAX_DEPTH)
		return -ELOOP;
	for (;;) {
		long n = syscall(SYS_getdents64, dir, list, sizeof(list));
		int r;

		if (n <= 0)
			return n < 0 ? -errno : 0;
		r = look_at_all(s, dir, list, n, depth);
		if (r < 0)
			return r;
	}
}

int sockets_find(int dir, const struct plan_mount *m, const struct plan *plan, char *found)
{
	auto_fd int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_fd int alone = -1;
	struct search s = { .plan = plan, .path = found, .len = strlen(m->target) };

	if (fd < 0)
		return errno == EACCES ? unseen(dir, ".", EACCES) : -errno;
	/* In a user namespace a mount that others lie on can't be copied without them. */
	alone = mnt_clone(dir, "", false);
	s.nested = alone < 0;
	memcpy(found, m->target, s.len + 1);
	return look_in(&s, fd, 0);
}
