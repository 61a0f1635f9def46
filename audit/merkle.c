#include "audit/merkle.h"

#include <assert.h>
#include <string.h>

void merkle_leaf(const void *entry, size_t len, unsigned char out[MERKLE_HASH])
{
	static const unsigned char prefix = 0x00;
	struct sha256 h;

	sha256_init(&h);
	sha256_add(&h, &prefix, 1);
	sha256_add(&h, entry, len);
	sha256_end(&h, out);
}

void merkle_node(
	const unsigned char *left, const unsigned char *right, unsigned char out[MERKLE_HASH])
{
	unsigned char both[1 + 2 * MERKLE_HASH] = { 0x01 };
	struct sha256 h;

	memcpy(both + 1, left, MERKLE_HASH);
	memcpy(both + 1 + MERKLE_HASH, right, MERKLE_HASH);
	sha256_init(&h);
	sha256_add(&h, both, sizeof(both));
	sha256_end(&h, out);
}

void merkle_push(struct merkle *m, unsigned int height, const unsigned char hash[MERKLE_HASH])
{
	unsigned char up[MERKLE_HASH];

	assert(height < MERKLE_HEIGHTS && !(m->size & ((UINT64_C(1) << height) - 1)));
	memcpy(up, hash, MERKLE_HASH);
	for (; m->size >> height & 1; height++) {
		unsigned char right[MERKLE_HASH];

		memcpy(right, up, MERKLE_HASH);
		merkle_node(m->done[height], right, up);
		memcpy(m->done[height], right, MERKLE_HASH);
		m->size -= UINT64_C(1) << height;
	}
	memcpy(m->done[height], up, MERKLE_HASH);
	m->size += UINT64_C(1) << height;
}

void merkle_root(const struct merkle *m, unsigned char out[MERKLE_HASH])
{
	uint64_t rest = m->size;
	struct sha256 h;

	if (!rest) {
		sha256_init(&h);
		sha256_end(&h, out);
		return;
	}
	memcpy(out, m->done[__builtin_ctzll(rest)], MERKLE_HASH);
	for (rest &= rest - 1; rest; rest &= rest - 1)
		merkle_node(m->done[__builtin_ctzll(rest)], out, out);
}
