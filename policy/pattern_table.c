#include "policy/pattern_table.h"

#include <string.h>
#include <sys/random.h>

struct table_entry {
	uint64_t hash;
	char *bytes;
	size_t len;
	enum table_kind kind;
	uint32_t next; /* as in heads */
	long highest[2]; /* for a file, for a directory */
};

#define PRIME ((UINT64_C(1) << 61) - 1)
enum { BLOCK = 7 }; /* bytes, so that a block is below the prime */

void table_init(struct table *t)
{
	*t = (struct table){ 0 };
	if (getrandom(&t->key, sizeof(t->key), 0) != sizeof(t->key))
		abort();
	t->key %= PRIME;
}

void table_done(struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->entries[i].bytes);
	free(t->entries);
	free(t->heads);
	*t = (struct table){ 0 };
}

/* (sum + block) * key modulo the prime, for a sum and a key below it and a block of 7 bytes. */
static uint64_t mix(uint64_t sum, uint64_t block, uint64_t key)
{
	unsigned __int128 product = (unsigned __int128)(sum + block) * key;
	uint64_t folded = (uint64_t)(product & PRIME) + (uint64_t)(product >> 61);

	folded = (folded & PRIME) + (folded >> 61);
	return folded >= PRIME ? folded - PRIME : folded;
}

uint64_t table_hash(const struct table *t, enum table_kind kind, const char *bytes, size_t len)
{
	uint64_t sum = mix((uint64_t)kind, len, t->key);
	uint64_t block = 0;

	for (; len >= BLOCK; len -= BLOCK, bytes += BLOCK) {
		memcpy(&block, bytes, BLOCK);
		sum = mix(sum, block, t->key);
	}
	block = 0;
	for (size_t i = 0; i < len; i++)
		block = block << 8 | (unsigned char)bytes[i];
	return mix(sum, block, t->key);
}

static struct table_entry *lookup(
	const struct table *t, enum table_kind kind, const char *bytes, size_t len, uint64_t hash)
{
	uint32_t at = t->n_heads ? t->heads[hash & (t->n_heads - 1)] : 0;

	while (at) {
		struct table_entry *e = &t->entries[at - 1];

		if (e->hash == hash && e->len == len && e->kind == kind &&
			!memcmp(e->bytes, bytes, len))
			return e;
		at = e->next;
	}
	return NULL;
}

static void hang_in(struct table *t, size_t i)
{
	uint32_t *head = &t->heads[t->entries[i].hash & (t->n_heads - 1)];

	t->entries[i].next = *head;
	*head = (uint32_t)i + 1;
}

static void grow(struct table *t)
{
	t->n_heads = t->n_heads ? t->n_heads * 2 : 16;
	t->entries = xrealloc(t->entries, t->n_heads, sizeof(*t->entries));
	free(t->heads);
	t->heads = xcalloc(t->n_heads, sizeof(*t->heads));
	for (size_t i = 0; i < t->n; i++)
		hang_in(t, i);
}

static struct table_entry *new_entry(
	struct table *t, enum table_kind kind, const char *bytes, size_t len, uint64_t hash)
{
	if (t->n == t->n_heads)
		grow(t);
	t->entries[t->n] = (struct table_entry){
		.hash = hash,
		.bytes = xmemdup(bytes, len),
		.len = len,
		.kind = kind,
		.highest = { -1, -1 },
	};
	hang_in(t, t->n);
	return &t->entries[t->n++];
}

static unsigned char last_byte(const char *bytes, size_t len)
{
	return len ? (unsigned char)bytes[len - 1] : 0;
}

static void raise_to(long *highest, long index)
{
	if (*highest < index)
		*highest = index;
}

void table_add(struct table *t, enum table_kind kind, const char *bytes, size_t len, uint32_t index,
	bool must_be_dir)
{
	uint64_t hash = table_hash(t, kind, bytes, len);
	struct table_entry *e = lookup(t, kind, bytes, len, hash);

	if (!e)
		e = new_entry(t, kind, bytes, len, hash);
	t->lengths[kind][last_byte(bytes, len)] |= UINT64_C(1) << (len % 64);
	raise_to(&e->highest[true], index);
	if (!must_be_dir)
		raise_to(&e->highest[false], index);
}

static long find(
	const struct table *t, enum table_kind kind, const char *bytes, size_t len, bool is_dir)
{
	const struct table_entry *e;

	if (!(t->lengths[kind][last_byte(bytes, len)] >> (len % 64) & 1))
		return -1;
	e = lookup(t, kind, bytes, len, table_hash(t, kind, bytes, len));
	return e ? e->highest[is_dir] : -1;
}

static long find_suffix(const struct table *t, const char *name, size_t len, bool is_dir)
{
	uint64_t lengths = t->lengths[TABLE_SUFFIX][last_byte(name, len)];
	long best = -1;

	for (; lengths; lengths &= lengths - 1) {
		size_t suffix = (size_t)__builtin_ctzll(lengths);

		if (suffix > len)
			break;
		raise_to(&best, find(t, TABLE_SUFFIX, name + len - suffix, suffix, is_dir));
	}
	return best;
}

long table_find(const struct table *t, const char *path, size_t from, size_t to, bool is_dir)
{
	long best = find(t, TABLE_NAME, path + from, to - from, is_dir);

	raise_to(&best, find_suffix(t, path + from, to - from, is_dir));
	raise_to(&best, find(t, TABLE_PATH, path, to, is_dir));
	return best;
}
