/* publish.h: objects of a quarantine, moved into a repository. */
#ifndef REMIT_REPO_PUBLISH_H
#define REMIT_REPO_PUBLISH_H

#include "repo/owner.h"

/*
 * Moves every object and pack of the object directory from into the object directory to, durable
 * before the return. What is there already stays. As root, from is handed to the owner first, and
 * the owner moves it (see owner.h). Whatever else lies in from is left there.
 */
int publish_objects(
	const char *from, const char *to, const struct owner *owner, struct err *err) MUST_USE;

/* -EACCES and the like where objects could not be put into to; to be called as the owner. */
int publish_check(const char *to, struct err *err) MUST_USE;

#endif
