#include "repo/pack.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/io.h"
#include "base/path.h"
#include "repo/git.h"
#include "repo/sha1.h"

/*
 * git's Documentation/gitformat-pack: "PACK", version, number of objects; objects; SHA-1 of it all.
 */
enum { HEADER = 12, COUNT_AT = 8, SPILL = 1 << 20, CHUNK = 1 << 20, MODE = 0444 };

struct pack {
	char *dir; /* objects/pack */
	char *temp; /* the file until it is indexed */
	int fd;
	uint32_t n;
	z_stream z;
	struct buf out; /* not written yet */
};

static int spill(struct pack *p, struct err *err)
{
	int r = io_write_all(p->fd, buf_str(&p->out), p->out.len);

	buf_truncate(&p->out, 0);
	return r < 0 ? err_set(err, r, "write '%s'", p->temp) : 0;
}

static int open_temp(struct pack *p, struct err *err)
{
	static const char header[HEADER] = "PACK\0\0\0\2";

	p->temp = xasprintf("%s/.writing-XXXXXX", p->dir);
	p->fd = mkostemp(p->temp, O_CLOEXEC);
	if (p->fd < 0)
		return err_set(err, -errno, "create a pack in '%s'", p->dir);
	buf_add(&p->out, header, sizeof(header));
	return 0;
}

int pack_new(const char *objects, struct pack **ret, struct err *err)
{
	struct pack *p = xcalloc(1, sizeof(*p));
	int r;

	p->fd = -1;
	p->dir = path_join(objects, "pack");
	if (deflateInit(&p->z, Z_BEST_SPEED) != Z_OK)
		abort();
	r = dir_make(AT_FDCWD, p->dir, 0755, err);
	if (r == 0)
		r = open_temp(p, err);
	if (r < 0) {
		pack_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

/* Four bits of the size beside the type, then seven in each byte, the lowest first. */
static void add_header(struct buf *out, git_object_t type, size_t len)
{
	unsigned char byte = (unsigned char)((unsigned int)type << 4 | (len & 15));

	for (len >>= 4; len; len >>= 7) {
		buf_addc(out, (char)(byte | 0x80));
		byte = len & 0x7f;
	}
	buf_addc(out, (char)byte);
}

int pack_add(struct pack *p, git_object_t type, const void *data, size_t len, struct err *err)
{
	size_t bound = deflateBound(&p->z, len);

	if (p->n == UINT32_MAX || len > UINT32_MAX || bound > UINT32_MAX)
		return err_say(err, -EFBIG, "a pack does not hold that much");
	add_header(&p->out, type, len);
	buf_reserve(&p->out, bound);
	deflateReset(&p->z);
	p->z.next_in = (unsigned char *)(uintptr_t)data;
	p->z.avail_in = (unsigned int)len;
	p->z.next_out = (unsigned char *)p->out.data + p->out.len;
	p->z.avail_out = (unsigned int)bound;
	if (deflate(&p->z, Z_FINISH) != Z_STREAM_END)
		return err_say(err, -EIO, "compress an object: zlib gave up");
	p->out.len += p->z.total_out;
	p->n++;
	return p->out.len < SPILL ? 0 : spill(p, err);
}

static int finish_header(struct pack *p, struct err *err)
{
	uint32_t n = htonl(p->n);
	int r = spill(p, err);

	if (r < 0)
		return r;
	if (pwrite(p->fd, &n, sizeof(n), COUNT_AT) != sizeof(n) || lseek(p->fd, 0, SEEK_SET) < 0)
		return err_set(err, -errno, "write '%s'", p->temp);
	return 0;
}

static int append(git_indexer *indexer, const void *data, size_t len, struct err *err)
{
	git_indexer_progress progress = { 0 };
	int r = git_indexer_append(indexer, data, len, &progress);

	return r < 0 ? repo_fail(err, r, "index a pack") : 0;
}

/*
 * Hands the file over to libgit2's indexer, which reads every object again, and then its checksum.
 */
static int index_file(struct pack *p, git_indexer *indexer, struct err *err)
{
	auto_free char *chunk = xcalloc(CHUNK, 1);
	unsigned char digest[SHA1_LEN];
	struct sha1 hash;
	size_t n;

	sha1_init(&hash);
	do {
		int r = io_read_full(p->fd, chunk, CHUNK, &n);

		if (r < 0)
			return err_set(err, r, "read '%s'", p->temp);
		sha1_add(&hash, chunk, n);
		r = n ? append(indexer, chunk, n, err) : 0;
		if (r < 0)
			return r;
	} while (n == CHUNK);
	sha1_end(&hash, digest);
	return append(indexer, digest, sizeof(digest), err);
}

int pack_finish(struct pack *p, struct err *err)
{
	auto_git_indexer git_indexer *indexer = NULL;
	git_indexer_progress progress = { 0 };
	int r = finish_header(p, err);

	if (r < 0)
		return r;
	r = git_indexer_new(&indexer, p->dir, MODE, NULL, NULL);
	if (r < 0)
		return repo_fail(err, r, "index a pack");
	r = index_file(p, indexer, err);
	if (r < 0)
		return r;
	r = git_indexer_commit(indexer, &progress);
	return r < 0 ? repo_fail(err, r, "index a pack") : 0;
}

void pack_free(struct pack *p)
{
	if (!p)
		return;
	if (p->fd >= 0) {
		close(p->fd);
		unlink(p->temp);
	}
	deflateEnd(&p->z);
	buf_done(&p->out);
	free(p->dir);
	free(p->temp);
	free(p);
}
