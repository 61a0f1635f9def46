/* alternates.h: the object directories that stand behind a repository's own. */
#ifndef REMIT_REPO_ALTERNATES_H
#define REMIT_REPO_ALTERNATES_H

#include "base/bind.h"

/*
 * Appends objects and all that its info/alternates lead to, as absolute paths without symlinks,
 * each once, the nearest first. As git does it, leaves out what is missing and what lies more than
 * five steps away.
 */
int alternates_resolve(const char *objects, struct strs *out, struct err *err) MUST_USE;

/* True when an object directory names others. */
bool alternates_has(const char *objects);

#endif
