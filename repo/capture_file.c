#include "repo/capture_file.h"

#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "repo/upper.h"

/* Read as a whole up to this size, in pieces above. */
enum { SMALL = 1 << 20, BLOCK = 512 };

void capture_files_done(struct capture_files *f)
{
	idmap_done(&f->inodes);
	buf_done(&f->data);
}

/* Counts what a file claims to hold beyond its blocks; false when that is too much. */
static bool count_holes(struct capture_files *f, const struct stat *st)
{
	uint64_t size = (uint64_t)st->st_size, held = (uint64_t)st->st_blocks * BLOCK;

	if (size <= held)
		return true;
	if (size - held > CAPTURE_MAX_HOLES - f->holes)
		return false;
	f->holes += size - held;
	return true;
}

static int fail_read(int r, struct err *err)
{
	return err_set(err, r, "read it");
}

static int take_small(struct capture_files *f, int fd, const struct capture_source *s, git_oid *ret,
	struct err *err)
{
	size_t size = (size_t)s->st.st_size, n;
	int r;

	buf_truncate(&f->data, 0);
	buf_reserve(&f->data, size + 1);
	r = io_read_full(fd, f->data.data, size + 1, &n);
	if (r < 0)
		return fail_read(r, err);
	if (n != size)
		return err_say(err, -EIO, "its size changed while it was being read");
	if (s->base && git_odb_hash(ret, f->data.data, size, GIT_OBJECT_BLOB) == 0 &&
		!git_oid_cmp(ret, s->base))
		return 0;
	return objstore_write(f->store, GIT_OBJECT_BLOB, f->data.data, size, ret, err);
}

/* A large file of the base's size is hashed first, since writing it is what costs. */
static int same_as_base(struct capture_files *f, int fd, const struct capture_source *s,
	bool *ret_same, struct err *err)
{
	uint64_t size = 0;
	char self[32];
	git_oid id;
	int r;

	*ret_same = false;
	if (!s->base)
		return 0;
	r = view_size(f->view, s->base, &size, err);
	if (r < 0 || size != (uint64_t)s->st.st_size)
		return r;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	r = git_odb_hashfile(&id, self, GIT_OBJECT_BLOB);
	if (r < 0)
		return repo_fail(err, r, "hash a file");
	*ret_same = !git_oid_cmp(&id, s->base);
	return 0;
}

static int take_large(struct capture_files *f, int fd, const struct capture_source *s, git_oid *ret,
	struct err *err)
{
	bool same;
	int r = same_as_base(f, fd, s, &same, err);

	if (r == 0 && same)
		*ret = *s->base;
	if (r < 0 || same)
		return r;
	return objstore_write_file(f->store, fd, (uint64_t)s->st.st_size, ret, err);
}

static int check_open(
	const struct capture_files *f, int fd, const struct capture_source *s, struct err *err)
{
	bool marked;
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return fail_read(-errno, err);
	if (!S_ISREG(st.st_mode) || st.st_ino != s->st.st_ino || st.st_dev != s->st.st_dev)
		return err_say(err, -EIO, "it was replaced while it was being read");
	r = f->overlay ? upper_read_whiteout(fd, &marked) : 0;
	if (r == -ENOTSUP)
		return err_say(err, r,
			"the overlay left its bytes in the layer below: mount it with "
			"metacopy=off");
	return r < 0 ? fail_read(r, err) : 0;
}

static int take(struct capture_files *f, const struct capture_source *s, git_oid *ret,
	const char **ret_why, struct err *err)
{
	auto_fd int fd = -1;
	int r = upper_open_file(s->dirfd, s->name, &fd);

	if (r == -EACCES || r == -EPERM) {
		*ret_why = "not even its owner can read it";
		return 0;
	}
	if (r < 0)
		return fail_read(r, err);
	r = check_open(f, fd, s, err);
	if (r < 0)
		return r;
	return s->st.st_size <= SMALL ? take_small(f, fd, s, ret, err)
				      : take_large(f, fd, s, ret, err);
}

/* A key for a file that may be met again under another name. */
static git_oid inode_key(const struct stat *st)
{
	git_oid key = { 0 };

	memcpy(key.id, &st->st_dev, sizeof(st->st_dev));
	memcpy(key.id + sizeof(st->st_dev), &st->st_ino, sizeof(st->st_ino));
	return key;
}

int capture_file(struct capture_files *f, const struct capture_source *s, git_oid *ret,
	const char **ret_why, struct err *err)
{
	git_oid key = inode_key(&s->st);
	git_oid *known = NULL;
	bool new = true;
	int r;

	*ret_why = NULL;
	if (s->st.st_nlink > 1)
		known = idmap_put(&f->inodes, &key, &new);
	if (!new && !git_oid_is_zero(known)) {
		*ret = *known;
		return 0;
	}
	if (!count_holes(f, &s->st)) {
		*ret_why = "it is mostly holes, and too large";
		return 0;
	}
	r = take(f, s, ret, ret_why, err);
	if (known && r == 0 && !*ret_why)
		*known = *ret;
	return r;
}
