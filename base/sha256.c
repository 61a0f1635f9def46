/*
 * The low-level calls of libcrypto: they need none of its start-up (providers, configuration),
 * which takes longer than most of what remit hashes. SHA256(), all in one, would bring all of that in.
 */
#define OPENSSL_API_COMPAT 0x10100000L

#include "base/encode.h"

#include <openssl/sha.h>

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct sha256), "struct sha256 is too small");

static SHA256_CTX *ctx(struct sha256 *h)
{
	return (SHA256_CTX *)(void *)h;
}

void sha256_init(struct sha256 *h)
{
	SHA256_Init(ctx(h));
}

void sha256_add(struct sha256 *h, const void *data, size_t len)
{
	SHA256_Update(ctx(h), data, len);
}

void sha256_end(struct sha256 *h, unsigned char digest[SHA256_LEN])
{
	SHA256_Final(digest, ctx(h));
}

void sha256(const void *data, size_t len, unsigned char digest[SHA256_LEN])
{
	struct sha256 h;

	sha256_init(&h);
	sha256_add(&h, data, len);
	sha256_end(&h, digest);
}

void sha256_hex(const void *data, size_t len, char hex[SHA256_HEX + 1])
{
	unsigned char digest[SHA256_LEN];

	sha256(data, len, digest);
	hex_encode(digest, sizeof(digest), hex);
}
