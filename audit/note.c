#include "audit/note.h"

#include <string.h>

#include "base/encode.h"
#include "base/text.h"

static const char dash[] = "\xe2\x80\x94 ";

/* Unicode's white space beyond ASCII, as UTF-8. */
static const char *const wide_spaces[] = { "\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\x80",
	"\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85",
	"\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a",
	"\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80" };

static bool is_wide_space(const char *s, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(wide_spaces); i++)
		if (strlen(wide_spaces[i]) == len && !memcmp(s, wide_spaces[i], len))
			return true;
	return false;
}

bool note_is_name(const char *name, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		n = text_utf8_len(name + i, len - i);
		if (!n || name[i] == '+' || is_wide_space(name + i, n))
			return false;
		if (n == 1 && ((unsigned char)name[i] <= 0x20 || name[i] == 0x7f))
			return false;
	}
	return len > 0;
}

static bool is_plain_text(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)data[i] < 0x20 && data[i] != '\n')
			return false;
	return text_is_utf8(data, len);
}

/* Where the last empty line ends the text: the offset behind the text's own newline, or 0. */
static size_t find_split(const char *data, size_t len)
{
	for (size_t i = len; i >= 2; i--)
		if (data[i - 1] == '\n' && data[i - 2] == '\n')
			return i - 1;
	return 0;
}

/* One line without its newline. */
static int parse_sig(struct note *note, const char *line, size_t len)
{
	size_t skip = strlen(dash), start = note->bytes.len;
	const char *name = line + skip, *blank;
	struct note_sig sig = { .name = name };
	const unsigned char *id;

	if (len < skip || memcmp(line, dash, skip) != 0)
		return -EINVAL;
	blank = memchr(name, ' ', len - skip);
	if (!blank || !note_is_name(name, (size_t)(blank - name)))
		return -EINVAL;
	sig.name_len = (size_t)(blank - name);
	if (base64_decode(blank + 1, len - skip - sig.name_len - 1, &note->bytes) < 0 ||
		note->bytes.len - start <= NOTE_KEY_ID)
		return -EINVAL;
	id = (const unsigned char *)note->bytes.data + start;
	sig.id = (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
	sig.at = start + NOTE_KEY_ID;
	sig.len = note->bytes.len - sig.at;
	note->sigs[note->n++] = sig;
	return 0;
}

static size_t count_lines(const char *p, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += p[i] == '\n';
	return n;
}

static int parse_sigs(struct note *note, const char *p, size_t len, struct err *err)
{
	note->sigs = xcalloc(count_lines(p, len), sizeof(*note->sigs));
	while (len) {
		const char *end = memchr(p, '\n', len);
		size_t line = (size_t)(end - p);

		if (parse_sig(note, p, line) < 0)
			return err_say(err, -EINVAL, "line %zu of the signatures is malformed",
				note->n + 1);
		len -= line + 1;
		p = end + 1;
	}
	return note->n ? 0 : err_say(err, -EINVAL, "a note without signatures");
}

int note_parse(const char *data, size_t len, struct note *ret, struct err *err)
{
	size_t split;
	struct note note = { .text = data };
	int r;

	if (len > NOTE_MAX_BYTES)
		return err_say(err, -EINVAL, "a note larger than %d bytes", NOTE_MAX_BYTES);
	if (!is_plain_text(data, len))
		return err_say(err, -EINVAL, "not a note: control characters or invalid UTF-8");
	split = find_split(data, len);
	if (!split || data[len - 1] != '\n')
		return err_say(
			err, -EINVAL, "not a note: expected text, an empty line, signatures");
	note.text_len = split;
	r = parse_sigs(&note, data + split + 1, len - split - 1, err);
	if (r < 0) {
		note_done(&note);
		return r;
	}
	*ret = note;
	return 0;
}

void note_done(struct note *note)
{
	free(note->sigs);
	buf_done(&note->bytes);
	*note = (struct note){ .text = NULL };
}

const unsigned char *note_sig_bytes(const struct note *note, const struct note_sig *sig)
{
	return (const unsigned char *)note->bytes.data + sig->at;
}

void note_add_sig(struct buf *out, const char *name, uint32_t id, const void *sig, size_t len)
{
	auto_buf struct buf bytes = BUF_INIT;

	for (int shift = 24; shift >= 0; shift -= 8)
		buf_addc(&bytes, (char)(id >> shift));
	buf_add(&bytes, sig, len);
	buf_addf(out, "%s%s ", dash, name);
	base64_add(out, bytes.data, bytes.len);
	buf_addc(out, '\n');
}
