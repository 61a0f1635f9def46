#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* The most that a part with more behind it may take: a long name must not push out the cause. */
enum { PART = sizeof(((struct err *)0)->text) / 4 };

static void format(struct err *err, size_t room, const char *fmt, va_list ap)
{
	char raw[sizeof(err->text)];

	vsnprintf(raw, sizeof(raw), fmt, ap);
	text_safe(raw, strlen(raw), err->text, room);
}

static void append(struct err *err, const char *tail)
{
	size_t used = strlen(err->text);

	text_safe(tail, strlen(tail), err->text + used, sizeof(err->text) - used);
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	format(err, PART, fmt, ap);
	va_end(ap);
	append(err, ": ");
	append(err, strerror(-code));
	return code;
}

int err_say(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	format(err, sizeof(err->text), fmt, ap);
	va_end(ap);
	return code;
}

int err_prefix(struct err *err, int code, const char *fmt, ...)
{
	struct err inner;
	va_list ap;

	if (!err)
		return code;
	inner = *err;
	va_start(ap, fmt);
	format(err, PART, fmt, ap);
	va_end(ap);
	append(err, ": ");
	append(err, inner.text);
	return code;
}
