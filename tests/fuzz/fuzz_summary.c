/* fuzz_summary.c: the stream of events: what a cage writes of what a job did, and what is read of it. */
#include <fcntl.h>
#include <string.h>

#include "base/event.h"
#include "base/io.h"
#include "runner/summary.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_EVENTS = 4 };

static const char name[] = "events";

static int read_summary(struct summary *ret, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", fuzz_scratch()->path, name);

	return summary_read(path, ret, err);
}

static void check_summary(const struct summary *s)
{
	auto_json json_t *json = summary_encode(s), *back = NULL;
	auto_free char *text = json_canonical(json);

	must(s->n_attempts <= SUMMARY_MAX_ATTEMPTS && s->programs.n <= SUMMARY_MAX_PROGRAMS);
	for (size_t i = 0; i < s->n_attempts; i++)
		must(s->attempts[i].count && s->attempts[i].what && s->attempts[i].program);
	must(json_parse(text, strlen(text), "j", &back, NULL) == 0 && json_equal(json, back));
}

/* Any bytes: read to their end, or refused with a sentence. */
static void check_bytes(const uint8_t *data, size_t size)
{
	struct summary s;
	struct err err = { "" };
	int r;

	must(fuzz_put(name, data, size));
	r = read_summary(&s, &err);
	must(r == 0 || err.text[0]);
	check_summary(&s);
	summary_done(&s);
}

/* Names and arguments are the job's: any bytes, of any length. */
static json_t *make_value(struct feed *f)
{
	auto_buf struct buf bytes = BUF_INIT;
	size_t times = 1U << feed_byte(f) % 15;
	auto_free char *text = feed_text(f);
	size_t len = strlen(text);

	while (len && bytes.len + len <= times)
		buf_add(&bytes, text, len);
	return json_bytes(bytes.data ? bytes.data : "", bytes.len);
}

static json_t *make_fields(struct feed *f)
{
	static const char *const keys[] = { "program", "cwd", "argv", "what", "address", "syscall",
		"message", "path" };
	json_t *fields = json_object(), *list;
	uint8_t which = feed_byte(f);

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (which >> i & 1)
			json_put(fields, keys[i], make_value(f));
	if (which % 5)
		return fields;
	list = json_array();
	for (int i = feed_byte(f) % 8; i > 0; i--)
		json_push(list, make_value(f));
	json_put(fields, "argv", list);
	return fields;
}

static void write_events(struct feed *f, uint64_t *ret_n)
{
	auto_fd int fd = openat(
		fuzz_scratch()->fd, name, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600);
	struct events e;

	must(fd >= 0);
	events_init(&e, fd);
	for (int i = 0; f->left && i < MAX_EVENTS; i++)
		events_add(&e, feed_byte(f) % EVENT_END, feed_u16(f), make_fields(f));
	must(!e.error && !e.omitted);
	*ret_n = e.next - 1;
}

static void check_line(const char *line, size_t len, uint64_t n)
{
	auto_json json_t *json = NULL;

	must(len < EVENT_MAX_LINE && json_parse(line, len, "j", &json, NULL) == 0);
	must((uint64_t)json_integer_value(json_object_get(json, "n")) == n);
	must(event_type_of(json) >= 0 && json_object_get(json, "t"));
}

/* What is written is whole lines in order, each within its bound, and is read. */
static void check_written(struct feed *f)
{
	auto_buf struct buf text = BUF_INIT;
	struct summary s;
	uint64_t written, n = 0;
	char *rest;

	write_events(f, &written);
	must(file_read(fuzz_scratch()->fd, name, EVENT_MAX_BYTES, &text, NULL) == 0);
	must(!text.len || text.data[text.len - 1] == '\n');
	for (rest = text.data; rest && *rest; n++) {
		char *line = strsep(&rest, "\n");

		check_line(line, strlen(line), n + 1);
	}
	must(n == written && read_summary(&s, NULL) == 0 && !s.ended);
	check_summary(&s);
	summary_done(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed f = { data, size };

	check_bytes(data, size);
	check_written(&f);
	return 0;
}
