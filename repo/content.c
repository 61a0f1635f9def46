#include "repo/content.h"

#include <stdio.h>
#include <string.h>

enum { LOOKED_AT = 8000 };

bool content_is_binary(const void *data, size_t len)
{
	return memchr(data, '\0', len < LOOKED_AT ? len : LOOKED_AT);
}

void content_done(struct content *c)
{
	git_odb_object_free(c->blob);
	*c = (struct content){ 0 };
}

/* Counts the lines of a blob that comes in pieces. */
struct counter {
	uint64_t seen, lines;
	bool binary, open; /* open: the last byte was not a newline */
};

static int count_piece(void *ctx, const void *data, size_t len, struct err *err)
{
	struct counter *c = ctx;
	const char *p = data, *end = p + len;

	(void)err;
	if (!c->seen && content_is_binary(data, len))
		c->binary = true;
	if (c->binary)
		return 1;
	c->seen += len;
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));

		c->lines += newline != NULL;
		c->open = !newline;
		p = newline ? newline + 1 : end;
	}
	return 0;
}

static void take_counts(struct content *c, const struct counter *n)
{
	c->binary = n->binary;
	c->lines = n->binary ? 0 : n->lines + n->open;
}

static int read_small(const struct view *v, const git_oid *id, struct content *c, struct err *err)
{
	struct counter n = { 0 };
	int r = view_read(v, id, &c->blob, err);

	if (r < 0)
		return r;
	c->data = git_odb_object_data(c->blob);
	if (count_piece(&n, c->data, git_odb_object_size(c->blob), NULL) != 0)
		n.binary = true;
	take_counts(c, &n);
	return 0;
}

static int read_large(const struct view *v, const git_oid *id, struct content *c, struct err *err)
{
	struct counter n = { 0 };
	int r = view_stream(v, id, count_piece, &n, err);

	if (r < 0)
		return r;
	take_counts(c, &n);
	return 0;
}

static void read_submodule(const git_oid *id, struct content *c)
{
	char hex[REPO_ID_HEX + 1];

	git_oid_tostr(hex, sizeof(hex), id);
	c->size = (uint64_t)snprintf(c->text, sizeof(c->text), "Subproject commit %s\n", hex);
	c->data = c->text;
	c->lines = 1;
}

int content_read(
	const struct view *v, const struct side *side, struct content *ret, struct err *err)
{
	int r;

	*ret = (struct content){ .data = "" };
	if (!side->mode)
		return 0;
	if (mode_is(side->mode, GIT_FILEMODE_COMMIT)) {
		read_submodule(&side->id, ret);
		return 0;
	}
	r = view_size(v, &side->id, &ret->size, err);
	if (r < 0)
		return r;
	ret->data = NULL;
	if (ret->size <= CONTENT_MAX_COMPARED)
		return read_small(v, &side->id, ret, err);
	ret->binary = ret->size > CONTENT_BIG_FILE;
	return ret->binary ? 0 : read_large(v, &side->id, ret, err);
}

bool content_comparable(const struct content *old, const struct content *new)
{
	return !old->binary && !new->binary && old->data &&new->data &&
	       old->lines + new->lines <= CONTENT_MAX_LINES;
}

struct tally {
	uint64_t added, removed;
};

static int tally_line(const git_diff_delta *delta, const git_diff_hunk *hunk,
	const git_diff_line *line, void *ctx)
{
	struct tally *t = ctx;

	(void)delta, (void)hunk;
	t->added += line->origin == GIT_DIFF_LINE_ADDITION;
	t->removed += line->origin == GIT_DIFF_LINE_DELETION;
	return 0;
}

static int compare(
	const struct content *old, const struct content *new, struct tally *t, struct err *err)
{
	git_diff_options options;
	int r = git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);

	options.context_lines = 0;
	options.flags = GIT_DIFF_FORCE_TEXT;
	if (r == 0)
		r = git_diff_buffers(old->data, old->size, NULL, new->data, new->size, NULL,
			&options, NULL, NULL, NULL, tally_line, t);
	return r < 0 ? repo_fail(err, r, "compare two files") : 0;
}

int content_count(const struct content *old, const struct content *new, uint64_t *ret_added,
	uint64_t *ret_removed, struct err *err)
{
	struct tally t = { new->lines, old->lines };
	int r = 0;

	if (old->lines && new->lines && content_comparable(old, new)) {
		t = (struct tally){ 0 };
		r = compare(old, new, &t, err);
	}
	if (r < 0)
		return r;
	*ret_added = t.added;
	*ret_removed = t.removed;
	return 0;
}
