/* objdir.h: tells an object directory of git from whatever else a repository may point at. */
#ifndef REMIT_REPO_OBJDIR_H
#define REMIT_REPO_OBJDIR_H

#include <sys/types.h>

#include "base/err.h"

struct objdir_rule {
	uid_t owner; /* of the repository */
	bool own; /* it lies in the repository's directory: what else is in there is its own, too */
};

/*
 * Objects are read from it, and a job sees all of it, so that a hostile repository must not be able
 * to name just any directory. -EINVAL for a symlink where git keeps objects; where it is not the
 * repository's own, also for any name that git does not give (gitrepository-layout(5)) and for one
 * without pack and info. -EPERM for one that is neither its owner's nor open to everybody. Reads
 * three directories, none of which holds loose objects.
 */
int objdir_check(const char *dir, const struct objdir_rule *rule, struct err *err) MUST_USE;

#endif
