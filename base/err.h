/* err.h: an error is a negative errno and one sentence that carries its chain, "outer: inner: cause". */
#ifndef REMIT_ERR_H
#define REMIT_ERR_H

#include "base/base.h"

struct err {
	char text[2048]; /* "" until something went wrong; safe for a terminal */
};

/*
 * Each returns code, so that callers can write `return err_set(...)`. A NULL err is allowed.
 * Text that an outsider chose is printed with control bytes escaped (see text_safe).
 */

/* A call of the system failed: the sentence ends with what errno -code means. */
int err_set(struct err *err, int code, const char *fmt, ...) PRINTF(3, 4);

/* Something we found wrong ourselves: the sentence stands alone. */
int err_say(struct err *err, int code, const char *fmt, ...) PRINTF(3, 4);

/* Puts "what: " before the text that is there. */
int err_prefix(struct err *err, int code, const char *fmt, ...) PRINTF(3, 4);

#endif
