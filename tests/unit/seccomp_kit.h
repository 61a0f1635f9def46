/* seccomp_kit.h: profiles compiled, and the kernel asked what it makes of the filters. */
#ifndef REMIT_TESTS_SECCOMP_KIT_H
#define REMIT_TESTS_SECCOMP_KIT_H

#include <linux/filter.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum { SECCOMP_KIT_ENDED = 1000 }; /* instead of an error: the caller was ended by SIGSYS */

struct seccomp_kit_call {
	long number;
	uint64_t args[6];
};

/*
 * What these calls give under the program: 0 or an error, SECCOMP_KIT_ENDED. They are made one after the other, and
 * must be harmless. A notification, to nobody, gives ENOSYS.
 */
void seccomp_kit_make(
	const struct buf *program, const struct seccomp_kit_call *calls, size_t n, int *ret);

/* One call of getppid, which does not look at its arguments. */
int seccomp_kit_ask(const struct buf *program, uint64_t a, uint64_t b);

/* A rule for getppid; args in JSON without brackets, or "". */
void seccomp_kit_rule(struct buf *rules, const char *action, int error, const char *args);

/* Compiles profiles that allow exit_group beside these rules ("{...},{...},"). floor may be NULL. */
int seccomp_kit_compile(const char *action, const char *rules, const char *floor, bool notify,
	struct buf *ret_allow, struct buf *ret_refuse, struct err *err) MUST_USE;

/* Without notifications and with a default of EOPNOTSUPP; fails the test when that can't be. */
void seccomp_kit_get(const char *rules, const char *floor, struct buf *ret);

#endif
