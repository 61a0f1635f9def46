#include "repo/ignore.h"

#include <string.h>

#include "base/buf.h"
#include "policy/pattern.h"

/*
 * One set of patterns cannot tell "not matched" from "in a directory that a shallower file matched
 * and a deeper one took back", so levels are not asked one after the other. Each level's lines are
 * rewritten as if they stood in the .gitignore at the top: "*.o" in a/b becomes "/a/b/" followed by
 * two stars, a slash and "*.o". All of them in one set then decide as git does: the last match
 * wins.
 */
struct ignore {
	const struct ignore *up;
	struct buf lines; /* this level's, rewritten */
	struct pattern_set *set; /* all levels' */
};

/* Without a carriage return at the end and blanks before it, unless a backslash keeps one. */
static size_t trimmed(const char *line, size_t len)
{
	size_t end = 0;

	if (len && line[len - 1] == '\r')
		len--;
	for (size_t i = 0; i < len; i++) {
		if (line[i] == ' ')
			continue;
		if (line[i] == '\\' && i + 1 < len)
			i++;
		end = i + 1;
	}
	return end;
}

static void add_escaped(struct buf *out, const char *dir)
{
	for (; *dir; dir++) {
		if (strchr("*?[\\", *dir))
			buf_addc(out, '\\');
		buf_addc(out, *dir);
	}
}

/* A pattern without a slash, but at its end, matches names at any depth. */
static bool is_rooted(const char *pattern, size_t len)
{
	return len && memchr(pattern, '/', len - 1);
}

/* Puts where a pattern holds before it. A lone slash matches nothing, with or without. */
static void add_place(struct buf *out, const char *dir, const char **line, size_t *len)
{
	bool rooted = is_rooted(*line, *len) || (*len == 1 && **line == '/');

	if (**line == '/' && *len > 1) {
		++*line;
		--*len;
	}
	buf_addc(out, '/');
	add_escaped(out, dir);
	buf_adds(out, rooted ? "/" : "/**/");
}

static void rewrite(struct buf *out, const char *dir, const char *line, size_t len)
{
	bool negated = len && line[0] == '!';

	len = trimmed(line, len);
	if (!len || line[0] == '#' || len == negated)
		return;
	line += negated;
	len -= negated;
	if (negated)
		buf_addc(out, '!');
	if (*dir)
		add_place(out, dir, &line, &len);
	buf_add(out, line, len);
	buf_addc(out, '\0');
}

static void rewrite_all(struct buf *out, const char *dir, const char *text, size_t len)
{
	const char *end = text + len;

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		text += 3;
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((newline ? newline : end) - text);

		rewrite(out, dir, text, strnlen(text, n));
		text += n + 1;
	}
}

static void add_level(struct pattern_set *set, const struct ignore *i)
{
	const char *line = buf_str(&i->lines), *end = line + i->lines.len;

	if (i->up)
		add_level(set, i->up);
	for (; line < end; line += strlen(line) + 1)
		pattern_set_add(set, line, strlen(line), "", 0);
}

static uint64_t size_of(const struct ignore *i)
{
	uint64_t size = 0;

	for (; i; i = i->up)
		size += i->lines.len;
	return size;
}

struct ignore *ignore_new(
	const struct ignore *up, const char *dir, const char *text, size_t len, uint64_t *left)
{
	auto_ignore struct ignore *i = xcalloc(1, sizeof(*i));
	uint64_t size;

	i->up = up;
	rewrite_all(&i->lines, dir, text, len);
	size = size_of(i);
	if (!i->lines.len || size > *left)
		return NULL;
	*left -= size;
	i->set = pattern_set_new();
	add_level(i->set, i);
	pattern_set_compile(i->set);
	return steal_pointer(&i);
}

void ignore_free(struct ignore *i)
{
	if (!i)
		return;
	pattern_set_free(i->set);
	buf_done(&i->lines);
	free(i);
}

bool ignore_matches(const struct ignore *i, const char *path, size_t len, bool is_dir)
{
	return i && pattern_set_matches(i->set, path, len, is_dir);
}
