/* encode.h: hexadecimal, base64 (RFC 4648, padded) and SHA-256. */
#ifndef REMIT_ENCODE_H
#define REMIT_ENCODE_H

#include "base/buf.h"

enum { SHA256_LEN = 32, SHA256_HEX = 64 };

/* Lower-case digits and a NUL: out holds 2 * len + 1 bytes. */
void hex_encode(const void *data, size_t len, char *out);

/* Exactly len bytes from 2 * len digits of either case and the end of s; -EINVAL otherwise. */
int hex_decode(const char *s, void *out, size_t len) MUST_USE;

void base64_add(struct buf *out, const void *data, size_t len);

/* Strict: the standard alphabet, the right padding, unused bits zero, nothing else. -EINVAL adds nothing. */
int base64_decode(const char *s, size_t len, struct buf *out) MUST_USE;

/* FIPS 180-4, with the processor's instructions where it has them. */
struct sha256 {
	uint64_t state[16]; /* libcrypto's SHA256_CTX fits: checked where it is used */
};

void sha256_init(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *data, size_t len);
void sha256_end(struct sha256 *h, unsigned char digest[SHA256_LEN]);
void sha256(const void *data, size_t len, unsigned char digest[SHA256_LEN]);

/* The digest of data as hexadecimal. */
void sha256_hex(const void *data, size_t len, char hex[SHA256_HEX + 1]);

#endif
