#include "repo/gitindex.h"

#include <arpa/inet.h>
#include <string.h>

#include "repo/git.h"
#include "repo/sha1.h"

enum { NAME_MASK = 0xfff, ALIGN = 8 };

static void add_u32(struct buf *out, uint32_t n)
{
	n = htonl(n);
	buf_add(out, &n, sizeof(n));
}

static void add_u16(struct buf *out, uint16_t n)
{
	n = htons(n);
	buf_add(out, &n, sizeof(n));
}

static void push(struct gitindex *x, const char *name)
{
	struct gitindex_dir *d = xcalloc(1, sizeof(*d));

	d->name = xstrdup(name);
	d->up = x->dir;
	x->dir = d;
}

static void pop(struct gitindex *x)
{
	struct gitindex_dir *d = x->dir;

	x->dir = d->up;
	free(d->name);
	buf_done(&d->cached);
	free(d);
}

void gitindex_begin(struct gitindex *x, uint32_t mtime)
{
	*x = (struct gitindex){ .mtime = mtime };
	push(x, "");
}

void gitindex_add(
	struct gitindex *x, const char *path, uint32_t mode, uint64_t size, const git_oid *id)
{
	static const char zeros[ALIGN];
	size_t start = x->entries.len, len = strlen(path), used;
	bool times = !mode_is(mode, GIT_FILEMODE_COMMIT);

	add_u32(&x->entries, 0); /* ctime */
	add_u32(&x->entries, 0);
	add_u32(&x->entries, times ? x->mtime : 0);
	add_u32(&x->entries, 0);
	add_u32(&x->entries, 0); /* device, inode */
	add_u32(&x->entries, 0);
	add_u32(&x->entries, mode);
	add_u32(&x->entries, 0); /* owner, group */
	add_u32(&x->entries, 0);
	add_u32(&x->entries, (uint32_t)size);
	buf_add(&x->entries, id->id, GIT_OID_RAWSZ);
	add_u16(&x->entries, (uint16_t)(len < NAME_MASK ? len : NAME_MASK));
	buf_add(&x->entries, path, len);
	used = x->entries.len - start;
	buf_add(&x->entries, zeros, ALIGN - used % ALIGN);
	x->dir->files++;
	x->n++;
}

void gitindex_enter(struct gitindex *x, const char *name)
{
	push(x, name);
}

/* One directory of the TREE extension: its own line first, then those beneath it. */
static void add_cached(struct buf *out, const struct gitindex_dir *d, const git_oid *tree)
{
	buf_add(out, d->name, strlen(d->name) + 1);
	buf_addf(out, "%llu %llu\n", (unsigned long long)d->files, (unsigned long long)d->dirs);
	buf_add(out, tree->id, GIT_OID_RAWSZ);
	buf_add(out, buf_str(&d->cached), d->cached.len);
}

void gitindex_leave(struct gitindex *x, const git_oid *tree)
{
	struct gitindex_dir *d = x->dir;

	add_cached(&d->up->cached, d, tree);
	d->up->files += d->files;
	d->up->dirs++;
	pop(x);
}

void gitindex_end(struct gitindex *x, const git_oid *tree, struct buf *out)
{
	unsigned char digest[SHA1_LEN];
	struct sha1 hash;

	add_cached(&x->cached, x->dir, tree);
	buf_adds(out, "DIRC");
	add_u32(out, 2);
	add_u32(out, x->n);
	buf_add(out, buf_str(&x->entries), x->entries.len);
	buf_adds(out, "TREE");
	add_u32(out, (uint32_t)x->cached.len);
	buf_add(out, buf_str(&x->cached), x->cached.len);
	sha1_init(&hash);
	sha1_add(&hash, out->data, out->len);
	sha1_end(&hash, digest);
	buf_add(out, digest, sizeof(digest));
}

void gitindex_done(struct gitindex *x)
{
	while (x->dir)
		pop(x);
	buf_done(&x->entries);
	buf_done(&x->cached);
}
