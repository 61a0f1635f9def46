/* landlock.h: the second wall: the same file allowlist again, ports, and scopes, by Landlock. */
#ifndef REMIT_SANDBOX_LANDLOCK_H
#define REMIT_SANDBOX_LANDLOCK_H

#include "sandbox/cage.h"

/*
 * Confines the calling thread and all that it starts, by the ABI that the plan names. Paths are those of the
 * cage, so this runs once its root is entered. Needs no_new_privs. Does not allocate.
 */
int landlock_confine(const struct cage *cage, struct err *err) MUST_USE;

#endif
