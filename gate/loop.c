#include "gate/loop.h"

#include <sys/epoll.h>
#include <time.h>

enum { AT_ONCE = 64, FIRST_TIMERS = 64 };

static uint64_t monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int loop_init(struct loop *loop, struct err *err)
{
	*loop = (struct loop){ .epoll = epoll_create1(EPOLL_CLOEXEC), .now = monotonic_ms() };
	loop->last = &loop->first;
	return loop->epoll < 0 ? err_set(err, -errno, "wait for events") : 0;
}

void loop_done(struct loop *loop)
{
	if (loop->epoll >= 0)
		close(loop->epoll);
	free(loop->timers.v);
	loop->timers = (struct timers){ 0 };
}

static int control(struct loop *loop, int how, struct source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	return epoll_ctl(loop->epoll, how, source->fd, &event) < 0 ? -errno : 0;
}

int loop_add(struct loop *loop, struct source *source, uint32_t events)
{
	return control(loop, EPOLL_CTL_ADD, source, events);
}

int loop_change(struct loop *loop, struct source *source, uint32_t events)
{
	return control(loop, EPOLL_CTL_MOD, source, events);
}

/* Nobody else has the descriptor, so that closing it ends the waiting too. */
void loop_remove(struct loop *loop, struct source *source)
{
	(void)loop;
	if (source->fd >= 0)
		close(source->fd);
	source->fd = -1;
}

static bool is_before(const struct timer *a, const struct timer *b)
{
	return a->at < b->at || (a->at == b->at && a->turn < b->turn);
}

static void put(struct timers *timers, size_t place, struct timer *timer)
{
	timers->v[place] = timer;
	timer->place = place;
}

static void move_up(struct timers *timers, struct timer *timer)
{
	size_t i = timer->place;

	for (size_t up; i && is_before(timer, timers->v[up = (i - 1) / 2]); i = up)
		put(timers, i, timers->v[up]);
	put(timers, i, timer);
}

static size_t earlier_child(const struct timers *timers, size_t i)
{
	size_t child = 2 * i + 1;

	return child + 1 < timers->n && is_before(timers->v[child + 1], timers->v[child])
		       ? child + 1
		       : child;
}

static void move_down(struct timers *timers, struct timer *timer)
{
	size_t i = timer->place, child = earlier_child(timers, i);

	while (child < timers->n && is_before(timers->v[child], timer)) {
		put(timers, i, timers->v[child]);
		i = child;
		child = earlier_child(timers, i);
	}
	put(timers, i, timer);
}

void timer_clear(struct timer *timer)
{
	struct timers *timers = timer->among;
	struct timer *last;

	if (!timer->at)
		return;
	timer->at = 0;
	last = timers->v[--timers->n];
	if (last == timer)
		return;
	put(timers, timer->place, last);
	move_up(timers, last);
	move_down(timers, last);
}

void timer_set(struct loop *loop, struct timer *timer, uint64_t ms)
{
	struct timers *timers = &loop->timers;

	timer_clear(timer);
	if (timers->n == timers->cap) {
		timers->cap = timers->cap ? timers->cap * 2 : FIRST_TIMERS;
		timers->v = xrealloc(timers->v, timers->cap, sizeof(struct timer *));
	}
	timer->at = loop->now + ms;
	timer->turn = timers->turn++;
	timer->among = timers;
	put(timers, timers->n++, timer);
	move_up(timers, timer);
}

static void run_timers(struct loop *loop)
{
	while (loop->timers.n && loop->timers.v[0]->at <= loop->now) {
		struct timer *timer = loop->timers.v[0];

		timer_clear(timer);
		timer->due(timer);
	}
}

void task_queue(struct loop *loop, struct task *task)
{
	if (task->queued)
		return;
	task->queued = true;
	task->next = NULL;
	*loop->last = task;
	loop->last = &task->next;
}

void task_drop(struct loop *loop, struct task *task)
{
	struct task **at = &loop->first;

	if (!task->queued)
		return;
	while (*at != task)
		at = &(*at)->next;
	*at = task->next;
	if (loop->last == &task->next)
		loop->last = at;
	task->queued = false;
}

/* Those that are queued meanwhile wait for the next round. A task may free
 * itself. */
static void run_tasks(struct loop *loop)
{
	struct task end = { .queued = false };

	task_queue(loop, &end);
	while (loop->first != &end) {
		struct task *task = loop->first;

		task_drop(loop, task);
		task->run(task);
	}
	task_drop(loop, &end);
}

static int patience(const struct loop *loop)
{
	uint64_t left;

	if (loop->first)
		return 0;
	if (!loop->timers.n)
		return -1;
	left = loop->timers.v[0]->at > loop->now ? loop->timers.v[0]->at - loop->now : 0;
	return left < INT32_MAX ? (int)left : INT32_MAX;
}

static int wait_once(struct loop *loop)
{
	struct epoll_event events[AT_ONCE];
	int n = epoll_pwait(loop->epoll, events, AT_ONCE, patience(loop), NULL);
	int r = n < 0 && errno != EINTR ? -errno : 0;

	loop->now = monotonic_ms();
	for (int i = 0; i < n; i++) {
		struct source *source = events[i].data.ptr;

		if (source->fd >= 0)
			source->ready(source, events[i].events);
	}
	run_timers(loop);
	run_tasks(loop);
	return r;
}

int loop_run(struct loop *loop, struct err *err)
{
	int r = 0;

	while (r == 0 && !loop->over)
		r = wait_once(loop);
	return r < 0 ? err_set(err, r, "wait for events") : 0;
}
