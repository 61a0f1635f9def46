#include "tests/unit/check.h"

#include <fcntl.h>
#include <string.h>

#include "gate/loop.h"

/* What happened, in its order, letter by letter. */
struct note {
	char said[64];
	size_t n;
	struct loop *loop;
};

static void say(struct note *note, char c)
{
	ok(note->n < sizeof(note->said) - 1, "no more than that happens");
	note->said[note->n++] = c;
}

struct alarm {
	struct timer timer; /* first */
	struct note *note;
	char letter;
	struct alarm *stops; /* another that it clears */
	uint64_t again;
};

static void ring(struct timer *timer)
{
	struct alarm *a = (struct alarm *)timer;

	say(a->note, a->letter);
	if (a->stops)
		timer_clear(&a->stops->timer);
	if (a->again)
		timer_set(a->note->loop, &a->timer, a->again);
	a->again = 0;
	if (a->letter == '!')
		a->note->loop->over = true;
}

static void open_loop(struct loop *loop, struct note *note)
{
	ok(loop_init(loop, NULL) == 0, "a loop");
	*note = (struct note){ .loop = loop };
}

static void run(struct loop *loop)
{
	ok(loop_run(loop, NULL) == 0, "it runs");
	loop_done(loop);
}

static void test_timers(void **state)
{
	struct loop loop;
	struct note note;
	struct alarm a = { { .due = ring }, &note, 'a', NULL, 0 }, b = a, c = a, d = a, e = a,
		     z = a;

	(void)state;
	open_loop(&loop, &note);
	b.letter = 'b';
	c.letter = 'c';
	d.letter = 'd';
	e.letter = 'e';
	z.letter = '!';
	timer_set(&loop, &z.timer, 200);
	timer_set(&loop, &c.timer, 20);
	timer_set(&loop, &a.timer, 0);
	timer_set(&loop, &d.timer, 20); /* after c, which was there first */
	timer_set(&loop, &b.timer, 10);
	timer_set(&loop, &e.timer, 5);
	timer_set(&loop, &e.timer, 25);
	c.stops = &d;
	b.again = 60;
	run(&loop);
	/* b rings at 10 and at 70; c clears d. */
	assert_string_equal(note.said, "abceb!");
}

static void test_far(void **state)
{
	struct loop loop;
	struct note note;
	struct alarm z = { { .due = ring }, &note, '!', NULL, 0 }, far = z;

	(void)state;
	open_loop(&loop, &note);
	far.letter = 'f';
	timer_set(&loop, &far.timer, UINT64_MAX / 2);
	timer_set(&loop, &z.timer, 1);
	ok(loop_run(&loop, NULL) == 0, "it runs");
	assert_string_equal(note.said, "!");
	timer_clear(&far.timer);
	timer_clear(&far.timer);
	ok(loop.timers.n == 0, "nothing is set any more");
	loop_done(&loop);
}

struct tally {
	struct loop *loop;
	uint64_t last, turn; /* of the one before */
	size_t left;
};

struct counted {
	struct timer timer; /* first */
	struct tally *tally;
	uint64_t at;
};

static void tick(struct timer *timer)
{
	struct counted *c = (struct counted *)timer;

	ok(c->tally->left, "no more than were set");
	ok(c->at >= c->tally->last && c->at <= c->tally->loop->now, "none comes before its time");
	ok(c->at > c->tally->last || c->timer.turn >= c->tally->turn, "nor before its turn");
	c->tally->last = c->at;
	c->tally->turn = c->timer.turn;
	c->tally->loop->over = !--c->tally->left;
}

static void arm(struct counted *c, uint64_t ms)
{
	timer_set(c->tally->loop, &c->timer, ms);
	c->at = c->timer.at;
}

/* Many, in no order, some of them set again and some cleared. */
static void test_many(void **state)
{
	enum { MANY = 5000 };
	auto_free struct counted *all = xcalloc(MANY, sizeof(*all));
	struct tally tally = { 0 };
	uint32_t random = 1;
	struct loop loop;

	(void)state;
	ok(loop_init(&loop, NULL) == 0, "a loop");
	tally.loop = &loop;
	for (size_t i = 0; i < MANY; i++) {
		random = random * 1664525 + 1013904223;
		all[i] = (struct counted){ { .due = tick }, &tally, 0 };
		arm(&all[i], 1 + (random >> 8) % 40);
		if (i % 3 == 1)
			arm(&all[(random >> 8) % i], (random >> 16) % 20);
		if (i % 3 == 2)
			timer_clear(&all[(random >> 8) % i].timer);
	}
	tally.left = loop.timers.n;
	ok(tally.left > MANY / 3 && loop_run(&loop, NULL) == 0, "they run");
	ok(!tally.left && !loop.timers.n, "all that are set are due, in their order");
	loop_done(&loop);
}

struct job {
	struct task task; /* first */
	struct note *note;
	char letter;
	int again; /* times that it queues itself */
	struct job *queues, *drops;
	bool last, frees;
};

