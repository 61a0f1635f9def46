/* loop.h: everything that can happen to the gate is a descriptor that is ready or a deadline that passes. */
#ifndef REMIT_GATE_LOOP_H
#define REMIT_GATE_LOOP_H

#include <sys/epoll.h>

#include "base/err.h"

/* Part of whatever waits for the descriptor. */
struct source {
	int fd;
	void (*ready)(struct source *source, uint32_t events);
};

/* Part of whatever waits for a moment. */
struct timer {
	uint64_t at; /* ms on the monotonic clock; 0: not set */
	void (*due)(struct timer *timer);
	uint64_t turn; /* of those of one moment the first that was set is due first */
	struct timers *among;
	size_t place;
};

/* A heap: each is due before the two at twice its place, plus 1 and 2. A job says how many there are. */
struct timers {
	struct timer **v;
	size_t n, cap;
	uint64_t turn;
};

/* Part of whatever has more to do than it may do at once. */
struct task {
	bool queued;
	void (*run)(struct task *task);
	struct task *next;
};

struct loop {
	int epoll;
	bool over;
	uint64_t now; /* ms, as of this round */
	struct timers timers;
	struct task *first, **last;
};

int loop_init(struct loop *loop, struct err *err) MUST_USE;
void loop_done(struct loop *loop);

/* events as epoll has them. A source is gone with loop_remove, also from what is ready already. */
int loop_add(struct loop *loop, struct source *source, uint32_t events) MUST_USE;
int loop_change(struct loop *loop, struct source *source, uint32_t events) MUST_USE;

/* Closes the descriptor too. */
void loop_remove(struct loop *loop, struct source *source);

void timer_set(struct loop *loop, struct timer *timer, uint64_t ms);
void timer_clear(struct timer *timer);

/* Once what is ready now has had its turn. */
void task_queue(struct loop *loop, struct task *task);
void task_drop(struct loop *loop, struct task *task);

/* Until over is set. */
int loop_run(struct loop *loop, struct err *err) MUST_USE;

#endif
