#include "gate/lookup.h"

#include <string.h>
#include <sys/socket.h>

enum {
	KEPT = 256, /* answers */
	KEPT_MS = 5000, /* long enough for a client that connects again and again */
};

/* An answer that is still good. */
struct kept {
	struct hostname name;
	uint64_t until;
	struct lookup_answer answer;
};

struct question {
	struct lookup_question wire;
	bool sent;
	struct lookup waiting; /* ends of the list */
	struct question *next;
};

struct lookups {
	struct source source; /* first */
	struct loop *loop;
	uint32_t last; /* ticket */
	bool full; /* the line: some questions are not sent yet */
	struct question *questions, **end; /* in the order in which they were asked */
	struct kept kept[KEPT];
};

static struct kept *kept_at(struct lookups *l, const char *name)
{
	uint32_t hash = 2166136261U;

	for (const char *c = name; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619U;
	return &l->kept[hash % KEPT];
}

static void keep(struct lookups *l, const char *name, const struct lookup_answer *answer)
{
	struct kept *kept = kept_at(l, name);

	if (answer->error)
		return;
	strcpy(kept->name.text, name);
	kept->until = l->loop->now + KEPT_MS;
	kept->answer = *answer;
}

static bool send_question(struct lookups *l, struct question *q)
{
	if (!q->sent)
		q->sent = send(l->source.fd, &q->wire, sizeof(q->wire),
				  MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
	return q->sent;
}

/* Those that find the line full are sent once it can be written again. */
static void send_questions(struct lookups *l)
{
	struct question *q = l->questions;

	while (q && send_question(l, q))
		q = q->next;
	l->full = q != NULL;
}

void lookup_drop(struct lookup *lookup)
{
	if (!lookup->next)
		return;
	lookup->prev->next = lookup->next;
	lookup->next->prev = lookup->prev;
	lookup->prev = lookup->next = NULL;
}

static void tell_all(struct question *q, const struct lookup_answer *answer)
{
	while (q->waiting.next != &q->waiting) {
		struct lookup *lookup = q->waiting.next;

		lookup_drop(lookup);
		lookup->done(lookup, answer);
	}
}

/* Whoever is told may ask again: the question is over before. */
static void finish(struct lookups *l, struct question **at, const struct lookup_answer *answer)
{
	struct question *q = *at;

	*at = q->next;
	if (!*at)
		l->end = at;
	keep(l, q->wire.name.text, answer);
	tell_all(q, answer);
	free(q);
}

static void take_answer(struct lookups *l, const struct lookup_answer *answer)
{
	for (struct question **at = &l->questions; *at; at = &(*at)->next)
		if ((*at)->wire.ticket == answer->ticket) {
			finish(l, at, answer);
			return;
		}
}

/* Without a resolver no name stands for anything. */
static void fail_all(struct lookups *l)
{
	const struct lookup_answer answer = { .error = -EAGAIN };

	loop_remove(l->loop, &l->source);
	while (l->questions)
		finish(l, &l->questions, &answer);
}

static bool is_whole(const struct lookup_answer *answer, ssize_t n)
{
	return n == (ssize_t)sizeof(*answer) && answer->n <= WIRE_MAX_ADDRESSES;
}

static void ready(struct source *source, uint32_t events)
{
	struct lookups *l = (struct lookups *)source;
	struct lookup_answer answer;
	ssize_t n;

	if (events & EPOLLOUT)
		send_questions(l);
	while (source->fd >= 0 &&
		((n = recv(source->fd, &answer, sizeof(answer), MSG_DONTWAIT)) >= 0 ||
			errno != EAGAIN)) {
		if (is_whole(&answer, n))
			take_answer(l, &answer);
		else
			fail_all(l);
	}
}

struct lookups *lookups_new(struct loop *loop, int sock)
{
	struct lookups *l = xcalloc(1, sizeof(*l));

	l->source = (struct source){ sock, ready };
	l->loop = loop;
	l->end = &l->questions;
	if (loop_add(loop, &l->source, EPOLLIN | EPOLLOUT | EPOLLET) < 0)
		fail_all(l);
	return l;
}

void lookups_free(struct lookups *lookups)
{
	if (lookups)
		fail_all(lookups);
	free(lookups);
}

static struct question *ask(struct lookups *l, const char *name)
{
	struct question *q = xcalloc(1, sizeof(*q));

	q->wire.ticket = ++l->last;
	strcpy(q->wire.name.text, name);
	q->waiting.next = q->waiting.prev = &q->waiting;
	*l->end = q;
	l->end = &q->next;
	if (!l->full)
		l->full = !send_question(l, q);
	return q;
}

static struct question *find(struct lookups *l, const char *name)
{
	for (struct question *q = l->questions; q; q = q->next)
		if (!strcmp(q->wire.name.text, name))
			return q;
	return ask(l, name);
}

const struct lookup_answer *lookup_ask(
	struct lookups *lookups, struct lookup *lookup, const char *name)
{
	static const struct lookup_answer nobody = { .error = -EAGAIN };
	const struct kept *kept = kept_at(lookups, name);
	struct question *q;

	if (kept->until > lookups->loop->now && !strcmp(kept->name.text, name))
		return &kept->answer;
	if (lookups->source.fd < 0)
		return &nobody;
	q = find(lookups, name);
	lookup->prev = q->waiting.prev;
	lookup->next = &q->waiting;
	q->waiting.prev->next = lookup;
	q->waiting.prev = lookup;
	return NULL;
}
