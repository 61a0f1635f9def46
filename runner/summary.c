#include "runner/summary.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/event.h"
#include "base/io.h"

void summary_done(struct summary *s)
{
	for (size_t i = 0; i < s->n_attempts; i++) {
		free(s->attempts[i].what);
		free(s->attempts[i].program);
	}
	free(s->attempts);
	free(s->why);
	free(s->error);
	hosts_done(&s->hosts);
	json_decref(s->seen);
	strs_done(&s->programs);
	strs_done(&s->unenforced);
	*s = (struct summary){ 0 };
}

/* Bytes that are no text are shown as they would be in base64. */
static const char *text_of(const json_t *line, const char *key)
{
	const json_t *v = json_object_get(line, key);
	const char *plain = json_string_value(v);

	if (plain)
		return plain;
	plain = json_string_value(json_object_get(v, "base64"));
	return plain ? plain : "";
}

static uint64_t number_of(const json_t *line, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(line, key));

	return n > 0 ? (uint64_t)n : 0;
}

/* Of what is repeated, the gate tells how often, but not by whom: that counts with the first. */
static void note_attempt(struct summary *s, const char *what, const char *program, uint64_t times)
{
	struct summary_attempt *a = s->attempts;

	for (size_t i = 0; i < s->n_attempts; i++)
		if (!strcmp(a[i].what, what) && (!*program || !strcmp(a[i].program, program))) {
			a[i].count += times;
			return;
		}
	if (s->n_attempts == SUMMARY_MAX_ATTEMPTS)
		return;
	s->attempts = xrealloc(a, s->n_attempts + 1, sizeof(*a));
	s->attempts[s->n_attempts++] =
		(struct summary_attempt){ xstrdup(what), xstrdup(program), times };
}

static char *describe_denied(const json_t *line)
{
	const char *what = text_of(line, "what"), *address = text_of(line, "address");
	bool six = strchr(address, ':') != NULL;

	if (*text_of(line, "record"))
		return xasprintf(
			"look-up of %s: %s", text_of(line, "name"), text_of(line, "error"));
	if (*text_of(line, "name"))
		return xasprintf("%s to %s:%llu: %s", what, text_of(line, "name"),
			(unsigned long long)number_of(line, "port"), text_of(line, "error"));
	if (*address)
		return xasprintf("%s to %s%s%s:%llu (%s)", what, six ? "[" : "", address,
			six ? "]" : "", (unsigned long long)number_of(line, "port"),
			text_of(line, "protocol"));
	if (*text_of(line, "syscall"))
		return xasprintf("system call %s", text_of(line, "syscall"));
	return xstrdup(what);
}

static void take_start(struct summary *s, const json_t *line)
{
	const char *program = text_of(line, "program");

	if (json_object_get(s->seen, program))
		return;
	json_put(s->seen, program, json_true());
	if (s->programs.n < SUMMARY_MAX_PROGRAMS)
		strs_add(&s->programs, program);
	else
		s->programs_omitted++;
}

static void take_denied(struct summary *s, const json_t *line)
{
	auto_free char *what = describe_denied(line);

	uint64_t times = number_of(line, "times");

	note_attempt(s, what, text_of(line, "program"), times ? times : 1);
}

static void take_tripwire(struct summary *s, const json_t *line)
{
	auto_free char *what = xasprintf("open the decoy %s", text_of(line, "path"));

	note_attempt(s, what, "", 1);
}

static void take_connect(struct summary *s, const json_t *line)
{
	hosts_note(&s->hosts, line);
}

static void take_unenforced(struct summary *s, const json_t *line)
{
	strs_add(&s->unenforced, text_of(line, "name"));
}

static void take_error(struct summary *s, const json_t *line)
{
	free(s->error);
	s->error = xstrdup(text_of(line, "message"));
}

