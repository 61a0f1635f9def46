/*
 * seccomp_profile.h: what an OCI seccomp profile says, for a job on this machine.
 *
 * The format is "seccomp" of the OCI runtime specification with what Docker and Podman add: includes, excludes, archMap,
 * and errors by name beside those by number. What is misspelt, of a wrong type or can't be honoured is refused: a rule
 * that lost a condition would allow more than was meant. archMap and architectures say nothing to us, since a job has the
 * native architecture alone.
 */
#ifndef REMIT_SANDBOX_SECCOMP_PROFILE_H
#define REMIT_SANDBOX_SECCOMP_PROFILE_H

#include "base/err.h"
#include "base/json.h"

enum { SECCOMP_MAX_ARGS = 6 };

enum seccomp_op {
	SECCOMP_NE,
	SECCOMP_LT,
	SECCOMP_LE,
	SECCOMP_EQ,
	SECCOMP_GE,
	SECCOMP_GT,
	SECCOMP_MASKED_EQ, /* the bits of value are as in two, which has no others */
};

/* A comparison of all 64 bits of an argument, unsigned. */
struct seccomp_arg {
	unsigned int index;
	enum seccomp_op op;
	uint64_t value, two;
};

struct seccomp_rule {
	bool applies; /* on this machine and kernel, to a job, who has no capability */
	uint32_t action; /* SECCOMP_RET_* */
	const json_t *names; /* strings; borrowed */
	struct seccomp_arg args[SECCOMP_MAX_ARGS]; /* of different arguments: all must hold */
	size_t n;
};

/* The action for what no rule names, which is no permission, and the rules, borrowed. */
int seccomp_profile_read(const json_t *profile, uint32_t *ret_fallback, const json_t **ret_rules,
	struct err *err) MUST_USE;

int seccomp_profile_rule(const json_t *rule, struct seccomp_rule *ret, struct err *err) MUST_USE;

/* True for actions by which a call goes on. */
bool seccomp_is_permission(uint32_t action);

#endif
