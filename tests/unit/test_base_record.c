#include "tests/unit/check.h"

#include <string.h>

#include "base/record.h"

static void test_form(void **state)
{
	auto_json json_t *actor = json_object(), *body = json_object();
	struct record r = { .type = RECORD_JOB_SUBMITTED,
		.time = "2026-01-02T03:04:05.678Z",
		.job = "j1",
		.actor = actor,
		.body = body };
	auto_free char *text = NULL;

	(void)state;
	json_put_str(actor, "name", "a\xff");
	json_put_int(body, "z", 1);
	json_put_str(body, "a", "b");
	ok(record_encode(&r, &text, NULL) == 0, "written");
	assert_string_equal(text,
		"{\"actor\":{\"name\":{\"base64\":\"Yf8=\"}},\"body\":{\"a\":\"b\",\"z\":1},\"job\":\"j1\","
		"\"subject\":{},\"time\":\"2026-01-02T03:04:05.678Z\",\"type\":\"job.submitted\",\"v\":1}");
}

static void test_own(void **state)
{
	struct record r = { .type = RECORD_LOG_OPENED, .time = "t" };
	auto_free char *text = NULL;

	(void)state;
	ok(record_encode(&r, &text, NULL) == 0, "written");
	assert_string_equal(text,
		"{\"actor\":{},\"body\":{},\"subject\":{},\"time\":\"t\",\"type\":\"log.opened\",\"v\":1}");
}

static void test_size(void **state)
{
	auto_json json_t *body = json_object();
	struct record r = { .type = RECORD_JOB_STOPPED, .time = "t", .body = body };
	auto_free char *fill = xcalloc(RECORD_MAX_BYTES + 1, 1), *text = NULL;
	struct err err = { "" };
	size_t frame;

	(void)state;
	json_put_str(body, "x", "");
	ok(record_encode(&r, &text, &err) == 0, "written");
	frame = strlen(text);
	memset(fill, 'x', RECORD_MAX_BYTES - frame + 1);
	json_put_str(body, "x", fill);
	free(steal_pointer(&text));
	ok(record_encode(&r, &text, &err) == -EFBIG && !text, "one byte more than an entry holds");
	assert_string_equal(err.text, "record 'job.stopped' is larger than 65535 bytes");
	fill[RECORD_MAX_BYTES - frame] = '\0';
	json_put_str(body, "x", fill);
	ok(record_encode(&r, &text, &err) == 0 && strlen(text) == RECORD_MAX_BYTES,
		"the most it holds");
}

static void check_time(uint64_t ms, const char *wanted)
{
	char out[RECORD_TIME_LEN + 1];

	memset(out, 'x', sizeof(out));
	record_time(ms, out);
	assert_string_equal(out, wanted);
}

static void test_time(void **state)
{
	(void)state;
	check_time(0, "1970-01-01T00:00:00.000Z");
	check_time(951782400000, "2000-02-29T00:00:00.000Z");
	check_time(1767323045678, "2026-01-02T03:04:05.678Z");
	check_time(4102444799999, "2099-12-31T23:59:59.999Z");
	check_time(253402300799999, "9999-12-31T23:59:59.999Z");
	check_time(253402300800000, "9999-12-31T23:59:59.999Z");
	check_time(UINT64_MAX, "9999-12-31T23:59:59.999Z");
}

static void test_names(void **state)
{
	(void)state;
	for (int i = 0; i < RECORD_TYPES; i++)
		ok(record_names[i] && strchr(record_names[i], '.'), "every type has a name");
	ok(!record_names[RECORD_TYPES], "and the names end");
}

static const struct CMUnitTest tests[] = {
	TEST("a record is canonical JSON", test_form),
	TEST("a record of the log's own has no job", test_own),
	TEST("a record fits into an entry of the log", test_size),
	TEST("a time is RFC 3339 in UTC with milliseconds", test_time),
	TEST("every type has one name", test_names),
};

int main(void)
{
	return cmocka_run_group_tests_name("base/record", tests, NULL, NULL);
}
