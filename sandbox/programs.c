#include "sandbox/programs.h"

#include <signal.h>
#include <sys/wait.h>

#include "sandbox/exits.h"

/* HELD is what the arguments of all that run may take of our memory; these two are what one takes beside its bytes. */
enum { BUCKETS = 1024, AT_ONCE = 64, HELD = 32 << 20, STRING = 96, OBJECT = 512 };

/* What its last event will say is known from its start but for how it ends. */
struct program {
	struct program *next;
	pid_t pid; /* as we see it */
	int fd; /* its pidfd, which tells its end; -1: waitpid does */
	json_t *fields;
	size_t held; /* memory that its arguments take */
};

struct programs {
	struct events *events;
	struct exits *exits; /* NULL: this kernel has none */
	uint64_t count;
	size_t held;
	struct program *buckets[BUCKETS];
};

struct programs *programs_new(struct events *events)
{
	struct programs *p = xcalloc(1, sizeof(*p));

	p->events = events;
	return p;
}

void programs_begin(struct programs *p)
{
	p->exits = exits_new();
}

bool programs_can_let_go(const struct programs *p)
{
	return p->exits != NULL;
}

static struct program **find(struct programs *p, pid_t pid)
{
	struct program **one = &p->buckets[(unsigned int)pid % BUCKETS];

	while (*one && (*one)->pid != pid)
		one = &(*one)->next;
	return one;
}

/* Takes it out of its place; the caller says what became of it and frees it. */
static struct program *take(struct program **slot)
{
	struct program *taken = *slot;

	*slot = taken->next;
	return taken;
}

static void release(struct programs *p, struct program *one)
{
	if (one->fd >= 0)
		exits_forget(p->exits, one->fd);
	p->held -= one->held;
	json_decref(one->fields);
	free(one);
}

void programs_free(struct programs *p)
{
	for (size_t i = 0; i < BUCKETS; i++)
		while (p->buckets[i])
			release(p, take(&p->buckets[i]));
	exits_free(p->exits);
	free(p);
}

static void report(
	struct programs *p, struct program *one, const char *key, json_t *value, uint64_t now)
{
	json_put(one->fields, key, value);
	events_add(p->events, EVENT_EXEC, now, one->fields);
	one->fields = NULL;
	release(p, one);
}

static void report_status(struct programs *p, struct program *one, int status, uint64_t now)
{
	if (WIFEXITED(status))
		report(p, one, "exit", json_integer(WEXITSTATUS(status)), now);
	else
		report(p, one, "signal", json_integer(WTERMSIG(status)), now);
}

/*
 * What a process ran before the present program. Its number may have been another one's, whose end we
 * have not seen yet; a pidfd does not mix them up.
 */
static int end_former(struct programs *p, pid_t pid, uint64_t now)
{
	struct program **slot = find(p, pid), *one;
	int status, fd;

	if (!*slot)
		return -1;
	one = take(slot);
	if (one->fd >= 0 && exits_status(one->fd, &status)) {
		report_status(p, one, status, now);
		return -1;
	}
	fd = steal_fd(&one->fd);
	report(p, one, "replaced", json_true(), now);
	return fd;
}

static size_t size_of(const json_t *argv)
{
	size_t i, size = 0;
	json_t *word;

	json_array_foreach (argv, i, word)
		size += json_is_string(word)
				? STRING + json_string_length(word)
				: OBJECT + json_string_length(json_object_get(word, "base64"));
	return size;
}

/* A job can run more programs at once, with more arguments, than we have memory for. */
static void hold(struct programs *p, struct program *one)
{
	size_t size = size_of(json_object_get(one->fields, "argv"));

	if (p->held + size > HELD) {
		json_put(one->fields, "argv", json_array());
		json_put(one->fields, "argv_cut", json_true());
		return;
	}
	one->held = size;
	p->held += size;
}

void programs_loaded(struct programs *p, pid_t pid, json_t *fields, uint64_t now)
{
	struct program *one = xcalloc(1, sizeof(*one)), **slot;

	one->pid = pid;
	one->fd = end_former(p, pid, now);
	one->fields = fields;
	if (one->fd < 0 && (!p->exits || exits_watch(p->exits, pid, &one->fd) < 0))
		one->fd = -1;
	slot = find(p, pid);
	*slot = one;
	p->count++;
	events_add(p->events, EVENT_START, now, json_copy(one->fields));
	hold(p, one);
	json_put_int(one->fields, "start", now);
}

bool programs_needs_tracer(const struct programs *p, pid_t pid)
{
	const struct program *one = *find((struct programs *)p, pid);

	return one && one->fd < 0;
}

void programs_waited(struct programs *p, pid_t pid, int status, uint64_t now)
{
	struct program **slot = find(p, pid);

	if (*slot && (*slot)->fd < 0)
		report_status(p, take(slot), status, now);
}

int programs_poll(const struct programs *p)
{
	return p->exits ? exits_poll(p->exits) : -1;
}

void programs_serve(struct programs *p, uint64_t now)
{
	pid_t gone[AT_ONCE];
	size_t n = exits_next(p->exits, gone, AT_ONCE);

	for (size_t i = 0; i < n; i++) {
		struct program **slot = find(p, gone[i]);
		int status;

		if (*slot && (*slot)->fd >= 0 && exits_status((*slot)->fd, &status))
			report_status(p, take(slot), status, now);
	}
}

void programs_end(struct programs *p, uint64_t now)
{
	for (size_t i = 0; i < BUCKETS; i++)
		while (p->buckets[i]) {
			struct program *one = take(&p->buckets[i]);
			int status = SIGKILL;

			if (one->fd >= 0 && !exits_status(one->fd, &status))
				status = SIGKILL;
			report_status(p, one, status, now);
		}
}

uint64_t programs_count(const struct programs *p)
{
	return p->count;
}
