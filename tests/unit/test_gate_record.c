#include "tests/unit/check.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "gate/record.h"
#include "gate/wire.h"

struct line {
	struct recorder recorder;
	int supervisor;
};

static void open_line(struct line *l)
{
	int ends[2];

	ok(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "a line");
	recorder_init(&l->recorder, ends[0]);
	l->supervisor = ends[1];
}

static void close_line(struct line *l)
{
	close(l->recorder.sock);
	close(l->supervisor);
}

/* What was told last; NULL: nothing. The caller's. */
static json_t *heard(const struct line *l)
{
	char text[WIRE_MAX_RECORD];
	ssize_t n = recv(l->supervisor, text, sizeof(text), MSG_DONTWAIT);
	json_t *json = NULL;

	if (n < 0)
		return NULL;
	ok(n > 1 && text[0] == GATE_RECORD, "a record");
	ok(json_parse(text + 1, (size_t)n - 1, "r", &json, NULL) == 0, "of JSON");
	return json;
}

static void deny(struct line *l, const char *name, const char *error)
{
	json_t *o = json_object();

	json_put_str(o, "what", "name");
	json_put_str(o, "name", name);
	json_put_str(o, "error", error);
	record_denied(&l->recorder, o, (struct peer){ 0 });
}

static bool says(const struct line *l, const char *canonical)
{
	auto_json json_t *json = heard(l);
	auto_free char *text = json ? json_canonical(json) : xstrdup("nothing");

	return !strcmp(text, canonical);
}

static void test_once(void **state)
{
	struct line l;

	(void)state;
	open_line(&l);
	deny(&l, "a", "not listed");
	ok(says(&l,
		   "{\"error\":\"not listed\",\"name\":\"a\",\"type\":\"denied\",\"what\":\"name\"}"),
		"what is denied is told");
	deny(&l, "a", "not listed");
	deny(&l, "a", "not listed");
	ok(says(&l, "nothing"), "but not again");
	deny(&l, "b", "not listed");
	deny(&l, "a", "other");
	ok(!says(&l, "nothing") && !says(&l, "nothing"), "others are");
	recorder_done(&l.recorder);
	ok(says(&l, "{\"error\":\"not listed\",\"name\":\"a\",\"times\":2,\"type\":\"denied\","
		    "\"what\":\"name\"}") &&
			says(&l, "nothing"),
		"how often comes at the end");
	close_line(&l);
}

static void test_many(void **state)
{
	enum { MANY = 5000 };
	uint64_t named = 0, unnamed = 0, times = 0;
	json_t *json;
	struct line l;

	(void)state;
	open_line(&l);
	for (int i = 0; i < MANY; i++) {
		char name[32];

		snprintf(name, sizeof(name), "n%d", i);
		deny(&l, name, "not listed");
		while ((json = heard(&l))) {
			named += json_object_get(json, "name") != NULL;
			unnamed += json_object_get(json, "name") == NULL;
			json_decref(json);
		}
	}
	ok(named == 1024 && unnamed == 1, "of very many only the first are told by name");
	deny(&l, "n0", "not listed");
	recorder_done(&l.recorder);
	while ((json = heard(&l))) {
		times += (uint64_t)json_integer_value(json_object_get(json, "times"));
		json_decref(json);
	}
	ok(named + unnamed + times == MANY + 1, "and the rest are counted");
	close_line(&l);
}

static void test_long(void **state)
{
	char name[254];
	struct line l;
	json_t *json;

	(void)state;
	open_line(&l);
	memset(name, '\\', 253);
	name[253] = '\0';
	deny(&l, name, "not listed");
	json = heard(&l);
	ok(json && !strcmp(json_string_value(json_object_get(json, "name")), name),
		"the oddest name fits a record");
	json_decref(json);
	recorder_done(&l.recorder);
	close_line(&l);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("what is denied is told once, and how often at the end", test_once),
		TEST("a job that makes up names does not fill the log", test_many),
		TEST("the oddest name fits a record", test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
