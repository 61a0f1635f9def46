/* newref.h: one new reference, written as git writes it, through no symlink. */
#ifndef REMIT_REPO_NEWREF_H
#define REMIT_REPO_NEWREF_H

#include "base/err.h"

struct newref {
	const char *name; /* "refs/heads/remit/42", as git takes it */
	const char *id; /* of the commit */
	const char *log; /* the line that its log begins with, NULL: it has none */
};

/*
 * Makes the reference and its log, durable before the return (gitrepository-layout(5); git's
 * lockfile.h). common is the repository's directory. -EEXIST when it is there, -EBUSY when somebody
 * else is writing it, -ELOOP for a symlink on the way. Of packed references it knows nothing. Who
 * died half way can do it again.
 */
int newref_write(int common, const struct newref *ref, struct err *err) MUST_USE;

/* What of that can be said of references in dir, such as "refs/heads/remit", before there is one. */
int newref_check(int common, const char *dir, struct err *err) MUST_USE;

#endif
