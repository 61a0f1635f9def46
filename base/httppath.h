/*
 * httppath.h: paths of HTTP requests, compared as they were sent.
 *
 * A server reads some paths in more than one way: with dots and double slashes taken out, or decoded once more. What could be
 * read as another path than the one that is compared is no match for anything.
 */
#ifndef REMIT_HTTPPATH_H
#define REMIT_HTTPPATH_H

#include "base/err.h"

enum { HTTPPATH_MAX = 8192 };

/*
 * NULL for a path that everybody reads alike: it begins with a slash, is made of visible ASCII, has no empty, "." or ".." segment
 * before its last (nor one of dots there), no backslash, and encodes neither these nor slashes, percent signs or control bytes. Else what
 * is wrong with it.
 */
const char *httppath_find_flaw(const char *path, size_t len);

/* A pattern: such a path, or the beginning of one and "*" for whatever follows. */
int httppath_check_pattern(const char *pattern, struct err *err) MUST_USE;

/* Whether a path without flaw is what a checked pattern stands for. */
bool httppath_matches(const char *pattern, const char *path, size_t len);

#endif
