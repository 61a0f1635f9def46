/*
 * Taking a pattern apart. What a star stands for is put down with the place behind it, so that the
 * automaton has no steps that take no byte, but for one: a double star and slash may be skipped. A run
 * of those matches what one of them matches, so only one is kept and no two skips follow each other.
 */
#include "policy/pattern_glob.h"

#include <string.h>

struct parser {
	struct glob *g;
	const char *text;
	size_t len, at;
	size_t literal; /* length of what stands before the first special byte */
	enum glob_hold hold; /* what the next place gets */
};

static struct glob_place *add_place(struct parser *p)
{
	struct glob_place *place = &p->g->v[p->g->n++];

	*place = (struct glob_place){ .hold = p->hold };
	p->hold = GLOB_HOLD_NONE;
	return place;
}

static void add_byte(struct parser *p, char byte)
{
	glob_set_add(&add_place(p)->set, (unsigned char)byte, (unsigned char)byte);
}

/* git compares what stands before the first special byte by itself: a pattern begins anew behind it. */
static bool at_boundary(const struct parser *p)
{
	return p->at == 0 || p->at == p->literal || p->text[p->at - 1] == '/';
}

static bool ends_component(const struct parser *p, size_t at)
{
	return at == p->len || p->text[at] == '/' ||
	       (p->text[at] == '\\' && at + 1 < p->len && p->text[at + 1] == '/');
}

static void add_skip(struct parser *p)
{
	struct glob *g = p->g;
	bool after_slash = p->at == 0 || p->text[p->at - 1] == '/';

	if (g->n && (g->v[g->n - 1].skip || g->split == g->n - 1))
		return;
	if (!after_slash)
		g->split = g->n;
	p->hold = GLOB_HOLD_ANY;
	add_byte(p, '/');
	g->v[g->n - 1].skip = after_slash;
}

static void parse_stars(struct parser *p)
{
	size_t end = p->at;

	while (end < p->len && p->text[end] == '*')
		end++;
	if (end - p->at < 2 || p->g->name_only || !at_boundary(p) || !ends_component(p, end)) {
		p->hold = GLOB_HOLD_NAME;
		p->at = end;
	} else if (end < p->len && p->text[end] == '/') {
		add_skip(p);
		p->at = end + 1;
	} else {
		p->hold = GLOB_HOLD_ANY;
		p->at = end;
	}
}

static bool parse_escape(struct parser *p)
{
	if (p->at + 1 == p->len)
		return false;
	add_byte(p, p->text[p->at + 1]);
	p->at += 2;
	return true;
}

/* Neither a question mark nor a class ever stands for a slash. */
static bool parse_class(struct parser *p)
{
	struct glob_set set = { { 0 } };
	bool fine = true;

	p->at++;
	if (p->text[p->at - 1] == '?')
		glob_set_invert(&set);
	else
		fine = glob_class_parse(p->text, p->len, &p->at, &set);
	glob_set_remove(&set, '/');
	add_place(p)->set = set;
	return fine;
}

static bool parse_next(struct parser *p)
{
	switch (p->text[p->at]) {
	case '*':
		parse_stars(p);
		return true;
	case '\\':
		return parse_escape(p);
	case '?':
	case '[':
		return parse_class(p);
	default:
		add_byte(p, p->text[p->at++]);
		return true;
	}
}

static size_t literal_length(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && !strchr("*?[\\", text[n]))
		n++;
	return n;
}

/*
 * "**" and "/" and then a name without any slash: as good as the name alone, wherever it lies. Not so
 * where that name may be empty: only patterns that held no slash match the empty path. A name that may not
 * be has no double star of its own, for there would be a slash in front of that.
 */
static void reduce_to_name(struct glob *g)
{
	if (g->name_only || g->n < 2 || !g->v[0].skip)
		return;
	for (size_t i = 1; i < g->n; i++)
		if (glob_set_has(&g->v[i].set, '/'))
			return;
	memmove(g->v, g->v + 1, g->n * sizeof(*g->v));
	g->n--;
	g->name_only = true;
}

void glob_parse(struct glob *g, const char *text, size_t len, bool name_only)
{
	struct parser p = { g, text, len, 0, literal_length(text, len), GLOB_HOLD_NONE };

	*g = (struct glob){ .name_only = name_only, .split = SIZE_MAX };
	g->v = xcalloc(len + 1, sizeof(*g->v));
	while (p.at < len)
		if (!parse_next(&p)) {
			g->never = true;
			return;
		}
	g->v[g->n].hold = p.hold;
	reduce_to_name(g);
}

void glob_copy_without(struct glob *to, const struct glob *from, size_t place)
{
	*to = *from;
	to->v = xmemdup(from->v, (from->n + 1) * sizeof(*from->v));
	memmove(to->v + place, to->v + place + 1, (from->n - place) * sizeof(*to->v));
	to->n--;
	to->split = SIZE_MAX;
}

void glob_done(struct glob *g)
{
	free(g->v);
	*g = (struct glob){ 0 };
}

enum glob_shape glob_shape(const struct glob *g, struct buf *ret)
{
	bool star = g->n && g->v[0].hold == GLOB_HOLD_NAME;

	for (size_t i = 0; i <= g->n; i++) {
		int byte = glob_set_only(&g->v[i].set);

		if (g->v[i].hold != GLOB_HOLD_NONE && (i || !star))
			return GLOB_GENERAL;
		if (i == g->n)
			break;
		if (byte < 0)
			return GLOB_GENERAL;
		buf_addc(ret, (char)byte);
	}
	return star ? GLOB_SUFFIX : GLOB_LITERAL;
}
