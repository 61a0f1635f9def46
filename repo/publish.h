/* publish.h: objects of a quarantine, moved into a repository. */
#ifndef REMIT_REPO_PUBLISH_H
#define REMIT_REPO_PUBLISH_H

#include "base/err.h"

/*
 * Moves every object and pack of the object directory from into the object directory to, durable
 * before the return. What is there already stays. As root, everything gets the owner of to.
 * Whatever else lies in from is left there.
 */
int publish_objects(const char *from, const char *to, struct err *err) MUST_USE;

#endif
