#include "sandbox/supervisor.h"

#include <signal.h>
#include <sys/wait.h>

static bool has_exited(const struct supervisor *s)
{
	return s->ended && WIFEXITED(s->status) && !s->gate_lost;
}

int supervisor_status(const struct supervisor *s)
{
	if (s->failure)
		return s->failure;
	if (has_exited(s))
		return WEXITSTATUS(s->status);
	return 128 + (s->ended && WIFSIGNALED(s->status) ? WTERMSIG(s->status) : SIGKILL);
}

static uint64_t microseconds(const struct timeval *t)
{
	return (uint64_t)t->tv_sec * 1000000 + (uint64_t)t->tv_usec;
}

static json_t *encode_end(struct supervisor *s, uint64_t t_ms)
{
	json_t *o = json_object();

	if (has_exited(s))
		json_put_int(o, "exit", (uint64_t)WEXITSTATUS(s->status));
	else
		json_put_int(o, "signal", (uint64_t)(supervisor_status(s) & 127));
	json_put_str(o, "why", s->stopped);
	json_put_int(o, "wall", t_ms);
	json_put_int(o, "user", microseconds(&s->usage.ru_utime) / 1000);
	json_put_int(o, "sys", microseconds(&s->usage.ru_stime) / 1000);
	json_put_int(o, "max_rss", (uint64_t)s->usage.ru_maxrss * 1024);
	json_put_int(o, "execs", trace_execs(s->trace));
	json_put_int(o, "denied", trace_denied(s->trace) + s->gate.denied);
	json_put_int(o, "tripwires", s->trips);
	json_put_int(o, "output", s->cage->io.output);
	json_put_int(o, "disk", limits_disk_used(&s->limits));
	json_put_int(o, "omitted", s->cage->events.omitted);
	return o;
}

void supervisor_tell_end(struct supervisor *s, uint64_t t_ms)
{
	json_t *error;

	if (s->failure == CAGE_FAILED) {
		error = json_object();
		json_put_str(error, "message", s->why.text);
		events_add(&s->cage->events, EVENT_ERROR, t_ms, error);
	}
	events_add(&s->cage->events, EVENT_END, t_ms, encode_end(s, t_ms));
}

/* Memory and processors need a cgroup; who said best-effort is told what that came to. */
void supervisor_tell_unenforced(struct supervisor *s)
{
	const struct plan_limits *l = &s->cage->plan.limits;
	const struct {
		const char *name;
		uint64_t limit;
	} limits[] = { { "memory", l->memory }, { "cpu", l->cpu } };

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (limits[i].limit) {
			json_t *fields = json_object();

			json_put_str(fields, "name", limits[i].name);
			events_add(&s->cage->events, EVENT_UNENFORCED, 0, fields);
		}
}
