/* secrets.h: the values of the credentials, in memory that is not swapped out, dumped or handed to children. */
#ifndef REMIT_CREDENTIAL_SECRETS_H
#define REMIT_CREDENTIAL_SECRETS_H

#include "base/credrule.h"

struct secrets {
	char *memory; /* all of them, one after the other; NULL: none */
	size_t len;
	json_t *at; /* where each begins */
};

/*
 * Reads a JSON object of names and values from fd to its end, and closes it. Memory can't be locked: -EAGAIN and the sentence
 * says what to do.
 */
int secrets_read(int fd, struct secrets *ret, struct err *err) MUST_USE;
void secrets_done(struct secrets *s);

/* Borrowed; NULL: there is none of that name. */
const char *secrets_find(const struct secrets *s, const char *name);

#endif
