/* key.h: the file that holds a log's private key. */
#ifndef REMIT_KEY_H
#define REMIT_KEY_H

#include "audit/sign.h"

/*
 * Makes a key for the log of that name and writes it to a new file, mode 0600, durably. -EEXIST
 * when there is a file already: a key is never written over. On any other error there is none.
 */
int key_create(const char *path, const char *name, struct signer **ret, struct err *err) MUST_USE;

/*
 * Reads it back. Refused unless it is a regular file of the user who runs us that nobody else can
 * read: -EPERM.
 */
int key_read(const char *path, struct signer **ret, struct err *err) MUST_USE;

#endif