static void take_end(struct summary *s, const json_t *line)
{
	const json_t *signal = json_object_get(line, "signal");

	s->ended = true;
	s->exit = signal ? 128 + (int)(json_integer_value(signal) & 127)
			 : (int)(number_of(line, "exit") & 255);
	free(s->why);
	s->why = *text_of(line, "why") ? xstrdup(text_of(line, "why")) : NULL;
	s->wall = number_of(line, "wall");
	s->user = number_of(line, "user");
	s->sys = number_of(line, "sys");
	s->max_rss = number_of(line, "max_rss");
	s->output = number_of(line, "output");
	s->disk = number_of(line, "disk");
	s->execs = number_of(line, "execs");
	s->denied = number_of(line, "denied");
	s->tripwires = number_of(line, "tripwires");
	s->omitted = number_of(line, "omitted");
}

static void (*const takers[EVENT_TYPES])(struct summary *s, const json_t *line) = {
	[EVENT_START] = take_start,
	[EVENT_DENIED] = take_denied,
	[EVENT_TRIPWIRE] = take_tripwire,
	[EVENT_CONNECT] = take_connect,
	[EVENT_UNENFORCED] = take_unenforced,
	[EVENT_ERROR] = take_error,
	[EVENT_END] = take_end,
};

static int take_line(struct summary *s, const char *text, size_t len, struct err *err)
{
	auto_json json_t *line = NULL;
	int r = json_parse(text, len, "events", &line, err), type;

	if (r < 0)
		return r;
	type = event_type_of(line);
	if (type < 0)
		return err_say(err, type, "events: a line of unknown type");
	if (takers[type])
		takers[type](s, line);
	return 0;
}

int summary_read(const char *path, struct summary *ret, struct err *err)
{
	FILE *f = fopen(path, "re");
	auto_free char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int r = 0;

	*ret = (struct summary){ 0 };
	if (!f)
		return err_set(err, -errno, "read '%s'", path);
	ret->seen = json_object();
	while (r == 0 && (n = getline(&line, &size, f)) > 0)
		r = take_line(ret, line, (size_t)n, err);
	fclose(f);
	json_decref(ret->seen);
	ret->seen = NULL;
	return r;
}

uint64_t summary_attempts_omitted(const struct summary *s, size_t n)
{
	uint64_t all = s->denied + s->tripwires, told = 0;

	for (size_t i = 0; i < n && i < s->n_attempts; i++)
		told += s->attempts[i].count;
	return all > told ? all - told : 0;
}

static json_t *encode_attempts(const struct summary *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_attempts; i++) {
		json_t *o = json_object();

		json_put_str(o, "what", s->attempts[i].what);
		json_put_str(o, "program", s->attempts[i].program);
		json_put_int(o, "count", s->attempts[i].count);
		json_push(list, o);
	}
	return list;
}

static json_t *encode_names(const struct strs *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < names->n; i++)
		json_push(list, json_bytes(names->v[i], strlen(names->v[i])));
	return list;
}

json_t *summary_encode(const struct summary *s)
{
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{ "wall", s->wall },
		{ "user", s->user },
		{ "sys", s->sys },
		{ "max_rss", s->max_rss },
		{ "output", s->output },
		{ "disk", s->disk },
		{ "execs", s->execs },
		{ "denied", s->denied },
		{ "tripwires", s->tripwires },
		{ "omitted", s->omitted },
		{ "programs_omitted", s->programs_omitted },
		{ "attempts_omitted", summary_attempts_omitted(s, s->n_attempts) },
		{ "exit", (uint64_t)s->exit },
	};
	json_t *o = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		json_put_int(o, numbers[i].key, numbers[i].value);
	json_put_str(o, "why", s->why);
	json_put_str(o, "error", s->error);
	json_put(o, "attempts", encode_attempts(s));
	json_put(o, "network", hosts_encode(&s->hosts, HOSTS_MAX));
	json_put(o, "programs", encode_names(&s->programs));
	json_put(o, "unenforced", encode_names(&s->unenforced));
	return o;
}
