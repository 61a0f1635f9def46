/* What a stream of events comes to, whatever its numbers are. */
#include <string.h>

#include "base/path.h"
#include "runner/summary.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"

static void read_text(const char *text, struct summary *ret)
{
	auto_scratch struct scratch s;
	auto_free char *path = NULL;
	struct err err = { "" };

	scratch_open(&s);
	scratch_put(&s, "events", text);
	path = path_join(s.path, "events");
	if (summary_read(path, ret, &err) < 0)
		fail_msg("not read: %s", err.text);
}

static int exit_of(const char *fields)
{
	auto_free char *line = xasprintf("{\"n\":1,\"t\":0,\"type\":\"end\",%s}\n", fields);
	struct summary s;
	int code;

	read_text(line, &s);
	ok(s.ended, "it has ended");
	code = s.exit;
	summary_done(&s);
	return code;
}

static void an_end_gives_a_status_as_a_shell_does(void **state)
{
	(void)state;
	ok(exit_of("\"exit\":0") == 0, "well");
	ok(exit_of("\"exit\":255") == 255, "with the highest status");
	ok(exit_of("\"signal\":9") == 137, "by SIGKILL");
	ok(exit_of("\"signal\":64") == 192, "by the last signal");
}

static void numbers_out_of_range_give_a_status_all_the_same(void **state)
{
	static const char *const fields[] = {
		"\"signal\":128",
		"\"signal\":2147483647",
		"\"signal\":4294967295",
		"\"signal\":9223372036854775807",
		"\"signal\":-1",
		"\"signal\":-9223372036854775808",
		"\"signal\":\"9\"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		int code = exit_of(fields[i]);

		if (code < 128 || code > 255)
			fail_msg("%s gives %d", fields[i], code);
	}
	ok(exit_of("\"exit\":256") == 0 && exit_of("\"exit\":4294967297") == 1, "of an exit, too");
	ok(exit_of("\"exit\":-1") == 0, "which is never below 0");
}

static void of_two_ends_the_last_counts(void **state)
{
	struct summary s;

	(void)state;
	read_text("{\"n\":1,\"t\":0,\"type\":\"end\",\"signal\":9,\"why\":\"wall\",\"execs\":3}\n"
		  "{\"n\":2,\"t\":1,\"type\":\"end\",\"exit\":4,\"why\":\"output\",\"execs\":5}\n",
		&s);
	ok(s.ended && s.exit == 4 && s.execs == 5, "its numbers");
	ok(s.why && !strcmp(s.why, "output"), "and its reason");
	summary_done(&s);
	read_text("{\"n\":1,\"t\":0,\"type\":\"end\",\"signal\":9,\"why\":\"wall\"}\n"
		  "{\"n\":2,\"t\":1,\"type\":\"end\",\"exit\":0}\n",
		&s);
	ok(s.exit == 0 && !s.why, "or that it had none");
	summary_done(&s);
}

static void of_two_errors_the_last_counts(void **state)
{
	struct summary s;

	(void)state;
	read_text("{\"n\":1,\"t\":0,\"type\":\"error\",\"message\":\"one\"}\n"
		  "{\"n\":2,\"t\":0,\"type\":\"error\",\"message\":\"two\"}\n",
		&s);
	ok(!s.ended && s.error && !strcmp(s.error, "two"), "the second");
	summary_done(&s);
}

static void add_start(struct buf *out, int program)
{
	buf_addf(out, "{\"n\":1,\"t\":0,\"type\":\"start\",\"program\":\"/p%d\"}\n", program);
}

static void names_past_the_bound_are_counted(void **state)
{
	auto_buf struct buf text = BUF_INIT;
	auto_json json_t *json = NULL;
	struct summary s;

	(void)state;
	for (int i = 0; i < 2 * (SUMMARY_MAX_PROGRAMS + 3); i++)
		add_start(&text, i % (SUMMARY_MAX_PROGRAMS + 3));
	read_text(buf_str(&text), &s);
	json = summary_encode(&s);
	ok(s.programs.n == SUMMARY_MAX_PROGRAMS && s.programs_omitted == 3, "each once");
	ok(json_integer_value(json_object_get(json, "programs_omitted")) == 3, "and said so");
	summary_done(&s);
}

static void attempts_past_the_bound_are_counted(void **state)
{
	auto_buf struct buf text = BUF_INIT;
	auto_json json_t *json = NULL;
	struct summary s;

	(void)state;
	for (int i = 0; i < 2 * (SUMMARY_MAX_ATTEMPTS + 5); i++)
		buf_addf(&text, "{\"n\":1,\"t\":0,\"type\":\"denied\",\"what\":\"w%d\"}\n",
			i % (SUMMARY_MAX_ATTEMPTS + 5));
	buf_adds(&text, "{\"n\":1,\"t\":0,\"type\":\"end\",\"exit\":0,\"denied\":1210,"
			"\"tripwires\":2,\"omitted\":7}\n");
	read_text(buf_str(&text), &s);
	json = summary_encode(&s);
	ok(s.n_attempts == SUMMARY_MAX_ATTEMPTS && s.omitted == 7, "they have a bound");
	ok(summary_attempts_omitted(&s, s.n_attempts) == 1212 - 200, "the rest is counted");
	ok(summary_attempts_omitted(&s, 40) == 1212 - 80, "also of a shorter list");
	ok(json_integer_value(json_object_get(json, "attempts_omitted")) == 1012, "and said");
	summary_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("an end gives a status as a shell does",
			an_end_gives_a_status_as_a_shell_does),
		TEST("a signal or an exit that there can't be gives a status all the same",
			numbers_out_of_range_give_a_status_all_the_same),
		TEST("of two ends the last one counts", of_two_ends_the_last_counts),
		TEST("of two errors the last one counts", of_two_errors_the_last_counts),
		TEST("names of programs past the bound are counted",
			names_past_the_bound_are_counted),
		TEST("refused attempts that no list holds are counted",
			attempts_past_the_bound_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
