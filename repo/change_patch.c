#include <stdio.h>
#include <string.h>

#include "repo/change_view.h"
#include "repo/content.h"
#include "repo/quote.h"

/* Goes on while there is room; libgit2 ends a comparison when a callback says anything but 0. */
struct patch {
	struct buf *out;
	size_t max;
};

static bool is_full(const struct patch *p)
{
	return p->out->len > p->max;
}

static int put_hunk(const git_diff_delta *delta, const git_diff_hunk *hunk, void *ctx)
{
	struct patch *p = ctx;

	(void)delta;
	buf_add(p->out, hunk->header, hunk->header_len);
	return is_full(p);
}

static int put_line(const git_diff_delta *delta, const git_diff_hunk *hunk,
	const git_diff_line *line, void *ctx)
{
	struct patch *p = ctx;

	(void)delta, (void)hunk;
	if (line->origin == GIT_DIFF_LINE_CONTEXT || line->origin == GIT_DIFF_LINE_ADDITION ||
		line->origin == GIT_DIFF_LINE_DELETION)
		buf_addc(p->out, line->origin);
	buf_add(p->out, line->content, line->content_len);
	return is_full(p);
}

static int put_hunks(
	struct patch *p, const struct content *old, const struct content *new, struct err *err)
{
	git_diff_options options;
	int r = git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);

	options.flags = GIT_DIFF_FORCE_TEXT | GIT_DIFF_INDENT_HEURISTIC;
	if (r == 0)
		r = git_diff_buffers(old->data, old->size, NULL, new->data, new->size, NULL,
			&options, NULL, NULL, put_hunk, put_line, p);
	return r < 0 && !is_full(p) ? repo_fail(err, r, "compare two files") : 0;
}

/* One file as it is shown: both sides with their paths, one of them perhaps not there. */
struct shown {
	const char *old_path, *path;
	const struct side *old, *new;
	const struct delta *delta;
};

static void put_names(struct buf *out, const struct shown *s)
{
	buf_adds(out, "diff --git ");
	quote_add(out, "a/", s->old_path, false);
	buf_addc(out, ' ');
	quote_add(out, "b/", s->path, false);
	buf_addc(out, '\n');
}

static void put_modes(struct buf *out, const struct shown *s)
{
	if (!s->old->mode)
		buf_addf(out, "new file mode %06o\n", s->new->mode);
	else if (!s->new->mode)
		buf_addf(out, "deleted file mode %06o\n", s->old->mode);
	else if (s->old->mode != s->new->mode)
		buf_addf(out, "old mode %06o\nnew mode %06o\n", s->old->mode, s->new->mode);
}

static void put_rename(struct buf *out, const struct shown *s)
{
	const char *what = s->delta->copied ? "copy" : "rename";

	if (!s->delta->source)
		return;
	buf_addf(out, "similarity index %d%%\n%s from ", s->delta->score * 100 / DELTA_MAX_SCORE,
		what);
	quote_add(out, "", s->old_path, false);
	buf_addf(out, "\n%s to ", what);
	quote_add(out, "", s->path, false);
	buf_addc(out, '\n');
}

static void put_ids(struct buf *out, const struct shown *s)
{
	char old[REPO_ID_HEX + 1], new[REPO_ID_HEX + 1];

	git_oid_tostr(old, sizeof(old), &s->old->id);
	git_oid_tostr(new, sizeof(new), &s->new->id);
	buf_addf(out, "index %s..%s", old, new);
	if (s->old->mode == s->new->mode)
		buf_addf(out, " %06o", s->new->mode);
	buf_addc(out, '\n');
}

static void put_side(struct buf *out, const struct side *side, const char *prefix, const char *path,
	bool ends_line)
{
	if (side->mode)
		quote_add(out, prefix, path, ends_line);
	else
		buf_adds(out, "/dev/null");
}

static void put_binary(struct buf *out, const struct shown *s)
{
	buf_adds(out, "Binary files ");
	put_side(out, s->old, "a/", s->old_path, false);
	buf_adds(out, " and ");
	put_side(out, s->new, "b/", s->path, false);
	buf_adds(out, " differ\n");
}

static int put_content(
	struct patch *p, const struct view *v, const struct shown *s, struct err *err)
{
	auto_content struct content old = { 0 };
	auto_content struct content new = { 0 };
	int r = content_read(v, s->old, &old, err);

	if (r == 0)
		r = content_read(v, s->new, &new, err);
	if (r < 0 || (!old.size && !new.size))
		return r;
	if (!content_comparable(&old, &new)) {
		put_binary(p->out, s);
		return 0;
	}
	buf_adds(p->out, "--- ");
	put_side(p->out, s->old, "a/", s->old_path, true);
	buf_adds(p->out, "\n+++ ");
	put_side(p->out, s->new, "b/", s->path, true);
	buf_addc(p->out, '\n');
	return put_hunks(p, &old, &new, err);
}

static int put_file(struct patch *p, const struct view *v, const struct shown *s, struct err *err)
{
	put_names(p->out, s);
	put_modes(p->out, s);
	put_rename(p->out, s);
	if (!git_oid_cmp(&s->old->id, &s->new->id))
		return 0;
	put_ids(p->out, s);
	return put_content(p, v, s, err);
}

/* Where a path changes its type, what was there goes and something else comes. */
static int put_delta(struct patch *p, const struct view *v, const struct delta *d, struct err *err)
{
	static const struct side nothing;
	const struct side *old = delta_old(d);
	struct shown s = { delta_old_path(d), d->path, old, &d->new, d };
	int r;

	if (!old->mode || !d->new.mode || mode_is(old->mode, d->new.mode))
		return put_file(p, v, &s, err);
	s.new = &nothing;
	r = put_file(p, v, &s, err);
	s.old = &nothing;
	s.new = &d->new;
	return r < 0 ? r : put_file(p, v, &s, err);
}

/* Cuts at the end of a line. */
static void cut(struct buf *out, size_t start, size_t max)
{
	size_t len = max;

	while (len > start && out->data[len - 1] != '\n')
		len--;
	buf_truncate(out, len);
}

int change_patch(
	const struct change *change, size_t max, struct buf *out, bool *ret_cut, struct err *err)
{
	auto_change_view struct change_view v = { 0 };
	auto_deltas struct deltas deltas = { 0 };
	size_t start = out->len;
	struct patch p = { out, start + max };
	int r = change_view_open(change, &v, err);

	if (r == 0)
		r = deltas_collect(&v.view, change_view_old(&v), &v.new, &deltas, err);
	for (size_t i = 0; r == 0 && i < deltas.n && !is_full(&p); i++)
		if (!deltas.v[i].moved)
			r = put_delta(&p, &v.view, &deltas.v[i], err);
	if (r < 0)
		return err_prefix(err, r, "show the change");
	*ret_cut = is_full(&p);
	if (*ret_cut)
		cut(out, start, start + max);
	return 0;
}
