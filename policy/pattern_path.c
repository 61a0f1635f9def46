#include "policy/pattern_path.h"

#include <string.h>

/* What each letter behind a backslash stands for. */
static const char escapes[][2] = {
	{ 'a', '\a' },
	{ 'b', '\b' },
	{ 'f', '\f' },
	{ 'n', '\n' },
	{ 'r', '\r' },
	{ 't', '\t' },
	{ 'v', '\v' },
	{ '\\', '\\' },
	{ '"', '"' },
};

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Reads what is behind a backslash; returns how many bytes that were, 0 when it is nothing known. */
static size_t unescape(const char *text, size_t len, struct buf *out)
{
	for (size_t i = 0; len && i < ARRAY_SIZE(escapes); i++)
		if (escapes[i][0] == text[0]) {
			buf_addc(out, escapes[i][1]);
			return 1;
		}
	if (len < 3 || !is_octal(text[0]) || text[0] > '3' || !is_octal(text[1]) ||
		!is_octal(text[2]))
		return 0;
	buf_addc(out, (char)((text[0] - '0') << 6 | (text[1] - '0') << 3 | (text[2] - '0')));
	return 3;
}

int pattern_path_unquote(const char *text, size_t len, struct buf *out, struct err *err)
{
	size_t at = 1;

	while (at < len && text[at] != '"') {
		size_t used;

		if (text[at] != '\\') {
			buf_addc(out, text[at++]);
			continue;
		}
		used = unescape(text + at + 1, len - at - 1, out);
		if (!used)
			return err_say(err, -EINVAL, "badly quoted: an escape that is not known");
		at += 1 + used;
	}
	if (at >= len)
		return err_say(err, -EINVAL, "badly quoted: no quote at the end");
	return 0;
}

static bool needs_quotes(char c)
{
	return (unsigned char)c < ' ' || (unsigned char)c > '~' || c == '"' || c == '\\';
}

static void add_escaped(struct buf *out, char c)
{
	unsigned char byte = (unsigned char)c;

	for (size_t i = 0; i < ARRAY_SIZE(escapes); i++)
		if (escapes[i][1] == c) {
			buf_add(out, (char[]){ '\\', escapes[i][0] }, 2);
			return;
		}
	buf_add(out,
		(char[]){ '\\', (char)('0' + (byte >> 6)), (char)('0' + (byte >> 3 & 7)),
			(char)('0' + (byte & 7)) },
		4);
}

void pattern_path_add_quoted(struct buf *out, const char *path, size_t len)
{
	size_t plain = 0;

	while (plain < len && !needs_quotes(path[plain]))
		plain++;
	if (plain == len) {
		buf_add(out, path, len);
		return;
	}
	buf_addc(out, '"');
	buf_add(out, path, plain);
	for (size_t i = plain; i < len; i++) {
		if (needs_quotes(path[i]))
			add_escaped(out, path[i]);
		else
			buf_addc(out, path[i]);
	}
	buf_addc(out, '"');
}

/* What remains to be read of a path, and whether magic said that it stands as it is. */
struct rest {
	const char *text;
	size_t len;
	bool top;
};

static int refuse_magic(struct err *err)
{
	return err_say(err, -EINVAL,
		"begins with pathspec magic that is not known here;"
		" put './' in front of a path that begins with ':'");
}

/* `:(top)`, with any number of words between commas, each "top" or empty. */
static int take_long_magic(struct rest *r, struct err *err)
{
	const char *end = memchr(r->text, ')', r->len);
	const char *word = r->text + 2;

	if (!end)
		return refuse_magic(err);
	while (word < end) {
		const char *comma = memchr(word, ',', (size_t)(end - word));
		size_t len = (size_t)((comma ? comma : end) - word);

		if (len && (len != 3 || memcmp(word, "top", 3)))
			return refuse_magic(err);
		r->top |= len > 0;
		word += len + 1;
	}
	r->len -= (size_t)(end + 1 - r->text);
	r->text = end + 1;
	return 0;
}

/* `:` and signs, of which git has kept all those below for magic; a second `:` ends them. */
static int take_short_magic(struct rest *r, struct err *err)
{
	size_t at = 1;

	for (; at < r->len && r->text[at] == '/'; at++)
		r->top = true;
	if (at < r->len && memchr("!\"#%&',-;<=>@^_`~", r->text[at], 17))
		return refuse_magic(err);
	at += at < r->len && r->text[at] == ':';
	r->text += at;
	r->len -= at;
	return 0;
}

static int take_magic(struct rest *r, struct err *err)
{
	if (r->text[0] != ':')
		return 0;
	return r->len > 1 && r->text[1] == '(' ? take_long_magic(r, err) : take_short_magic(r, err);
}

/* True when there is nothing to clean away; may say false without need. */
static bool is_clean(const char *text, size_t len)
{
	const char *end = text + len, *slash;

	for (; text < end; text = slash + 1) {
		if (*text == '.' || *text == '/')
			return false;
		slash = memchr(text, '/', (size_t)(end - text));
		if (!slash)
			break;
	}
	return true;
}

/* Takes the last component away; false when there is none. */
static bool go_up(struct buf *path)
{
	const char *slash;

	if (!path->len)
		return false;
	slash = memrchr(path->data, '/', path->len - 1);
	buf_truncate(path, slash ? (size_t)(slash - path->data) + 1 : 0);
	return true;
}

static int normalize(const struct rest *r, struct buf *out, struct err *err)
{
	const char *at = r->text, *end = r->text + r->len;

	while (at < end) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		size_t len = (size_t)((slash ? slash : end) - at);

		if (len == 2 && !memcmp(at, "..", 2)) {
			if (!go_up(out))
				return err_say(err, -EINVAL, "leads out of the tree");
		} else if (len && (len != 1 || at[0] != '.')) {
			buf_add(out, at, len + (slash != NULL));
		}
		at += len + 1;
	}
	return 0;
}

static int clean(struct rest *r, struct buf *scratch, struct err *err)
{
	int error;

	if (!r->top && r->len && r->text[0] == '/')
		return err_say(err, -EINVAL, "is absolute: paths here are relative to the top");
	if (is_clean(r->text, r->len))
		return 0;
	buf_truncate(scratch, 0);
	error = normalize(r, scratch, err);
	if (error < 0)
		return error;
	if (r->top && (scratch->len != r->len || memcmp(scratch->data, r->text, r->len)))
		return err_say(err, -EINVAL, "has an empty, '.' or '..' component behind ':/'");
	r->text = buf_str(scratch);
	r->len = scratch->len;
	return 0;
}

int pattern_path_clean(const char *text, size_t len, struct buf *scratch, const char **ret,
	size_t *ret_len, struct err *err)
{
	struct rest r = { text, len, false };
	int error;

	if (!len)
		return err_say(err, -EINVAL, "is empty: '.' names the top");
	error = take_magic(&r, err);
	if (error == 0)
		error = clean(&r, scratch, err);
	*ret = r.text;
	*ret_len = r.len;
	return error;
}
