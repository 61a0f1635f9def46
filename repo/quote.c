#include "repo/quote.h"

#include <string.h>

static const char letters[256] = {
	['\a'] = 'a',
	['\b'] = 'b',
	['\t'] = 't',
	['\n'] = 'n',
	['\v'] = 'v',
	['\f'] = 'f',
	['\r'] = 'r',
	['"'] = '"',
	['\\'] = '\\',
};

static bool is_special(unsigned char c)
{
	return c < 0x20 || c >= 0x7f || letters[c];
}

static bool needs_quotes(const char *path)
{
	for (; *path; path++)
		if (is_special((unsigned char)*path))
			return true;
	return false;
}

static void add_escaped(struct buf *out, unsigned char c)
{
	if (letters[c])
		buf_addf(out, "\\%c", letters[c]);
	else if (is_special(c))
		buf_addf(out, "\\%03o", c);
	else
		buf_addc(out, (char)c);
}

void quote_add(struct buf *out, const char *prefix, const char *path, bool ends_line)
{
	bool quotes = needs_quotes(path);
	bool blanks = strchr(path, ' ');

	if (quotes)
		buf_addc(out, '"');
	buf_adds(out, prefix);
	for (; *path; path++)
		add_escaped(out, (unsigned char)*path);
	if (quotes)
		buf_addc(out, '"');
	if (ends_line && blanks)
		buf_addc(out, '\t');
}
