/*
 * A set of patterns: reading their lines, and sorting each to where it is looked for. Most are plain
 * names, endings and paths, which a hash finds; the rest goes into one automaton. So what a path costs
 * hardly depends on how many patterns there are.
 */
#include "policy/pattern_private.h"

#include <assert.h>
#include <string.h>

struct pattern_set *pattern_set_new(void)
{
	struct pattern_set *set = xcalloc(1, sizeof(*set));

	set->dirs.keep = DIRS_KEEP_BYTES;
	return set;
}

void pattern_set_keep(struct pattern_set *set, size_t bytes)
{
	set->dirs.keep = bytes;
}

void pattern_set_free(struct pattern_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->n; i++)
		free(set->v[i].text);
	free(set->v);
	pattern_find_done(set);
	table_done(&set->table);
	nfa_done(&set->nfa);
	free(set);
}

/* Blanks at the end go, but for one behind a backslash. */
static size_t trimmed_length(const char *text, size_t len)
{
	size_t end = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == ' ')
			continue;
		if (text[i] == '\\' && i + 1 < len)
			i++;
		end = i + 1;
	}
	return end;
}

static struct pattern *add_pattern(struct pattern_set *set)
{
	if (!(set->n & (set->n - 1)))
		set->v = xrealloc(set->v, set->n ? set->n * 2 : 1, sizeof(*set->v));
	return &set->v[set->n++];
}

void pattern_set_add(struct pattern_set *set, const char *text, size_t len, const char *source,
	unsigned int line)
{
	assert(!set->compiled);
	if (!len || text[0] == '#')
		return;
	len -= text[len - 1] == '\r';
	/* A line is a string to git, and ends where a NUL stands in it. */
	len = trimmed_length(text, strnlen(text, len));
	*add_pattern(set) = (struct pattern){
		.text = xstrndup(text, len),
		.len = len,
		.source = source,
		.line = line,
		.negated = len && text[0] == '!',
	};
}

void pattern_set_add_file(struct pattern_set *set, const char *text, size_t len, const char *source)
{
	static const char mark[] = "\xef\xbb\xbf";
	const char *end = text + len;
	unsigned int line = 0;

	if (len >= strlen(mark) && !memcmp(text, mark, strlen(mark)))
		text += strlen(mark);
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((newline ? newline : end) - text);

		pattern_set_add(set, text, n, source, ++line);
		text = newline ? newline + 1 : end;
	}
}

void pattern_set_info(const struct pattern_set *set, long index, struct pattern_info *ret)
{
	const struct pattern *p = &set->v[index];

	*ret = (struct pattern_info){ p->text, p->source, p->line, p->negated };
}

/* Takes a pattern apart; s->glob is the caller's. */
static void parse_pattern(const struct pattern *p, uint32_t index, struct nfa_source *s)
{
	const char *text = p->text + p->negated;
	size_t len = p->len - p->negated;
	bool rooted;

	*s = (struct nfa_source){ .index = index };
	if (len && text[len - 1] == '/') {
		s->must_be_dir = true;
		len--;
	}
	rooted = memchr(text, '/', len) != NULL;
	if (len && text[0] == '/') {
		text++;
		len--;
	}
	glob_parse(&s->glob, text, len, !rooted);
}

/* True when the pattern needs no place in the automaton. */
static bool add_to_table(struct table *t, const struct nfa_source *s)
{
	const struct glob *g = &s->glob;
	auto_buf struct buf bytes = BUF_INIT;
	enum glob_shape shape;
	enum table_kind kind = g->name_only ? TABLE_NAME : TABLE_PATH;

	if (g->never)
		return true;
	shape = glob_shape(g, &bytes);
	if (shape == GLOB_GENERAL)
		return false;
	if (shape == GLOB_SUFFIX) {
		if (!g->name_only || bytes.len > TABLE_MAX_SUFFIX)
			return false;
		kind = TABLE_SUFFIX;
	}
	/* What is left of "//" would be the path of no bytes, which git never compares with a whole path. */
	if (kind == TABLE_NAME || bytes.len)
		table_add(t, kind, buf_str(&bytes), bytes.len, s->index, s->must_be_dir);
	return true;
}

void pattern_set_compile(struct pattern_set *set)
{
	auto_free struct nfa_source *sources = xcalloc(set->n, sizeof(*sources));
	size_t n = 0;

	assert(!set->compiled);
	table_init(&set->table);
	for (size_t i = 0; i < set->n; i++) {
		parse_pattern(&set->v[i], (uint32_t)i, &sources[n]);
		if (add_to_table(&set->table, &sources[n]))
			glob_done(&sources[n].glob);
		else
			n++;
	}
	nfa_build(&set->nfa, sources, n);
	for (size_t i = 0; i < n; i++)
		glob_done(&sources[i].glob);
	pattern_find_init(set);
	set->compiled = true;
}
