/* sha1.h: SHA-1, where git's formats ask for it as a checksum. Objects are named by libgit2. */
#ifndef REMIT_REPO_SHA1_H
#define REMIT_REPO_SHA1_H

#include "base/base.h"

enum { SHA1_LEN = 20 };

struct sha1 {
	uint64_t state[16]; /* libcrypto's SHA_CTX fits: checked where it is used */
};

void sha1_init(struct sha1 *h);
void sha1_add(struct sha1 *h, const void *data, size_t len);
void sha1_end(struct sha1 *h, unsigned char digest[SHA1_LEN]);

#endif