static void work(struct task *task)
{
	struct job *j = (struct job *)task;
	struct note *note = j->note;
	struct job *queues = j->queues, *drops = j->drops;
	bool last = j->last;

	say(note, j->letter);
	if (j->again-- > 0)
		task_queue(note->loop, task);
	if (j->frees) {
		memset(j, 0xff, sizeof(*j));
		free(j);
	}
	if (queues)
		task_queue(note->loop, &queues->task);
	if (drops)
		task_drop(note->loop, &drops->task);
	note->loop->over = last;
}

static void test_fair(void **state)
{
	struct loop loop;
	struct note note;
	struct job a = { { .run = work }, &note, 'a', 3, NULL, NULL, false, false }, b = a, c = a;
	struct alarm z = { { .due = ring }, &note, '!', NULL, 0 };

	(void)state;
	open_loop(&loop, &note);
	b.letter = 'b';
	b.again = 0;
	c.letter = 'c';
	c.again = 1;
	task_queue(&loop, &a.task);
	task_queue(&loop, &b.task);
	task_queue(&loop, &c.task);
	task_queue(&loop, &a.task);
	timer_set(&loop, &z.timer, 20);
	run(&loop);
	assert_string_equal(note.said, "abcacaa!");
}

static void test_drop(void **state)
{
	struct loop loop;
	struct note note;
	struct job a = { { .run = work }, &note, 'a', 2, NULL, NULL, false, false }, b = a, c = a,
		   d = a;

	(void)state;
	open_loop(&loop, &note);
	b.letter = 'b';
	b.again = 0;
	b.drops = &a;
	c.letter = 'c';
	c.again = 0;
	c.queues = &d;
	d.letter = 'd';
	d.again = 0;
	d.last = true;
	task_queue(&loop, &a.task);
	task_queue(&loop, &b.task);
	task_queue(&loop, &c.task);
	run(&loop);
	assert_string_equal(note.said, "abcd");
	ok(!loop.first && loop.last == &loop.first, "none is left");
}

/* Whoever runs may be over after it: nothing of it is looked at then. */
static void test_frees(void **state)
{
	struct loop loop;
	struct note note;
	struct job a = { { .run = work }, &note, 'a', 0, NULL, NULL, false, true }, z = a;
	struct job *first = xmemdup(&a, sizeof(a)), *second = xmemdup(&a, sizeof(a));

	(void)state;
	open_loop(&loop, &note);
	z.letter = 'z';
	z.frees = false;
	z.last = true;
	task_queue(&loop, &first->task);
	task_queue(&loop, &second->task);
	task_queue(&loop, &z.task);
	run(&loop);
	assert_string_equal(note.said, "aaz");
}

struct end {
	struct source source; /* first */
	struct note *note;
	char letter;
	struct end *removes;
	int other; /* the writing end; -1: none */
};

static void heard(struct source *source, uint32_t events)
{
	struct end *e = (struct end *)source;
	char c;

	ok(events & (EPOLLIN | EPOLLHUP), "something is there");
	say(e->note, e->letter);
	ok(read(source->fd, &c, 1) == 1, "and can be read");
	if (e->removes)
		loop_remove(e->note->loop, &e->removes->source);
}

static void open_end(struct end *e, struct note *note, char letter)
{
	int ends[2];

	ok(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0 && write(ends[1], "x", 1) == 1, "a pipe");
	*e = (struct end){ { ends[0], heard }, note, letter, NULL, ends[1] };
	ok(loop_add(note->loop, &e->source, EPOLLIN) == 0, "waited for");
}

static void test_remove(void **state)
{
	struct loop loop;
	struct note note;
	struct end a, b;
	struct alarm z = { { .due = ring }, &note, '!', NULL, 0 };

	(void)state;
	open_loop(&loop, &note);
	open_end(&a, &note, 'a');
	open_end(&b, &note, 'b');
	a.removes = &b;
	b.removes = &a;
	timer_set(&loop, &z.timer, 5);
	run(&loop);
	ok(note.n == 2 && note.said[1] == '!', "of two that remove each other one is heard");
	ok((a.source.fd < 0) != (b.source.fd < 0), "and the other is closed");
	close(a.other);
	close(b.other);
	loop_remove(&loop, &a.source);
	loop_remove(&loop, &b.source);
}

/* One that removes itself, and a new one with the same descriptor. */
static void test_reuse(void **state)
{
	struct loop loop;
	struct note note;
	struct end a, b;
	struct alarm z = { { .due = ring }, &note, '!', NULL, 0 };
	int old;

	(void)state;
	open_loop(&loop, &note);
	open_end(&a, &note, 'a');
	old = a.source.fd;
	loop_remove(&loop, &a.source);
	open_end(&b, &note, 'b');
	ok(b.source.fd == old, "the number is used again");
	timer_set(&loop, &z.timer, 5);
	run(&loop);
	assert_string_equal(note.said, "b!");
	close(a.other);
	close(b.other);
	loop_remove(&loop, &b.source);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("timers are due in the order of their moments", test_timers),
		TEST("a timer far away holds up nothing", test_far),
		TEST("many timers keep their order", test_many),
		TEST("a task that queues itself again waits for its turn", test_fair),
		TEST("a task may drop and queue others", test_drop),
		TEST("a task may free itself", test_frees),
		TEST("a source that was removed is not heard, though it was ready", test_remove),
		TEST("a descriptor's number may be used again at once", test_reuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
