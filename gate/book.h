/* book.h: the names that a job has asked for, and what stands for each for as long as the job lives. */
#ifndef REMIT_GATE_BOOK_H
#define REMIT_GATE_BOOK_H

#include "base/netrule.h"
#include "base/standin.h"

struct entry {
	struct hostname name;
	unsigned int number; /* of its stand-ins */
	const struct net_rule **rules; /* all that list it */
	size_t n_rules;
	bool listens[2]; /* with IPv4, with IPv6: its listeners are there */
};

struct book;

/* The rules are borrowed for as long as the book is there. */
struct book *book_new(const struct net_rule *rules, size_t n);
void book_free(struct book *book);
DEFINE_CLEANUP(struct book *, book_free)
#define auto_book CLEANUP(cleanup_book_free)

/* The entry of a name, which is made if a rule lists it; NULL if none does. -ENOSPC through ret_error when the book is full. */
struct entry *book_find(struct book *book, const char *name, int *ret_error);

/* The first rule of an entry by which port can be reached; NULL: none. */
const struct net_rule *entry_rule(const struct entry *entry, uint16_t port);

#endif
