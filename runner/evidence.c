#include "runner/evidence.h"

#include <fcntl.h>
#include <string.h>

#include "audit/store.h"
#include "base/io.h"

/* So many new files are kept open before they are brought to disk: checks can be thousands. */
enum { MAX_UNSYNCED = 64 };

int evidence_open(const struct ctx *ctx, const char *scratch, struct evidence *ret, struct err *err)
{
	int r;

	*ret = (struct evidence){ .dir = -1, .scratch = -1 };
	ret->path = ctx_state(ctx, "evidence/sha256");
	r = scratch ? store_make_dirs(ret->path, 0700, err) : 0;
	if (r == 0)
		r = dir_open(AT_FDCWD, ret->path, &ret->dir, err);
	if (r == 0 && scratch)
		r = dir_open(AT_FDCWD, scratch, &ret->scratch, err);
	return r;
}

void evidence_close(struct evidence *e)
{
	for (size_t i = 0; i < e->n_unsynced; i++)
		close(e->unsynced[i]);
	free(e->unsynced);
	free(e->path);
	cleanup_fd(&e->dir);
	cleanup_fd(&e->scratch);
	*e = (struct evidence){ .dir = -1, .scratch = -1 };
}

/* Takes fd over. */
static int note_unsynced(struct evidence *e, int fd, struct err *err)
{
	e->unsynced = xrealloc(e->unsynced, e->n_unsynced + 1, sizeof(*e->unsynced));
	e->unsynced[e->n_unsynced++] = fd;
	return e->n_unsynced < MAX_UNSYNCED ? 0 : evidence_sync(e, err);
}

/* Gives a finished file its name; one that is there already has the same bytes. */
static int publish(struct evidence *e, int from_dir, const char *from, const char *digest)
{
	if (renameat(from_dir, from, e->dir, digest) < 0)
		return -errno;
	return 0;
}

int evidence_put(struct evidence *e, const void *data, size_t len, char digest[SHA256_HEX + 1],
	struct err *err)
{
	static const char temp[] = "evidence";
	auto_fd int fd = openat(
		e->scratch, temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : io_write_all(fd, data, len);

	sha256_hex(data, len, digest);
	if (r == 0)
		r = publish(e, e->scratch, temp, digest);
	if (r < 0)
		return err_set(err, r, "store evidence in '%s'", e->path);
	return note_unsynced(e, steal_fd(&fd), err);
}

static int hash_file(int fd, char digest[SHA256_HEX + 1])
{
	auto_free char *chunk = xcalloc(1, 65536);
	unsigned char raw[SHA256_LEN];
	struct sha256 h;
	size_t n = 1;

	sha256_init(&h);
	while (n) {
		int r = io_read_full(fd, chunk, 65536, &n);

		if (r < 0)
			return r;
		sha256_add(&h, chunk, n);
	}
	sha256_end(&h, raw);
	hex_encode(raw, sizeof(raw), digest);
	return 0;
}

int evidence_put_file(
	struct evidence *e, const char *path, char digest[SHA256_HEX + 1], struct err *err)
{
	auto_fd int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int r = fd < 0 ? -errno : hash_file(fd, digest);

	if (r == 0)
		r = publish(e, AT_FDCWD, path, digest);
	if (r < 0)
		return err_set(err, r, "store '%s' in '%s'", path, e->path);
	return note_unsynced(e, steal_fd(&fd), err);
}

int evidence_sync(struct evidence *e, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < e->n_unsynced; i++) {
		if (r == 0 && fdatasync(e->unsynced[i]) < 0)
			r = -errno;
		close(e->unsynced[i]);
	}
	e->n_unsynced = 0;
	if (r == 0 && fsync(e->dir) < 0)
		r = -errno;
	return r < 0 ? err_set(err, r, "bring '%s' to disk", e->path) : 0;
}

int evidence_get(
	struct evidence *e, const char *digest, size_t max, struct buf *out, struct err *err)
{
	char now[SHA256_HEX + 1];
	int r = file_read(e->dir, digest, max, out, err);

	if (r < 0)
		return err_prefix(err, r, "evidence");
	sha256_hex(buf_str(out), out->len, now);
	if (strcmp(now, digest) != 0)
		return err_say(err, -EBADMSG, "evidence %s has been changed", digest);
	return 0;
}
