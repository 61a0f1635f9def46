#include "gate/book.h"

#include <string.h>
#include <sys/random.h>

enum { BUCKETS = 4096 };

struct slot {
	struct entry entry;
	struct slot *next;
};

struct book {
	const struct net_rule *rules;
	size_t n_rules;
	unsigned int next;
	uint64_t seed; /* the job chooses the names, not where they fall */
	struct slot *buckets[BUCKETS];
};

struct book *book_new(const struct net_rule *rules, size_t n)
{
	struct book *book = xcalloc(1, sizeof(*book));

	book->rules = rules;
	book->n_rules = n;
	book->next = STANDIN_FIRST;
	if (getrandom(&book->seed, sizeof(book->seed), 0) != (ssize_t)sizeof(book->seed))
		abort();
	return book;
}

static void free_slots(struct slot *slot)
{
	while (slot) {
		struct slot *next = slot->next;

		free(slot->entry.rules);
		free(slot);
		slot = next;
	}
}

void book_free(struct book *book)
{
	for (size_t i = 0; book && i < BUCKETS; i++)
		free_slots(book->buckets[i]);
	free(book);
}

/* FNV-1a, from where the seed has it begin. */
static struct slot **bucket(struct book *book, const char *name)
{
	uint64_t hash = book->seed;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3ULL;
	return &book->buckets[(hash >> 32 ^ hash) % BUCKETS];
}

static void collect_rules(const struct book *book, struct entry *entry)
{
	for (size_t i = 0; i < book->n_rules; i++) {
		const char *name = net_rule_name(&book->rules[i]);

		if (!name || !hostname_matches(name, entry->name.text))
			continue;
		entry->rules = xrealloc(entry->rules, entry->n_rules + 1, sizeof(*entry->rules));
		entry->rules[entry->n_rules++] = &book->rules[i];
	}
}

static struct entry *add(struct book *book, struct slot **at, const char *name, int *ret_error)
{
	struct slot made = { .entry.number = book->next, .next = *at };

	strcpy(made.entry.name.text, name);
	collect_rules(book, &made.entry);
	if (!made.entry.n_rules)
		return NULL;
	if (book->next == STANDIN_END) {
		free(made.entry.rules);
		*ret_error = -ENOSPC;
		return NULL;
	}
	book->next++;
	*at = xmemdup(&made, sizeof(made));
	return &(*at)->entry;
}

struct entry *book_find(struct book *book, const char *name, int *ret_error)
{
	struct slot **at = bucket(book, name);

	*ret_error = 0;
	for (struct slot *s = *at; s; s = s->next)
		if (!strcmp(s->entry.name.text, name))
			return &s->entry;
	return add(book, at, name, ret_error);
}

const struct net_rule *entry_rule(const struct entry *entry, uint16_t port)
{
	for (size_t i = 0; i < entry->n_rules; i++)
		if (net_rule_has_port(entry->rules[i], port) ||
			(entry->rules[i]->credential && port == NET_HTTP_PORT))
			return entry->rules[i];
	return NULL;
}
