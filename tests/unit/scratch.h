/* scratch.h: a directory of its own for a test that needs files. */
#ifndef REMIT_TESTS_SCRATCH_H
#define REMIT_TESTS_SCRATCH_H

#include "base/base.h"

struct scratch {
	int fd;
	char path[64];
};

/* Makes an empty directory; a test that can't have one ends the program. */
void scratch_open(struct scratch *s);

/* Removes it with all that it holds. Left behind, for looking at, when a test fails. */
void scratch_close(struct scratch *s);

#define auto_scratch CLEANUP(scratch_close)

/* Writes a small file, or reads one whole; the caller owns the text. */
void scratch_put(const struct scratch *s, const char *name, const char *text);
char *scratch_get(const struct scratch *s, const char *name) MUST_USE;

#endif
