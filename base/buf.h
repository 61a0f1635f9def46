/* buf.h: a growing run of bytes, always followed by a NUL that is not counted. */
#ifndef REMIT_BUF_H
#define REMIT_BUF_H

#include "base/base.h"

struct buf {
	char *data; /* NULL while empty and never grown */
	size_t len;
	size_t cap;
};

#define BUF_INIT           \
	{                  \
		NULL, 0, 0 \
	}

void buf_done(struct buf *b);
void buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
void buf_truncate(struct buf *b, size_t len);

/* The text, never NULL; borrowed until the next change. */
const char *buf_str(const struct buf *b);

/* The text, owned by the caller; b is empty again. */
char *buf_steal(struct buf *b) MUST_USE;

#define auto_buf CLEANUP(buf_done)

#endif
