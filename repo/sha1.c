/* The low-level calls of libcrypto, for the reason given in base/sha256.c. */
#define OPENSSL_API_COMPAT 0x10100000L

#include "repo/sha1.h"

#include <openssl/sha.h>

_Static_assert(sizeof(SHA_CTX) <= sizeof(struct sha1), "struct sha1 is too small");

static SHA_CTX *ctx(struct sha1 *h)
{
	return (SHA_CTX *)(void *)h;
}

void sha1_init(struct sha1 *h)
{
	SHA1_Init(ctx(h));
}

void sha1_add(struct sha1 *h, const void *data, size_t len)
{
	SHA1_Update(ctx(h), data, len);
}

void sha1_end(struct sha1 *h, unsigned char digest[SHA1_LEN])
{
	SHA1_Final(digest, ctx(h));
}
