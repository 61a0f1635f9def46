#include "repo/idmap.h"

#include <string.h>

struct idmap_slot {
	git_oid key, value;
	bool used;
};

void idmap_done(struct idmap *m)
{
	free(m->slots);
	*m = (struct idmap){ 0 };
}

/* Keys are digests or short numbers: FNV-1a spreads both. */
static size_t hash(const git_oid *key)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < GIT_OID_RAWSZ; i++)
		h = (h ^ key->id[i]) * 0x100000001b3u;
	return (size_t)(h ^ h >> 32);
}

static struct idmap_slot *find(const struct idmap *m, const git_oid *key)
{
	size_t i = hash(key) & (m->room - 1);

	while (m->slots[i].used && git_oid_cmp(&m->slots[i].key, key) != 0)
		i = (i + 1) & (m->room - 1);
	return &m->slots[i];
}

static void grow(struct idmap *m)
{
	struct idmap old = *m;

	m->room = old.room ? old.room * 2 : 64;
	m->slots = xcalloc(m->room, sizeof(*m->slots));
	for (size_t i = 0; i < old.room; i++)
		if (old.slots[i].used)
			*find(m, &old.slots[i].key) = old.slots[i];
	free(old.slots);
}

git_oid *idmap_put(struct idmap *m, const git_oid *key, bool *ret_new)
{
	struct idmap_slot *slot;

	if (m->n * 2 >= m->room)
		grow(m);
	slot = find(m, key);
	*ret_new = !slot->used;
	if (!slot->used) {
		*slot = (struct idmap_slot){ .key = *key, .used = true };
		m->n++;
	}
	return &slot->value;
}
