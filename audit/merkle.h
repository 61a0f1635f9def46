/* merkle.h: the Merkle tree of RFC 6962, section 2.1, over SHA-256: leaves in, root out. */
#ifndef REMIT_MERKLE_H
#define REMIT_MERKLE_H

#include "base/encode.h"

enum { MERKLE_HASH = SHA256_LEN, MERKLE_HEIGHTS = 64 };

/* SHA-256(0x00 || entry) */
void merkle_leaf(const void *entry, size_t len, unsigned char out[MERKLE_HASH]);

/* SHA-256(0x01 || left || right); out may be either. */
void merkle_node(
	const unsigned char *left, const unsigned char *right, unsigned char out[MERKLE_HASH]);

/*
 * A tree that only grows, kept as its complete subtrees. done[k] is the last complete subtree of
 * 2^k leaves; it is part of the tree's right edge where bit k of size is set. Zero is the empty
 * tree.
 */
struct merkle {
	uint64_t size; /* leaves */
	unsigned char done[MERKLE_HEIGHTS][MERKLE_HASH];
};

/*
 * Adds a complete subtree of 2^height leaves; height 0 is a leaf. size must be a multiple of
 * 2^height. Afterwards done[k] is fresh for every k from height to the number of trailing zero bits
 * of size.
 */
void merkle_push(struct merkle *m, unsigned int height, const unsigned char hash[MERKLE_HASH]);

/* MTH of all leaves; SHA-256 of nothing for the empty tree. */
void merkle_root(const struct merkle *m, unsigned char out[MERKLE_HASH]);

#endif
