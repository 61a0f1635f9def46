/* path.h: the one judge of what a path in a profile or a plan may look like. */
#ifndef REMIT_PATH_H
#define REMIT_PATH_H

#include "base/err.h"

/* Absolute, no empty, "." or ".." component, no trailing slash, no control byte, below PATH_MAX. */
int path_check_absolute(const char *path, struct err *err) MUST_USE;

/* The same, or one that starts with "~/". */
int path_check_listed(const char *path, struct err *err) MUST_USE;

/* True for path itself and everything beneath it; both as path_check_absolute wants them. */
bool path_is_beneath(const char *path, const char *dir);

/* dir and name with one slash between; the caller owns it. */
char *path_join(const char *dir, const char *name) MUST_USE;

/* The directory that path lies in: "." where it names none, "/" for what lies there. The caller owns it. */
char *path_parent(const char *path) MUST_USE;

#endif
