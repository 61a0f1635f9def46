/*
 * fuzz_pattern.c: patterns, a NUL, and paths, one a line. Every answer is held against that of a slow
 * matcher that goes through the patterns one by one, and through each with a table of all positions.
 */
#include <string.h>

#include "policy/pattern.h"
#include "policy/pattern_glob.h"
#include "policy/pattern_path.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_PATTERNS = 256, MAX_PATH = 100, MAX_PATHS = 16 };

struct slow {
	const char *p, *t; /* pattern and text */
	size_t np, nt;
	size_t literal; /* where the pattern begins anew */
	bool name_only;
	unsigned char *table; /* (np + 1) * (nt + 1): whether the rest of p matches the rest of t */
};

static unsigned char *cell(const struct slow *s, size_t p, size_t t)
{
	return &s->table[p * (s->nt + 1) + t];
}

static bool is_boundary(const struct slow *s, size_t at)
{
	return at == 0 || at == s->literal || s->p[at - 1] == '/';
}

static bool crosses(const struct slow *s, size_t stars, size_t end)
{
	if (s->name_only || end - stars < 2 || !is_boundary(s, stars))
		return false;
	return end == s->np || s->p[end] == '/' ||
	       (s->p[end] == '\\' && end + 1 < s->np && s->p[end + 1] == '/');
}

/* A run of stars that begins at p; what stands behind it is in the table already. */
static void fill_stars(const struct slow *s, size_t p)
{
	size_t end = p;
	bool any, loop = false;

	while (end < s->np && s->p[end] == '*')
		end++;
	any = crosses(s, p, end);
	for (size_t t = s->nt + 1; t-- > 0;) {
		loop = *cell(s, end, t) || (loop && t < s->nt && (any || s->t[t] != '/'));
		*cell(s, p, t) = loop ||
				 (any && end < s->np && s->p[end] == '/' && *cell(s, end + 1, t));
	}
}

static void fill_set(const struct slow *s, size_t p, size_t next, const struct glob_set *set)
{
	for (size_t t = 0; t < s->nt; t++)
		*cell(s, p, t) = glob_set_has(set, (unsigned char)s->t[t]) && *cell(s, next, t + 1);
}

static void fill(const struct slow *s, size_t p)
{
	struct glob_set set = { { 0 } };
	size_t next = p + 1;

	if (s->p[p] == '*') {
		fill_stars(s, p);
		return;
	}
	if (s->p[p] == '[') {
		if (!glob_class_parse(s->p, s->np, &next, &set))
			return;
		glob_set_remove(&set, '/');
	} else if (s->p[p] == '?') {
		glob_set_invert(&set);
		glob_set_remove(&set, '/');
	} else if (s->p[p] != '\\') {
		glob_set_add(&set, (unsigned char)s->p[p], (unsigned char)s->p[p]);
	} else if (next < s->np) {
		glob_set_add(&set, (unsigned char)s->p[next], (unsigned char)s->p[next]);
		next++;
	}
	fill_set(s, p, next, &set);
}

static bool wild(struct slow *s)
{
	auto_free unsigned char *table = xcalloc((s->np + 1) * (s->nt + 1), 1);

	while (s->literal < s->np && !strchr("*?[\\", s->p[s->literal]))
		s->literal++;
	s->table = table;
	*cell(s, s->np, s->nt) = 1;
	for (size_t p = s->np; p-- > 0;)
		fill(s, p);
	return *cell(s, 0, 0);
}

static size_t name_of(const char *path, size_t len)
{
	const char *slash = len ? memrchr(path, '/', len) : NULL;

	return slash ? (size_t)(slash - path) + 1 : 0;
}

static bool matches(const char *pattern, const char *path, size_t len, bool is_dir)
{
	struct slow s = { .p = pattern + (pattern[0] == '!'), .t = path, .nt = len };
	size_t name = name_of(path, len);

	s.np = strlen(s.p);
	if (s.np && s.p[s.np - 1] == '/') {
		if (!is_dir)
			return false;
		s.np--;
	}
	s.name_only = !memchr(s.p, '/', s.np);
	if (s.name_only) {
		s.t += name;
		s.nt -= name;
	} else if (!len) {
		return false;
	}
	if (s.np && s.p[0] == '/') {
		s.p++;
		s.np--;
	}
	return wild(&s);
}

static long last_match(
	const struct pattern_set *set, long n, const char *path, size_t len, bool is_dir)
{
	struct pattern_info info;

	while (n-- > 0) {
		pattern_set_info(set, n, &info);
		if (matches(info.text, path, len, is_dir))
			return n;
	}
	return -1;
}

static long slow_find(
	const struct pattern_set *set, long n, const char *path, size_t len, bool is_dir)
{
	struct pattern_info info;

	for (size_t i = 0; i < len; i++) {
		long found = path[i] == '/' ? last_match(set, n, path, i, true) : -1;

		if (found < 0)
			continue;
		pattern_set_info(set, found, &info);
		if (!info.negated)
			return found;
	}
	return last_match(set, n, path, len, is_dir);
}

/* How many patterns there are: the index of one that matches whatever comes, added last. */
static long count(const char *lines, size_t len)
{
	auto_patterns struct pattern_set *set = pattern_set_new();

	pattern_set_add_file(set, lines, len, "");
	pattern_set_add(set, "*", 1, "", 0);
	pattern_set_compile(set);
	return pattern_set_find(set, "x", 1, true);
}

static void check_path(struct pattern_set *set, long n, const char *line, size_t len)
{
	auto_buf struct buf scratch = BUF_INIT, quoted = BUF_INIT, back = BUF_INIT;
	const char *path;
	size_t clean;

	pattern_path_add_quoted(&quoted, line, len);
	if (quoted.len && quoted.data[0] == '"' && (!len || line[0] != '"' || quoted.len > len)) {
		must(pattern_path_unquote(quoted.data, quoted.len, &back, NULL) == 0);
		must(back.len == len && !memcmp(back.data, line, len));
	}
	if (pattern_path_clean(line, len, &scratch, &path, &clean, NULL) < 0)
		return;
	for (int is_dir = 0; is_dir < 2; is_dir++)
		must(pattern_set_find(set, path, clean, is_dir) ==
			slow_find(set, n, path, clean, is_dir));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_patterns struct pattern_set *set = pattern_set_new();
	const char *lines = (const char *)data, *end = lines + size;
	size_t len = strnlen(lines, size < MAX_PATTERNS ? size : MAX_PATTERNS);
	const char *line = lines + len;
	long n = count(lines, len);

	pattern_set_add_file(set, lines, len, "");
	pattern_set_compile(set);
	for (int i = 0; i < MAX_PATHS && line < end; i++) {
		const char *stop = memchr(line + 1, '\n', (size_t)(end - line - 1));
		size_t path = (size_t)((stop ? stop : end) - line - 1);

		check_path(set, n, line + 1, path < MAX_PATH ? path : MAX_PATH);
		line += 1 + path;
	}
	return 0;
}
