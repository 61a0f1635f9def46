/* confine.h: who holds secrets and reads bytes of a job and of the internet gives up all but its sockets. */
#ifndef REMIT_CREDENTIAL_CONFINE_H
#define REMIT_CREDENTIAL_CONFINE_H

#include "base/err.h"

/* For good: no capability, no file, no program, no socket but TCP, no system call but those that the libraries make. */
int credential_confine(struct err *err) MUST_USE;

#endif
