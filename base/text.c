#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

/* From the largest to the smallest, which is what the printers need. */
static const struct unit size_units[] = {
	{ "t", 1ULL << 40 },
	{ "g", 1ULL << 30 },
	{ "m", 1ULL << 20 },
	{ "k", 1ULL << 10 },
	{ "", 1 },
};

static const struct unit duration_units[] = {
	{ "d", 86400000 },
	{ "h", 3600000 },
	{ "m", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
};

/* Reads the digits at s; returns how many characters they take, 0 for none or too many. */
static size_t digits(const char *s, uint64_t *ret)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; s[i] >= '0' && s[i] <= '9'; i++)
		if (__builtin_mul_overflow(n, 10, &n) ||
			__builtin_add_overflow(n, (uint64_t)(s[i] - '0'), &n))
			return 0;
	if (i > 1 && s[0] == '0')
		return 0;
	*ret = n;
	return i;
}

int text_uint(const char *s, uint64_t min, uint64_t max, uint64_t *ret, struct err *err)
{
	uint64_t n;
	size_t used = digits(s, &n);

	if (!used || s[used])
		return err_say(err, -EINVAL, "'%s' is not a whole number", s);
	if (n < min || n > max)
		return err_say(err, -ERANGE, "%s is out of range: expected %" PRIu64 " to %" PRIu64,
			s, min, max);
	*ret = n;
	return 0;
}

static const struct unit *find_unit(const char *name, const struct unit *units, size_t n,
	int (*compare)(const char *, const char *))
{
	for (size_t i = 0; i < n; i++)
		if (!compare(name, units[i].name))
			return &units[i];
	return NULL;
}

int text_size(const char *s, uint64_t *ret_bytes, struct err *err)
{
	uint64_t n;
	size_t used = digits(s, &n);
	const struct unit *unit = find_unit(
		s + used, size_units, ARRAY_SIZE(size_units), strcasecmp);

	if (!used || !unit || __builtin_mul_overflow(n, unit->factor, &n))
		return err_say(
			err, -EINVAL, "'%s' is not a size: expected digits and k, m, g or t", s);
	*ret_bytes = n;
	return 0;
}

int text_duration(const char *s, uint64_t *ret_ms, struct err *err)
{
	uint64_t n;
	size_t used = digits(s, &n);
	const struct unit *unit = find_unit(
		s + used, duration_units, ARRAY_SIZE(duration_units), strcmp);

	if (!used || !unit || __builtin_mul_overflow(n, unit->factor, &n))
		return err_say(err, -EINVAL,
			"'%s' is not a duration: expected digits and ms, s, m, h or d", s);
	*ret_ms = n;
	return 0;
}

static void add_exact(struct buf *out, uint64_t n, const struct unit *units)
{
	while (n % units->factor)
		units++;
	buf_addf(out, "%" PRIu64 "%s", n / units->factor, units->name);
}

void text_add_size(struct buf *out, uint64_t bytes)
{
	add_exact(out, bytes, bytes ? size_units : &size_units[ARRAY_SIZE(size_units) - 1]);
}

void text_add_duration(struct buf *out, uint64_t ms)
{
	add_exact(out, ms, ms ? duration_units : &duration_units[3]);
}

void text_add_human_size(struct buf *out, uint64_t bytes)
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double n = (double)bytes;
	size_t i = 0;

	for (; n >= 1024 && i + 1 < ARRAY_SIZE(names); i++)
		n /= 1024;
	buf_addf(out, i && n < 100 ? "%.1f %s" : "%.0f %s", n, names[i]);
}

void text_add_human_duration(struct buf *out, uint64_t ms)
{
	uint64_t s = ms / 1000;

	if (ms < 1000)
		buf_addf(out, "%" PRIu64 "ms", ms);
	else if (s < 60)
		buf_addf(out, "%" PRIu64 ".%" PRIu64 "s", s, ms % 1000 / 100);
	else if (s < 3600)
		buf_addf(out, "%" PRIu64 "m %02" PRIu64 "s", s / 60, s % 60);
	else
		buf_addf(out, "%" PRIu64 "h %02" PRIu64 "m", s / 3600, s / 60 % 60);
}

bool text_starts(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

bool text_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && !strcmp(s + n - m, suffix);
}

/* Levenshtein distance, two rows; words longer than 63 bytes are never near. */
static size_t distance(const char *a, const char *b)
{
	size_t row[64], n = strlen(a), m = strlen(b);

	if (n > 63 || m > 63)
		return SIZE_MAX;
	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t change = diagonal + (a[i - 1] != b[j - 1]);
			size_t step = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

			diagonal = row[j];
			row[j] = change < step ? change : step;
		}
	}
	return row[m];
}

const char *text_nearest(const char *word, const char *const *names, size_t n)
{
	const char *best = NULL;
	size_t least = strlen(word) / 3 + 2;

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(word, names[i]);

		if (d < least) {
			least = d;
			best = names[i];
		}
	}
	return best;
}
