#include "base/httppath.h"

#include <string.h>

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static const char *check_escape(const char *s, size_t len)
{
	int high = len > 1 ? digit(s[1]) : -1, low = len > 2 ? digit(s[2]) : -1;
	int byte = high * 16 + low;

	if (high < 0 || low < 0)
		return "has a percent sign without two hexadecimal digits";
	if (byte < 0x20 || byte == 0x7f || strchr("/\\.%", byte))
		return "encodes a slash, backslash, dot, percent sign or control byte";
	return NULL;
}

/* Whether the segment that begins at s is made of dots alone, or of nothing. */
static bool is_dots(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] == '.')
		n++;
	return n <= 2 && (n == len || s[n] == '/');
}

static const char *check_byte(const char *s, size_t len)
{
	if (*s <= ' ' || *s >= 0x7f)
		return "has a byte that is not visible ASCII";
	if (*s == '\\' || *s == '?' || *s == '#')
		return "has a backslash, question mark or number sign";
	if (*s == '%')
		return check_escape(s, len);
	if (*s == '/' && len > 1 && is_dots(s + 1, len - 1))
		return "has an empty, '.' or '..' segment";
	return NULL;
}

const char *httppath_find_flaw(const char *path, size_t len)
{
	const char *why = NULL;

	if (!len || path[0] != '/')
		return "does not begin with a slash";
	if (len > HTTPPATH_MAX)
		return "is too long";
	for (size_t i = 0; !why && i < len; i++)
		why = check_byte(path + i, len - i);
	return why;
}

int httppath_check_pattern(const char *pattern, struct err *err)
{
	size_t len = strlen(pattern);
	const char *why;

	if (len && pattern[len - 1] == '*')
		len--;
	why = httppath_find_flaw(pattern, len);
	if (!why && memchr(pattern, '*', len))
		why = "has a '*' before its end";
	return why ? err_say(err, -EINVAL, "path '%s' %s", pattern, why) : 0;
}

bool httppath_matches(const char *pattern, const char *path, size_t len)
{
	size_t n = strlen(pattern);

	if (n && pattern[n - 1] == '*')
		return len >= n - 1 && !memcmp(pattern, path, n - 1);
	return len == n && !memcmp(pattern, path, n);
}
