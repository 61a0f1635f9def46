#include "gate/loop.h"

#include <sys/epoll.h>
#include <time.h>

enum { AT_ONCE = 64 };

static uint64_t monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int loop_init(struct loop *loop, struct err *err)
{
	*loop = (struct loop){ .epoll = epoll_create1(EPOLL_CLOEXEC), .now = monotonic_ms() };
	loop->timers.next = loop->timers.prev = &loop->timers;
	loop->last = &loop->first;
	return loop->epoll < 0 ? err_set(err, -errno, "wait for events") : 0;
}

void loop_done(struct loop *loop)
{
	if (loop->epoll >= 0)
		close(loop->epoll);
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

void timer_clear(struct timer *timer)
{
	if (!timer->at)
		return;
	timer->prev->next = timer->next;
	timer->next->prev = timer->prev;
	timer->at = 0;
}

/* Most are set for later than all others. */
void timer_set(struct loop *loop, struct timer *timer, uint64_t ms)
{
	struct timer *before;

	timer_clear(timer);
	timer->at = loop->now + ms;
	before = loop->timers.prev;
	while (before != &loop->timers && before->at > timer->at)
		before = before->prev;
	timer->prev = before;
	timer->next = before->next;
	before->next->prev = timer;
	before->next = timer;
}

static void run_timers(struct loop *loop)
{
	while (loop->timers.next != &loop->timers && loop->timers.next->at <= loop->now) {
		struct timer *timer = loop->timers.next;

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

/* Those that are queued meanwhile wait for the next round. A task may free itself. */
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
	const struct timer *first = loop->timers.next;

	if (loop->first)
		return 0;
	if (first == &loop->timers)
		return -1;
	return first->at > loop->now ? (int)(first->at - loop->now) : 0;
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
