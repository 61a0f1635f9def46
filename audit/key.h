/* key.h: the file that holds a log's private key. */
#ifndef REMIT_KEY_H
#define REMIT_KEY_H

#include "audit/sign.h"

/* A new key for the log of that name, and the text of its file. secret is empty, and auto_secret. */
int key_make(const char *name, struct buf *secret, struct signer **ret, struct err *err) MUST_USE;

/*
 * Writes a new file, mode 0600, whole or not at all, durably. -EEXIST when there is a file already: a key is never
 * written over.
 */
int key_write(const char *path, const struct buf *secret, struct err *err) MUST_USE;

/*
 * Reads it back. Refused unless it is a regular file of the user who runs us that nobody else can
 * read: -EPERM.
 */
int key_read(const char *path, struct signer **ret, struct err *err) MUST_USE;

#endif
