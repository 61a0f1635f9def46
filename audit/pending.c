#include "audit/pending.h"

#include <string.h>

void pending_done(struct pending *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].path);
		buf_done(&p->v[i].bytes);
	}
	free(p->v);
	buf_done(&p->checkpoint);
	*p = (struct pending)PENDING_INIT;
}

void pending_add(struct pending *p, const char *path, const void *data, size_t len)
{
	struct pending_file *f;

	if (p->n == p->room) {
		p->room = p->room ? 2 * p->room : 8;
		p->v = xrealloc(p->v, p->room, sizeof(*p->v));
	}
	f = &p->v[p->n++];
	*f = (struct pending_file){ xstrdup(path), BUF_INIT };
	buf_add(&f->bytes, data, len);
}

static bool is_there(const struct pending_file *f, int dir)
{
	auto_buf struct buf there = BUF_INIT;

	return store_get(dir, f->path, f->bytes.len, &there, NULL) == 0 &&
	       there.len == f->bytes.len && !memcmp(buf_str(&there), f->bytes.data, there.len);
}

static int compare_paths(const void *a, const void *b)
{
	const struct pending_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

void pending_prune(struct pending *p, int dir)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct pending_file f = p->v[i];

		if (!is_there(&f, dir)) {
			p->v[kept++] = f;
			continue;
		}
		free(f.path);
		buf_done(&f.bytes);
	}
	p->n = kept;
	if (kept)
		qsort(p->v, kept, sizeof(*p->v), compare_paths);
}

const struct buf *pending_find(const struct pending *p, const char *path)
{
	struct pending_file key = { (char *)path, BUF_INIT };
	const struct pending_file *f =
		p->n ? bsearch(&key, p->v, p->n, sizeof(*p->v), compare_paths) : NULL;

	return f ? &f->bytes : NULL;
}

bool pending_is_empty(const struct pending *p)
{
	return !p->n && !p->checkpoint.len;
}

int pending_write(const struct pending *p, const struct store *s, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < p->n && r == 0; i++)
		r = store_put(s, p->v[i].path, p->v[i].bytes.data, p->v[i].bytes.len, err);
	if (r == 0 && p->checkpoint.len)
		r = store_put(s, STORE_CHECKPOINT, p->checkpoint.data, p->checkpoint.len, err);
	return r;
}
