#include "base/logwire.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

void logwire_begin(struct buf *req)
{
	static const char room[LOGWIRE_COUNT];

	buf_truncate(req, 0);
	buf_add(req, room, sizeof(room));
}

int logwire_add(struct buf *req, const void *entry, size_t len, struct err *err)
{
	unsigned char head[2] = { (unsigned char)(len >> 8), (unsigned char)len };

	if (len > LOGWIRE_MAX_ENTRY)
		return err_say(err, -EFBIG, "an entry of the log holds at most %d bytes, not %zu",
			LOGWIRE_MAX_ENTRY, len);
	if (req->len - LOGWIRE_COUNT + sizeof(head) + len > LOGWIRE_MAX_REQUEST)
		return err_say(err, -EFBIG, "a request to the log holds at most %d bytes",
			LOGWIRE_MAX_REQUEST);
	buf_add(req, head, sizeof(head));
	buf_add(req, entry, len);
	return 0;
}

int logwire_end(struct buf *req, struct err *err)
{
	size_t count = req->len - LOGWIRE_COUNT;

	if (!count)
		return err_say(err, -EINVAL, "a request to the log needs at least one entry");
	for (size_t i = 0; i < LOGWIRE_COUNT; i++)
		req->data[i] = (char)(count >> (8 * (LOGWIRE_COUNT - 1 - i)));
	return 0;
}

size_t logwire_count(const char *req)
{
	size_t count = 0;

	for (size_t i = 0; i < LOGWIRE_COUNT; i++)
		count = count << 8 | (unsigned char)req[i];
	return count;
}

/* Takes the word up to the next blank off *p; NULL when there is none. */
static char *take_word(const char **p)
{
	size_t n = strcspn(*p, " ");
	char *word;

	if (!n || (*p)[n] != ' ')
		return NULL;
	word = xstrndup(*p, n);
	*p += n + 1;
	return word;
}

static bool take_number(const char **p, uint64_t *ret)
{
	auto_free char *word = take_word(p);

	return word && text_uint(word, 0, UINT64_MAX, ret, NULL) == 0;
}

static bool take_root(const char **p, unsigned char root[SHA256_LEN])
{
	auto_free char *word = take_word(p);
	auto_buf struct buf bytes = BUF_INIT;

	if (!word || base64_decode(word, strlen(word), &bytes) < 0 || bytes.len != SHA256_LEN)
		return false;
	memcpy(root, bytes.data, SHA256_LEN);
	return true;
}

int logwire_parse_answer(const char *line, struct logwire_answer *ret, struct err *err)
{
	auto_free char *text = xstrndup(line, strcspn(line, "\n"));
	struct logwire_answer a = { .origin = NULL };
	const char *p = text + strlen("ok ");

	if (text_starts(text, "error "))
		return err_say(err, -EREMOTEIO, "%s", text + strlen("error "));
	if (!text_starts(text, "ok ") || !take_number(&p, &a.first) || !take_number(&p, &a.size) ||
		a.first >= a.size || !take_root(&p, a.root) || !*p)
		return err_say(err, -EPROTO, "remit-log answered '%s'", text);
	a.origin = xstrdup(p);
	*ret = a;
	return 0;
}

void logwire_answer_done(struct logwire_answer *a)
{
	free(a->origin);
	a->origin = NULL;
}

void logwire_add_ok(struct buf *out, const struct logwire_answer *a)
{
	buf_addf(out, "ok %" PRIu64 " %" PRIu64 " ", a->first, a->size);
	base64_add(out, a->root, sizeof(a->root));
	buf_addf(out, " %s\n", a->origin);
}

void logwire_add_error(struct buf *out, const char *sentence)
{
	buf_addf(out, "error %s\n", sentence);
}
