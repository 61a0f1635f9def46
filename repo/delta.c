#include "repo/delta.h"

#include <string.h>

static int add(void *ctx, const char *path, const struct side *old, const struct side *new,
	struct err *err)
{
	struct deltas *d = ctx;

	(void)err;
	if (!(d->n & (d->n - 1)))
		d->v = xrealloc(d->v, d->n ? d->n * 2 : 1, sizeof(*d->v));
	d->v[d->n++] = (struct delta){ .path = xstrdup(path), .old = *old, .new = *new };
	return 0;
}

int deltas_collect(const struct view *v, const git_oid *old, const git_oid *new, struct deltas *ret,
	struct err *err)
{
	const struct treediff visitor = { .path = add, .ctx = ret };
	int r = treediff_walk(v, old, new, &visitor, err);

	return r < 0 ? r : rename_find(v, ret, err);
}

void deltas_done(struct deltas *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->v[i].path);
	free(d->v);
	*d = (struct deltas){ 0 };
}

const struct side *delta_old(const struct delta *d)
{
	return d->source ? &d->source->old : &d->old;
}

const char *delta_old_path(const struct delta *d)
{
	return d->source ? d->source->path : d->path;
}
