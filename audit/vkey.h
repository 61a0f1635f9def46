/*
 * vkey.h: the public half of a log's key, as one line (C2SP signed-note):
 *
 *     NAME+HEX(key id, 4 bytes)+BASE64(type || key)
 */
#ifndef REMIT_VKEY_H
#define REMIT_VKEY_H

#include "base/buf.h"
#include "base/err.h"

enum { VKEY_ED25519 = 0x01, VKEY_BYTES = 32, VKEY_MAX_NAME = 255 };

struct vkey {
	char name[VKEY_MAX_NAME + 1];
	uint32_t id;
	unsigned char key[VKEY_BYTES]; /* Ed25519, the only type we have */
};

/* -EINVAL for a name that the format or our own bound of VKEY_MAX_NAME bytes does not allow. */
int vkey_make(const char *name, const unsigned char key[VKEY_BYTES], struct vkey *ret,
	struct err *err) MUST_USE;

/* Without a newline. */
void vkey_add(struct buf *out, const struct vkey *vkey);

/* One line, with or without its newline; the key id must be right. -EINVAL. */
int vkey_parse(const char *text, struct vkey *ret, struct err *err) MUST_USE;

/* Reads a file that holds that line. */
int vkey_read(const char *path, struct vkey *ret, struct err *err) MUST_USE;

/*
 * The three parts of "NAME+HEX+BASE64", which public and private keys share: the name's length, the
 * key id and the 1 + VKEY_BYTES decoded bytes. Wipe blob where it is secret. -EINVAL.
 */
int vkey_split(const char *text, size_t *ret_name, uint32_t *ret_id, struct buf *blob) MUST_USE;

#endif
