#include "runner/drawing.h"

#include <string.h>

#include "base/text.h"

enum { LABEL = 12 };

void drawing_add(struct drawing *d, const json_t *value)
{
	auto_buf struct buf bytes = BUF_INIT;

	if (value && json_get_bytes(value, &bytes) == 0)
		text_add_safe(d->out, buf_str(&bytes), bytes.len);
}

/* Where so many characters from start end. */
static size_t end_of(const struct buf *out, size_t start, size_t characters)
{
	size_t at_byte = start;

	while (characters-- && at_byte < out->len) {
		size_t n = text_utf8_len(out->data + at_byte, out->len - at_byte);

		at_byte += n ? n : 1;
	}
	return at_byte;
}

void drawing_add_first(struct drawing *d, const json_t *value, size_t characters)
{
	size_t start = d->out->len;

	drawing_add(d, value);
	buf_truncate(d->out, end_of(d->out, start, characters));
}

void drawing_add_line(struct drawing *d, const json_t *value)
{
	auto_buf struct buf bytes = BUF_INIT;
	size_t n;

	if (!value || json_get_bytes(value, &bytes) < 0)
		return;
	n = strcspn(buf_str(&bytes), "\n");
	text_add_safe(d->out, buf_str(&bytes), n);
	if (n + 1 < bytes.len)
		buf_adds(d->out, " ...");
}

void drawing_add_styled(struct drawing *d, const char *style, const char *words)
{
	if (d->ctx->colour)
		buf_addf(d->out, "\033[%sm%s\033[0m", style, words);
	else
		buf_adds(d->out, words);
}

void drawing_row(struct drawing *d, const char *label)
{
	auto_free char *padded = xasprintf("%-9s", label);

	buf_adds(d->out, "  ");
	drawing_add_styled(d, "2", padded);
	buf_adds(d->out, " ");
	d->start = d->out->len;
}

size_t drawing_room(const struct drawing *d)
{
	return d->ctx->columns - LABEL;
}

void drawing_end_within(struct drawing *d, size_t characters)
{
	if (end_of(d->out, d->start, characters) < d->out->len) {
		buf_truncate(d->out, end_of(d->out, d->start, characters - 3));
		buf_adds(d->out, "...");
	}
	buf_addc(d->out, '\n');
}

void drawing_end(struct drawing *d)
{
	drawing_end_within(d, drawing_room(d));
}
