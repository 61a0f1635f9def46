#include "audit/checkpoint.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

enum { LINES = 3 };

/*
 * Cuts the text into its first lines; every line must be there, not empty, and end with a newline.
 */
static bool split_lines(char *text, size_t len, char *lines[LINES])
{
	size_t n = 0;

	for (char *p = text, *end; p < text + len; p = end + 1, n++) {
		end = memchr(p, '\n', (size_t)(text + len - p));
		if (!end || end == p)
			return false;
		*end = '\0';
		if (n < LINES)
			lines[n] = p;
	}
	return n >= LINES;
}

static bool parse_root(const char *line, unsigned char root[MERKLE_HASH])
{
	auto_buf struct buf bytes = BUF_INIT;

	if (base64_decode(line, strlen(line), &bytes) < 0 || bytes.len != MERKLE_HASH)
		return false;
	memcpy(root, bytes.data, MERKLE_HASH);
	return true;
}

int checkpoint_parse(const char *text, size_t len, struct checkpoint *ret, struct err *err)
{
	auto_free char *copy = xmemdup(text, len);
	struct checkpoint c = { .size = 0 };
	char *lines[LINES];

	if (memchr(text, '\0', len) || !split_lines(copy, len, lines))
		return err_say(err, -EINVAL, "not a checkpoint: expected origin, size and root");
	if (strlen(lines[0]) > VKEY_MAX_NAME)
		return err_say(err, -EINVAL, "checkpoint: the origin is longer than %d bytes",
			VKEY_MAX_NAME);
	if (text_uint(lines[1], 0, UINT64_MAX, &c.size, err) < 0)
		return err_prefix(err, -EINVAL, "checkpoint: size");
	if (!parse_root(lines[2], c.root))
		return err_say(err, -EINVAL, "checkpoint: the root '%s' is not base64 of %d bytes",
			lines[2], MERKLE_HASH);
	memcpy(c.origin, lines[0], strlen(lines[0]));
	*ret = c;
	return 0;
}

void checkpoint_add(struct buf *out, const struct checkpoint *c)
{
	buf_addf(out, "%s\n%" PRIu64 "\n", c->origin, c->size);
	base64_add(out, c->root, sizeof(c->root));
	buf_addc(out, '\n');
}
