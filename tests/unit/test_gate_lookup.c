#include "tests/unit/check.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "gate/lookup.h"

struct asker {
	struct lookup lookup; /* first */
	int told;
	struct lookup_answer answer;
	struct asker *drops; /* another that it drops when told */
};

struct world {
	struct loop loop;
	struct lookups *lookups;
	int resolver;
	struct timer end;
};

static void told(struct lookup *lookup, const struct lookup_answer *answer)
{
	struct asker *a = (struct asker *)lookup;

	a->told++;
	a->answer = *answer;
	if (a->drops)
		lookup_drop(&a->drops->lookup);
}

static void over(struct timer *timer)
{
	((struct world *)(void *)((char *)timer - offsetof(struct world, end)))->loop.over = true;
}

static void open_world(struct world *w)
{
	int ends[2];

	w->end = (struct timer){ .due = over };
	ok(loop_init(&w->loop, NULL) == 0, "a loop");
	ok(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "a line");
	w->lookups = lookups_new(&w->loop, ends[0]);
	w->resolver = ends[1];
}

static void close_world(struct world *w)
{
	lookups_free(w->lookups);
	if (w->resolver >= 0)
		close(w->resolver);
	loop_done(&w->loop);
}

/* Whatever is there has its turn. */
static void spin(struct world *w)
{
	w->loop.over = false;
	timer_set(&w->loop, &w->end, 2);
	ok(loop_run(&w->loop, NULL) == 0, "it runs");
}

static const struct lookup_answer *ask(struct world *w, struct asker *a, const char *name)
{
	a->lookup.done = told;
	return lookup_ask(w->lookups, &a->lookup, name);
}

/* What the resolver is asked; false: nothing. */
static bool asked(const struct world *w, struct lookup_question *ret)
{
	return recv(w->resolver, ret, sizeof(*ret), MSG_DONTWAIT) == (ssize_t)sizeof(*ret);
}

static void say(const struct world *w, uint32_t ticket, int error, unsigned char last)
{
	struct lookup_answer a = { .ticket = ticket, .error = error, .n = error ? 0 : 1 };

	a.addresses[0].address.s6_addr[15] = last;
	ok(send(w->resolver, &a, sizeof(a), MSG_DONTWAIT) == (ssize_t)sizeof(a), "answered");
}

static void test_one(void **state)
{
	struct asker a = { 0 }, b = { 0 }, c = { 0 }, other = { 0 };
	struct lookup_question q, q2;
	struct world w;

	(void)state;
	open_world(&w);
	ok(!ask(&w, &a, "a.example") && !ask(&w, &b, "a.example") && !ask(&w, &c, "a.example") &&
			!ask(&w, &other, "b.example"),
		"nothing is known");
	ok(asked(&w, &q) && !strcmp(q.name.text, "a.example") && asked(&w, &q2) &&
			!strcmp(q2.name.text, "b.example") && q.ticket != q2.ticket &&
			!asked(&w, &q2),
		"one question for each name");
	lookup_drop(&b.lookup);
	lookup_drop(&b.lookup);
	say(&w, q.ticket, 0, 7);
	spin(&w);
	ok(a.told == 1 && c.told == 1 && a.answer.addresses[0].address.s6_addr[15] == 7,
		"all who wait are told, once");
	ok(b.told == 0 && other.told == 0, "who gave up or asked for another is not");
	say(&w, q.ticket, 0, 8);
	say(&w, 4711, 0, 9);
	spin(&w);
	ok(a.told == 1 && other.told == 0, "an answer to no question changes nothing");
	close_world(&w);
	ok(other.told == 1 && other.answer.error == -EAGAIN, "at the end the rest are told");
}

