/* secrets.h: reads the values of a profile's credentials, once, and hands them over; no copy stays. */
#ifndef REMIT_RUNNER_SECRETS_H
#define REMIT_RUNNER_SECRETS_H

#include "runner/profile.h"

struct secrets {
	struct buf json; /* { NAME: VALUE }, wiped; empty: there are none */
};

#define SECRETS_INIT             \
	{                        \
		.json = BUF_INIT \
	}

/*
 * Reads those that a rule of the profile names. Values from variables are wiped from our environment, so that no child has them.
 * Errors, -EINVAL, name the credential, never its value.
 */
int secrets_read(const struct ctx *ctx, const struct profile *profile, struct secrets *ret,
	struct err *err) MUST_USE;

/* The end of a pipe from which remit-sandbox reads them, the caller's; -1 where there are none. They are gone here afterwards. */
int secrets_hand_over(struct secrets *s, int *ret_fd, struct err *err) MUST_USE;

void secrets_done(struct secrets *s);

#endif
