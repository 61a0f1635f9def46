/* identity.h: who the job is on the host, and who it believes to be. */
#ifndef REMIT_SANDBOX_IDENTITY_H
#define REMIT_SANDBOX_IDENTITY_H

#include "sandbox/cage.h"

/*
 * Started as root: prepares what only root can (mounts with mapped owners, the upper directory's
 * owner) and becomes an unprivileged user that no other cage has. Started as a user: stays that user.
 */
int identity_settle(struct cage *cage, struct err *err) MUST_USE;

/* In the new user namespace: the one host user is the job's user inside, and there is no other. */
int identity_map(const struct cage *cage, struct err *err) MUST_USE;

/* From here on nobody may attach to us, read our memory or follow /proc/PID/exe. */
int identity_close(struct err *err) MUST_USE;

/* Gives up all capabilities for good, and every way to get one back; no_new_privs. */
int identity_drop_privileges(struct err *err) MUST_USE;

#endif
