#include "base/event.h"

#include <string.h>

#include "base/io.h"

const char *const event_names[EVENT_TYPES + 1] = {
	[EVENT_START] = "start",
	[EVENT_EXEC] = "exec",
	[EVENT_DENIED] = "denied",
	[EVENT_CONNECT] = "connect",
	[EVENT_LIMIT] = "limit",
	[EVENT_UNENFORCED] = "unenforced",
	[EVENT_TRIPWIRE] = "tripwire",
	[EVENT_ERROR] = "error",
	[EVENT_END] = "end",
};

void events_init(struct events *e, int fd)
{
	*e = (struct events){ .fd = fd, .next = 1 };
}

static bool is_final(enum event_type type)
{
	return type == EVENT_LIMIT || type == EVENT_ERROR || type == EVENT_END;
}

static char *dump(const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	if (!text)
		abort();
	return text;
}

/* What number, time and type do not need is one of the fields: the longest of them is. */
static const char *find_longest(json_t *line)
{
	const char *key, *longest = NULL;
	size_t most = 0;
	json_t *value;

	json_object_foreach (line, key, value) {
		auto_free char *text = dump(value);

		if (strlen(text) <= most)
			continue;
		most = strlen(text);
		longest = key;
	}
	return longest;
}

/* Leaves out the longest fields until the line is within its bound, and names them in "cut". */
static char *dump_within(json_t *line, size_t max)
{
	char *text = dump(line);
	json_t *cut = NULL;

	while (strlen(text) > max) {
		const char *key = find_longest(line);

		free(text);
		if (!cut) {
			cut = json_array();
			json_put(line, "cut", cut);
		}
		json_push(cut, json_string(key));
		json_object_del(line, key);
		text = dump(line);
	}
	return text;
}

static void write_line(struct events *e, json_t *fields)
{
	auto_free char *text = dump_within(fields, EVENT_MAX_LINE - 1);
	auto_buf struct buf line = BUF_INIT;
	int r;

	buf_adds(&line, text);
	buf_addc(&line, '\n');
	r = io_write_all(e->fd, line.data, line.len);
	if (r < 0 && !e->error)
		e->error = r;
	e->bytes += line.len;
	e->next++;
}

void events_add(struct events *e, enum event_type type, uint64_t t_ms, json_t *fields)
{
	auto_json json_t *line = json_object();

	if (e->fd >= 0 && e->bytes >= EVENT_MAX_BYTES && !is_final(type)) {
		e->omitted++;
	} else if (e->fd >= 0) {
		json_put_int(line, "n", e->next);
		json_put_int(line, "t", t_ms);
		json_put(line, "type", json_string(event_names[type]));
		if (json_object_update(line, fields) < 0)
			abort();
		write_line(e, line);
	}
	json_decref(fields);
}

int event_type_of(const json_t *line)
{
	const char *name = json_string_value(json_object_get(line, "type"));

	for (int i = 0; name && i < EVENT_TYPES; i++)
		if (!strcmp(name, event_names[i]))
			return i;
	return -EINVAL;
}
