/*
 * Sets of bytes, and the bracket expressions that write them down. The rules are wildmatch's, odd
 * ones included: a named class that nobody knows makes the whole pattern match nothing, "[:" without
 * ":]" is two plain bytes, a range may end in an escaped byte or in "[", and space is what git's own
 * ctype calls space.
 */
#include "policy/pattern_glob.h"

#include <string.h>

bool glob_set_has(const struct glob_set *set, unsigned char byte)
{
	return set->bits[byte / 64] >> (byte % 64) & 1;
}

void glob_set_add(struct glob_set *set, unsigned char first, unsigned char last)
{
	for (unsigned int b = first; b <= last; b++)
		set->bits[b / 64] |= UINT64_C(1) << (b % 64);
}

void glob_set_remove(struct glob_set *set, unsigned char byte)
{
	set->bits[byte / 64] &= ~(UINT64_C(1) << (byte % 64));
}

void glob_set_invert(struct glob_set *set)
{
	for (size_t i = 0; i < ARRAY_SIZE(set->bits); i++)
		set->bits[i] = ~set->bits[i];
}

int glob_set_only(const struct glob_set *set)
{
	int found = -1;

	for (int i = 0; i < (int)ARRAY_SIZE(set->bits); i++) {
		uint64_t bits = set->bits[i];

		if (!bits)
			continue;
		if (found >= 0 || (bits & (bits - 1)))
			return -1;
		found = i * 64 + __builtin_ctzll(bits);
	}
	return found;
}

struct named_class {
	const char *name;
	unsigned char ranges[4][2]; /* ended by a range from 0 */
};

static const struct named_class named_classes[] = {
	{ "alnum", { { '0', '9' }, { 'A', 'Z' }, { 'a', 'z' } } },
	{ "alpha", { { 'A', 'Z' }, { 'a', 'z' } } },
	{ "blank", { { '\t', '\t' }, { ' ', ' ' } } },
	{ "cntrl", { { 1, 31 }, { 127, 127 } } },
	{ "digit", { { '0', '9' } } },
	{ "graph", { { '!', '~' } } },
	{ "lower", { { 'a', 'z' } } },
	{ "print", { { ' ', '~' } } },
	{ "punct", { { '!', '/' }, { ':', '@' }, { '[', '`' }, { '{', '~' } } },
	{ "space", { { '\t', '\n' }, { '\r', '\r' }, { ' ', ' ' } } },
	{ "upper", { { 'A', 'Z' } } },
	{ "xdigit", { { '0', '9' }, { 'A', 'F' }, { 'a', 'f' } } },
};

static bool add_named(struct glob_set *set, const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(named_classes); i++) {
		const struct named_class *c = &named_classes[i];

		if (strlen(c->name) != len || memcmp(c->name, name, len))
			continue;
		for (size_t r = 0; r < ARRAY_SIZE(c->ranges) && c->ranges[r][0]; r++)
			glob_set_add(set, c->ranges[r][0], c->ranges[r][1]);
		return true;
	}
	return false;
}

struct reader {
	const char *text;
	size_t len, at; /* at: the next byte that is not read yet */
	struct glob_set *set;
	unsigned char previous; /* where a range may begin; 0: nowhere */
};

static bool read_escaped(struct reader *r)
{
	unsigned char c;

	if (r->at == r->len)
		return false;
	c = (unsigned char)r->text[r->at++];
	glob_set_add(r->set, c, c);
	r->previous = c;
	return true;
}

/* Behind the "-" of a range. */
static bool read_range(struct reader *r)
{
	unsigned char last = (unsigned char)r->text[r->at++];

	if (last == '\\') {
		if (r->at == r->len)
			return false;
		last = (unsigned char)r->text[r->at++];
	}
	glob_set_add(r->set, r->previous, last);
	r->previous = 0;
	return true;
}

/* Behind a "[" that a ":" follows. */
static bool read_named(struct reader *r)
{
	const char *name = r->text + r->at + 1;
	const char *end = memchr(name, ']', r->len - r->at - 1);

	if (!end)
		return false;
	if (end == name || end[-1] != ':') {
		glob_set_add(r->set, '[', '[');
		r->previous = '[';
		return true;
	}
	r->previous = 0;
	r->at = (size_t)(end - r->text) + 1;
	return add_named(r->set, name, (size_t)(end - name) - 1);
}

static bool starts_range(const struct reader *r, unsigned char c)
{
	return c == '-' && r->previous && r->at < r->len && r->text[r->at] != ']';
}

static bool read_member(struct reader *r)
{
	unsigned char c = (unsigned char)r->text[r->at++];

	if (c == '\\')
		return read_escaped(r);
	if (starts_range(r, c))
		return read_range(r);
	if (c == '[' && r->at < r->len && r->text[r->at] == ':')
		return read_named(r);
	glob_set_add(r->set, c, c);
	r->previous = c;
	return true;
}

bool glob_class_parse(const char *text, size_t len, size_t *at, struct glob_set *ret)
{
	struct glob_set set = { { 0 } };
	struct reader r = { text, len, *at, &set, 0 };
	bool inverted = r.at < len && (text[r.at] == '!' || text[r.at] == '^');

	r.at += inverted;
	do {
		if (r.at == len || !read_member(&r))
			return false;
	} while (r.at == len || text[r.at] != ']');
	if (inverted)
		glob_set_invert(&set);
	*at = r.at + 1;
	*ret = set;
	return true;
}
