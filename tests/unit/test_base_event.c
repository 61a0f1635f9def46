#include "tests/unit/check.h"

#include <fcntl.h>
#include <string.h>

#include "base/event.h"
#include "base/io.h"
#include "tests/unit/scratch.h"

static json_t *line_at(const char *text, size_t i)
{
	json_t *json = NULL;

	while (i--)
		text = strchr(text, '\n') + 1;
	ok(json_parse(text, strcspn(text, "\n"), "line", &json, NULL) == 0, "a line is JSON");
	return json;
}

static uint64_t number(const json_t *line, const char *key)
{
	uint64_t n = 0;

	ok(json_get_int(line, key, &n, NULL) == 0, "a number is there");
	return n;
}

static json_t *program(const char *name)
{
	json_t *o = json_object();

	json_put_str(o, "program", name);
	return o;
}

static void test_numbers(void **state)
{
	auto_scratch struct scratch s;
	auto_free char *text = NULL;
	struct events e;

	(void)state;
	scratch_open(&s);
	events_init(&e, openat(s.fd, "events", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	for (unsigned int i = 0; i < 5; i++)
		events_add(&e, EVENT_EXEC, i * 10, program(i == 3 ? "\xff" : "sh"));
	close(e.fd);
	text = scratch_get(&s, "events");
	for (unsigned int i = 0; i < 5; i++) {
		auto_json json_t *line = line_at(text, i);
		auto_buf struct buf name = BUF_INIT;

		ok(number(line, "n") == i + 1 && number(line, "t") == i * 10, "in order, no gap");
		ok(event_type_of(line) == EVENT_EXEC, "with its type");
		ok(json_get_bytes(json_object_get(line, "program"), &name) == 0, "and its fields");
		assert_string_equal(buf_str(&name), i == 3 ? "\xff" : "sh");
	}
	ok(!e.omitted && !e.error && e.bytes == strlen(text), "nothing is left out");
	ok(!strncmp(text, "{\"n\":1,\"t\":0,\"type\":\"exec\",", 27),
		"the common part comes first");
}

static void test_bound(void **state)
{
	auto_scratch struct scratch s;
	auto_free char *text = NULL;
	struct events e;

	(void)state;
	scratch_open(&s);
	events_init(&e, openat(s.fd, "events", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	events_add(&e, EVENT_START, 1, program("before"));
	e.bytes = EVENT_MAX_BYTES;
	for (int i = 0; i < 7; i++)
		events_add(&e, i % 2 ? EVENT_DENIED : EVENT_EXEC, 2, program("left out"));
	events_add(&e, EVENT_TRIPWIRE, 2, program("left out"));
	events_add(&e, EVENT_LIMIT, 3, program("limit"));
	events_add(&e, EVENT_ERROR, 3, program("error"));
	events_add(&e, EVENT_END, 4, program("end"));
	close(e.fd);
	ok(e.omitted == 8, "what is left out is counted");
	text = scratch_get(&s, "events");
	ok(!strstr(text, "left out"), "and not written");
	for (unsigned int i = 1; i < 4; i++) {
		static const enum event_type types[] = { EVENT_LIMIT, EVENT_ERROR, EVENT_END };
		auto_json json_t *line = line_at(text, i);

		ok(number(line, "n") == i + 1 && event_type_of(line) == (int)types[i - 1],
			"how it ended is written, with no gap in the numbers");
	}
}

/* Control bytes take six characters each. */
static json_t *long_field(size_t bytes)
{
	auto_free char *text = xcalloc(bytes + 1, 1);

	memset(text, 1, bytes);
	return json_bytes(text, bytes);
}

static void test_long_line(void **state)
{
	auto_scratch struct scratch s;
	auto_free char *text = NULL;
	json_t *fields = program("sh");
	struct events e;

	(void)state;
	scratch_open(&s);
	events_init(&e, openat(s.fd, "events", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	json_put(fields, "argv", long_field(EVENT_MAX_LINE));
	json_put(fields, "cwd", long_field(EVENT_MAX_LINE / 8));
	json_put(fields, "note", long_field(EVENT_MAX_LINE / 16));
	events_add(&e, EVENT_START, 1, fields);
	events_add(&e, EVENT_START, 2, program("next"));
	close(e.fd);
	text = scratch_get(&s, "events");
	ok(strcspn(text, "\n") < EVENT_MAX_LINE, "it is within the bound");
	auto_json json_t *line = line_at(text, 0), *next = line_at(text, 1);
	auto_free char *cut = json_dumps(json_object_get(line, "cut"), JSON_COMPACT);

	ok(event_type_of(line) == EVENT_START && json_object_get(line, "program"),
		"what is short stays");
	assert_string_equal(cut, "[\"argv\",\"cwd\"]");
	ok(!json_object_get(line, "argv") && json_object_get(line, "note"),
		"what is named is left out, and nothing else");
	ok(number(next, "n") == 2 && !json_object_get(next, "cut"), "the next line is whole");
}

static void test_nobody(void **state)
{
	struct events e;

	(void)state;
	events_init(&e, -1);
	events_add(&e, EVENT_EXEC, 1, program("x"));
	events_add(&e, EVENT_END, 1, json_object());
	ok(e.next == 1 && !e.error && !e.omitted, "without a descriptor nothing happens");
}

static void test_failure(void **state)
{
	struct events e;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	ok(fd >= 0, "prepared");
	events_init(&e, fd);
	events_add(&e, EVENT_EXEC, 1, program("x"));
	close(fd);
	events_add(&e, EVENT_EXEC, 1, program("y"));
	ok(e.error == -ENOSPC, "the first failure is kept");
}

static void test_names(void **state)
{
	static const char *const wrong[] = { "{}", "{\"type\":1}", "{\"type\":\"Exec\"}",
		"{\"type\":\"\"}", "[]", "null" };

	(void)state;
	for (int i = 0; i < EVENT_TYPES; i++) {
		auto_json json_t *line = json_object();

		json_put_str(line, "type", event_names[i]);
		ok(event_type_of(line) == i, "a name stands for its type");
	}
	ok(!event_names[EVENT_TYPES], "the names end");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		auto_json json_t *line = line_at(wrong[i], 0);

		ok(event_type_of(line) == -EINVAL, "nothing else does");
	}
}

static const struct CMUnitTest tests[] = {
	TEST("events are numbered without a gap and are any bytes", test_numbers),
	TEST("a stream has a bound, and what is left out is counted", test_bound),
	TEST("a line has a bound, and what is left out of it is named", test_long_line),
	TEST("a stream that nobody wants costs nothing", test_nobody),
	TEST("a stream that can't be written says so", test_failure),
	TEST("every type has one name", test_names),
};

int main(void)
{
	return cmocka_run_group_tests_name("base/event", tests, NULL, NULL);
}
