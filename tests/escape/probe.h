/* probe.h: how the programs that attack a cage end. escape.sh says what each ending means. */
#ifndef REMIT_ESCAPE_PROBE_H
#define REMIT_ESCAPE_PROBE_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROBE_ESCAPED = 0, PROBE_HELD = 1, PROBE_BROKEN = 3, PROBE_UNTRIED = 77 };

__attribute__((format(printf, 3, 0), unused)) static void probe_say(
	FILE *stream, const char *before, const char *format, va_list ap)
{
	fputs(before, stream);
	vfprintf(stream, format, ap);
	putc('\n', stream);
	fflush(stream);
}

/* The attack worked. */
__attribute__((noreturn, format(printf, 1, 2), unused)) static void escaped(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	probe_say(stdout, "ESCAPED: ", format, ap);
	va_end(ap);
	exit(PROBE_ESCAPED);
}

/* It was tried, and refused for the reason that is said. */
__attribute__((noreturn, format(printf, 1, 2), unused)) static void held(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	probe_say(stdout, "held: ", format, ap);
	va_end(ap);
	exit(PROBE_HELD);
}

/* It can't be tried on this machine. */
__attribute__((noreturn, format(printf, 1, 2), unused)) static void untried(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	probe_say(stdout, "", format, ap);
	va_end(ap);
	exit(PROBE_UNTRIED);
}

/* It did not come to trying: whatever that was, it proves nothing. */
__attribute__((noreturn, format(printf, 1, 2), unused)) static void broken(const char *format, ...)
{
	int e = errno;
	va_list ap;

	va_start(ap, format);
	probe_say(stderr, "broken: ", format, ap);
	va_end(ap);
	fprintf(stderr, "(%s)\n", strerrorname_np(e));
	exit(PROBE_BROKEN);
}

/* held, with what was refused and the name of errno. */
__attribute__((noreturn, unused)) static void held_by_errno(const char *what)
{
	held("%s: %s", what, strerrorname_np(errno));
}

#endif