static void test_kept(void **state)
{
	struct asker a = { 0 }, b = { 0 }, c = { 0 };
	const struct lookup_answer *known;
	struct lookup_question q;
	struct world w;

	(void)state;
	open_world(&w);
	ok(!ask(&w, &a, "a.example") && asked(&w, &q), "asked");
	say(&w, q.ticket, 0, 7);
	spin(&w);
	known = ask(&w, &b, "a.example");
	ok(known && known->n == 1 && known->addresses[0].address.s6_addr[15] == 7 && !asked(&w, &q),
		"an answer is kept");
	w.loop.now += 6000;
	ok(!ask(&w, &b, "a.example") && asked(&w, &q), "but not for long");
	say(&w, q.ticket, -ENOENT, 0);
	spin(&w);
	ok(b.told == 1 && b.answer.error == -ENOENT, "an error is told");
	ok(!ask(&w, &c, "c.example") && asked(&w, &q), "another");
	say(&w, q.ticket, -ENOENT, 0);
	spin(&w);
	ok(c.told == 1 && !ask(&w, &c, "c.example") && asked(&w, &q), "and not kept");
	close_world(&w);
}

static void test_drops(void **state)
{
	struct asker a = { 0 }, b = { 0 };
	struct lookup_question q;
	struct world w;

	(void)state;
	open_world(&w);
	a.drops = &b;
	ok(!ask(&w, &a, "a.example") && !ask(&w, &b, "a.example") && asked(&w, &q), "asked");
	say(&w, q.ticket, 0, 7);
	spin(&w);
	ok(a.told == 1 && b.told == 0, "who is dropped by another that is told is not told");
	close_world(&w);
}

static void test_gone(void **state)
{
	struct asker a = { 0 }, b = { 0 };
	const struct lookup_answer *answer;
	struct world w;

	(void)state;
	open_world(&w);
	ok(!ask(&w, &a, "a.example"), "asked");
	close(w.resolver);
	w.resolver = -1;
	spin(&w);
	ok(a.told == 1 && a.answer.error == -EAGAIN, "without a resolver nothing is known");
	answer = ask(&w, &b, "a.example");
	ok(answer && answer->error == -EAGAIN && b.told == 0, "nor is it later");
	close_world(&w);
}

static void test_nonsense(void **state)
{
	static const size_t lengths[] = { 1, sizeof(struct lookup_answer) - 1 };
	struct lookup_question q;
	struct world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths) + 1; i++) {
		struct lookup_answer bad = { .n = WIRE_MAX_ADDRESSES + 1 };
		struct asker a = { 0 };
		size_t len = i < ARRAY_SIZE(lengths) ? lengths[i] : sizeof(bad);

		open_world(&w);
		ok(!ask(&w, &a, "a.example") && asked(&w, &q), "asked");
		bad.ticket = q.ticket;
		ok(send(w.resolver, &bad, len, 0) == (ssize_t)len, "answered badly");
		spin(&w);
		ok(a.told == 1 && a.answer.error == -EAGAIN && a.answer.n == 0,
			"a resolver that makes no sense is none");
		close_world(&w);
	}
}

static void test_many(void **state)
{
	enum { MANY = 3000 };
	auto_free struct asker *askers = xcalloc(MANY, sizeof(*askers));
	struct lookup_question q;
	struct world w;
	int seen = 0;

	(void)state;
	open_world(&w);
	for (int i = 0; i < MANY; i++) {
		char name[32];

		snprintf(name, sizeof(name), "n%d.example", i);
		ok(!ask(&w, &askers[i], name), "asked");
	}
	for (int idle = 0; seen < MANY && idle < 3;) {
		char name[32];

		snprintf(name, sizeof(name), "n%d.example", seen);
		if (asked(&w, &q)) {
			assert_string_equal(q.name.text, name);
			seen++;
			idle = 0;
			say(&w, q.ticket, 0, (unsigned char)seen);
			continue;
		}
		spin(&w);
		idle++;
	}
	spin(&w);
	ok(seen == MANY, "more questions than the line takes are all asked, in their order");
	for (int i = 0; i < MANY; i++)
		ok(askers[i].told == 1 && askers[i].answer.addresses[0].address.s6_addr[15] ==
						  (unsigned char)(i + 1),
			"and answered");
	close_world(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("many who wait for one name are one question", test_one),
		TEST("answers are kept for a while", test_kept),
		TEST("who is told may drop others", test_drops),
		TEST("a resolver that is gone is told to all", test_gone),
		TEST("answers that make no sense end the resolver", test_nonsense),
		TEST("a line that is full loses no question", test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
