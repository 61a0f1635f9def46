#include "repo/objstore.h"

#include <fcntl.h>
#include <git2/sys/odb_backend.h>

#include "base/io.h"
#include "repo/idmap.h"
#include "repo/pack.h"

enum { FASTEST = 1, DIR_MODE = 0755, FILE_MODE = 0444, PIECE = 1 << 20 };

struct objstore {
	char *dir;
	git_odb *odb; /* loose objects in dir, nothing else */
	size_t loose_max;
	struct idmap ids; /* what was written */
	struct pack *pack;
};

static int open_loose(struct objstore *s, struct err *err)
{
	git_odb_backend *backend = NULL;
	int r = git_odb_new(&s->odb);

	if (r == 0)
		r = git_odb_backend_loose(&backend, s->dir, FASTEST, 0, DIR_MODE, FILE_MODE);
	if (r == 0)
		r = git_odb_add_backend(s->odb, backend, 1);
	return r < 0 ? repo_fail(err, r, "open object directory '%s'", s->dir) : 0;
}

int objstore_open(const char *dir, size_t loose_max, struct objstore **ret, struct err *err)
{
	struct objstore *s;
	int r = dir_make(AT_FDCWD, dir, DIR_MODE, err);

	if (r < 0)
		return r;
	s = xcalloc(1, sizeof(*s));
	s->dir = xstrdup(dir);
	s->loose_max = loose_max;
	r = open_loose(s, err);
	if (r < 0) {
		objstore_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

static int fail(const struct objstore *s, int r, struct err *err)
{
	return repo_fail(err, r, "write an object into '%s'", s->dir);
}

static int write_packed(
	struct objstore *s, git_object_t type, const void *data, size_t len, struct err *err)
{
	int r = s->pack ? 0 : pack_new(s->dir, &s->pack, err);

	return r < 0 ? r : pack_add(s->pack, type, data, len, err);
}

int objstore_write(struct objstore *s, git_object_t type, const void *data, size_t len,
	git_oid *ret, struct err *err)
{
	git_oid id;
	bool new;
	int r = git_odb_hash(&id, data, len, type);

	if (r < 0)
		return fail(s, r, err);
	*ret = id;
	idmap_put(&s->ids, &id, &new);
	if (!new)
		return 0;
	if (s->ids.n > s->loose_max && len <= OBJSTORE_LARGE)
		return write_packed(s, type, data, len, err);
	r = git_odb_write(&id, s->odb, data, len, type);
	return r < 0 ? fail(s, r, err) : 0;
}

static int write_pieces(
	struct objstore *s, git_odb_stream *stream, int fd, uint64_t size, struct err *err)
{
	auto_free char *piece = xcalloc(PIECE, 1);
	uint64_t left = size;
	size_t n = 1;

	/* One read beyond the end shows that there is no more. */
	while (n) {
		int r = io_read_full(fd, piece, PIECE, &n);

		if (r < 0)
			return err_set(err, r, "read a file");
		if (n > left || (n == 0 && left))
			return err_say(err, -EIO, "its size changed while it was being read");
		r = n ? git_odb_stream_write(stream, piece, n) : 0;
		if (r < 0)
			return fail(s, r, err);
		left -= n;
	}
	return 0;
}

static int finish(struct objstore *s, git_odb_stream *stream, git_oid *ret, struct err *err)
{
	bool new;
	int r = git_odb_stream_finalize_write(ret, stream);

	if (r < 0)
		return fail(s, r, err);
	idmap_put(&s->ids, ret, &new);
	return 0;
}

int objstore_write_file(struct objstore *s, int fd, uint64_t size, git_oid *ret, struct err *err)
{
	auto_git_stream git_odb_stream *stream = NULL;
	int r = git_odb_open_wstream(&stream, s->odb, size, GIT_OBJECT_BLOB);

	if (r < 0)
		return fail(s, r, err);
	r = write_pieces(s, stream, fd, size, err);
	return r < 0 ? r : finish(s, stream, ret, err);
}

struct copy {
	struct objstore *store;
	git_odb_stream *stream;
};

static int copy_piece(void *ctx, const void *data, size_t len, struct err *err)
{
	struct copy *c = ctx;
	int r = git_odb_stream_write(c->stream, data, len);

	return r < 0 ? fail(c->store, r, err) : 0;
}

static int copy_large(
	struct objstore *s, const struct view *v, const git_oid *id, uint64_t size, struct err *err)
{
	auto_git_stream git_odb_stream *stream = NULL;
	struct copy c = { .store = s };
	git_oid copied;
	int r = git_odb_open_wstream(&stream, s->odb, size, GIT_OBJECT_BLOB);

	if (r < 0)
		return fail(s, r, err);
	c.stream = stream;
	r = view_stream(v, id, copy_piece, &c, err);
	return r < 0 ? r : finish(s, stream, &copied, err);
}

int objstore_copy(struct objstore *s, const struct view *v, const git_oid *id, struct err *err)
{
	auto_git_blob git_odb_object *object = NULL;
	uint64_t size;
	git_oid copied;
	int r = view_size(v, id, &size, err);

	if (r == 0 && size > OBJSTORE_LARGE)
		return copy_large(s, v, id, size, err);
	if (r == 0)
		r = view_read(v, id, &object, err);
	if (r < 0)
		return r;
	return objstore_write(s, git_odb_object_type(object), git_odb_object_data(object),
		git_odb_object_size(object), &copied, err);
}

int objstore_finish(struct objstore *s, struct err *err)
{
	return s->pack ? pack_finish(s->pack, err) : 0;
}

void objstore_free(struct objstore *s)
{
	if (!s)
		return;
	pack_free(s->pack);
	git_odb_free(s->odb);
	idmap_done(&s->ids);
	free(s->dir);
	free(s);
}
