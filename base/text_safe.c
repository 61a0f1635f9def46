#include "base/text.h"

#include <stdio.h>
#include <string.h>

struct range {
	uint32_t first, last;
};

/*
 * Code points that change how other text is shown, or show nothing: C1 controls, bidirectional
 * marks, zero-width and filler characters, line separators, variation selectors and tags
 * (Unicode 15: General_Category Cc, Cf and Default_Ignorable_Code_Point, U+2800 added).
 */
static const struct range hidden[] = {
	{ 0x80, 0x9f },
	{ 0xad, 0xad },
	{ 0x34f, 0x34f },
	{ 0x600, 0x605 },
	{ 0x61c, 0x61c },
	{ 0x6dd, 0x6dd },
	{ 0x70f, 0x70f },
	{ 0x890, 0x891 },
	{ 0x8e2, 0x8e2 },
	{ 0x115f, 0x1160 },
	{ 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },
	{ 0x200b, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2060, 0x206f },
	{ 0x2800, 0x2800 },
	{ 0x3164, 0x3164 },
	{ 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb },
	{ 0x110bd, 0x110bd },
	{ 0x110cd, 0x110cd },
	{ 0x13430, 0x1343f },
	{ 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a },
	{ 0xe0000, 0xe0fff },
};

/* Smallest code point that needs a sequence of each length: anything below is overlong. */
static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

static size_t sequence_len(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/* Decodes one code point; returns the bytes used, 0 where they are not valid UTF-8. */
static size_t decode(const char *s, size_t len, uint32_t *ret)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t n = len ? sequence_len(u[0]) : 0;
	uint32_t c;

	if (!n || n > len)
		return 0;
	c = n == 1 ? u[0] : u[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (u[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return n;
}

size_t text_utf8_len(const char *s, size_t len)
{
	uint32_t c;

	return decode(s, len, &c);
}

bool text_is_utf8(const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = text_utf8_len(s + i, len - i);

		if (!n)
			return false;
		i += n;
	}
	return true;
}

static bool is_hidden(uint32_t c)
{
	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return true;
	return c < 0x20 || c == 0x7f;
}

/* Writes the printable form of the character at s into form; returns the bytes of s used. */
static size_t printable(const char *s, size_t len, char form[16])
{
	uint32_t c = 0;
	size_t n = decode(s, len, &c);

	if (!n) {
		snprintf(form, 16, "\\x%02x", (unsigned char)*s);
		return 1;
	}
	if (!is_hidden(c)) {
		memcpy(form, s, n);
		form[n] = '\0';
	} else if (c < 0x80) {
		snprintf(form, 16, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\x%02x", c);
	} else {
		snprintf(form, 16, "\\u{%x}", c);
	}
	return n;
}

void text_safe(const char *s, size_t len, char *out, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < len;) {
		char form[16];
		size_t n, step = printable(s + i, len - i, form);

		n = strlen(form);
		if (used + n + 1 > size)
			break;
		memcpy(out + used, form, n);
		used += n;
		i += step;
	}
	out[used] = '\0';
}

void text_add_safe(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		char form[16];

		i += printable(s + i, len - i, form);
		buf_adds(out, form);
	}
}

void text_add_safe_lines(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t from = i;

		while (i < len && s[i] != '\n' && s[i] != '\t')
			i++;
		text_add_safe(out, s + from, i - from);
		if (i < len)
			buf_addc(out, s[i++]);
	}
}

/* RFC 8259, 7: beyond the first 65536 code points, two halves as UTF-16 has them. */
static void add_json_escape(struct buf *out, uint32_t c)
{
	if (c < 0x10000)
		buf_addf(out, "\\u%04X", c);
	else
		buf_addf(out, "\\u%04X\\u%04X", 0xd800 + ((c - 0x10000) >> 10),
			0xdc00 + ((c - 0x10000) & 0x3ff));
}

void text_add_safe_json(struct buf *out, const char *json, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t c = 0;

		n = decode(json + i, len - i, &c);
		if (n && c >= 0x20 && is_hidden(c))
			add_json_escape(out, c);
		else
			buf_add(out, json + i, n ? n : 1);
		n = n ? n : 1;
	}
}
