#include "tests/unit/check.h"

#include <string.h>

#include "base/text.h"

struct number {
	const char *text;
	uint64_t value;
};

typedef int parse_fn(const char *s, uint64_t *ret, struct err *err);

static void accept_all(parse_fn *parse, const struct number *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t value = 1;
		struct err err = { "" };

		if (parse(cases[i].text, &value, &err) != 0 || value != cases[i].value)
			fail_msg("'%s' gave %llu (%s)", cases[i].text, (unsigned long long)value,
				err.text);
	}
}

static void refuse_all(parse_fn *parse, const char *const *cases, int code)
{
	for (; *cases; cases++) {
		uint64_t value = 4711;
		struct err err = { "" };

		if (parse(*cases, &value, &err) != code || value != 4711 || !err.text[0])
			fail_msg("'%s' was not refused as it should be (%s)", *cases, err.text);
	}
}

static int parse_any(const char *s, uint64_t *ret, struct err *err)
{
	return text_uint(s, 0, UINT64_MAX, ret, err);
}

static int parse_bound(const char *s, uint64_t *ret, struct err *err)
{
	return text_uint(s, 10, 20, ret, err);
}

/* Spellings that other parsers let pass. */
static const char *const odd[] = { "", " ", "-1", "+1", " 1", "1 ", "01", "00", "0x10", "1e3",
	"1_0", "1,0", "1.0", "one", "-", "18446744073709551616", "99999999999999999999999", "1\n",
	"\xd9\xa1", NULL };

static void test_uint(void **state)
{
	static const struct number good[] = { { "0", 0 }, { "7", 7 }, { "10", 10 },
		{ "18446744073709551615", UINT64_MAX } };
	static const char *const outside[] = { "9", "21", "0", "18446744073709551615", NULL };
	uint64_t n;

	(void)state;
	accept_all(parse_any, good, ARRAY_SIZE(good));
	refuse_all(parse_any, odd, -EINVAL);
	refuse_all(parse_bound, outside, -ERANGE);
	ok(parse_bound("10", &n, NULL) == 0 && n == 10, "the lower bound is inside");
	ok(parse_bound("20", &n, NULL) == 0 && n == 20, "the upper bound is inside");
}

static void test_uint_error(void **state)
{
	struct err err = { "" };
	uint64_t n;

	(void)state;
	ok(parse_bound("21", &n, &err) < 0, "out of range");
	assert_string_equal(err.text, "21 is out of range: expected 10 to 20");
	ok(parse_bound("x", &n, &err) < 0, "not a number");
	assert_string_equal(err.text, "'x' is not a whole number");
}

static void test_size(void **state)
{
	static const struct number good[] = { { "0", 0 }, { "1", 1 }, { "1k", 1024 },
		{ "1K", 1024 }, { "4m", 4 << 20 }, { "4M", 4 << 20 }, { "2g", 2ULL << 30 },
		{ "3T", 3ULL << 40 }, { "0t", 0 }, { "16777215t", 16777215ULL << 40 },
		{ "18446744073709551615", UINT64_MAX } };
	static const char *const bad[] = { "k", "1kb", "1b", "1 k", "1kk", "1p", "1.5g", "-1k",
		"0k0", "01k", "16777216t", "18446744073709551615k", "1k ", "", NULL };

	(void)state;
	accept_all(text_size, good, ARRAY_SIZE(good));
	refuse_all(text_size, bad, -EINVAL);
}

static void test_duration(void **state)
{
	static const struct number good[] = { { "0s", 0 }, { "1ms", 1 }, { "2s", 2000 },
		{ "30m", 1800000 }, { "1h", 3600000 }, { "2d", 172800000 },
		{ "18446744073709551615ms", UINT64_MAX } };
	static const char *const bad[] = { "0", "30", "", "s", "30min", "1h30m", "1 s", "1.5s",
		"-1s", "01s", "1w", "18446744073709551615s", "213503982335d", "30M", "1S", "1Ms",
		"1H", "1D", NULL };

	(void)state;
	accept_all(text_duration, good, ARRAY_SIZE(good));
	refuse_all(text_duration, bad, -EINVAL);
}

static void check_spelling(void (*add)(struct buf *, uint64_t), uint64_t n, const char *wanted)
{
	auto_buf struct buf b = BUF_INIT;

	add(&b, n);
	assert_string_equal(buf_str(&b), wanted);
}

static void test_spelling(void **state)
{
	(void)state;
	check_spelling(text_add_size, 0, "0");
	check_spelling(text_add_size, 1023, "1023");
	check_spelling(text_add_size, 1024, "1k");
	check_spelling(text_add_size, 1536, "1536");
	check_spelling(text_add_size, 1536 << 10, "1536k");
	check_spelling(text_add_size, 1ULL << 40, "1t");
	check_spelling(text_add_size, UINT64_MAX, "18446744073709551615");
	check_spelling(text_add_duration, 0, "0s");
	check_spelling(text_add_duration, 999, "999ms");
	check_spelling(text_add_duration, 60000, "1m");
	check_spelling(text_add_duration, 90000, "90s");
	check_spelling(text_add_duration, 86400000, "1d");
	check_spelling(text_add_duration, UINT64_MAX, "18446744073709551615ms");
}

static void test_read_back(void **state)
{
	uint64_t n = 1;

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		auto_buf struct buf size = BUF_INIT, duration = BUF_INIT;
		uint64_t back;

		n = (n * 6364136223846793005ULL + 1442695040888963407ULL) >> (i % 61);
		text_add_size(&size, n);
		text_add_duration(&duration, n);
		ok(text_size(buf_str(&size), &back, NULL) == 0 && back == n, "a size reads back");
		ok(text_duration(buf_str(&duration), &back, NULL) == 0 && back == n,
			"a duration reads back");
	}
}

static void test_human(void **state)
{
	(void)state;
	check_spelling(text_add_human_size, 0, "0 B");
	check_spelling(text_add_human_size, 1023, "1023 B");
	check_spelling(text_add_human_size, 1536, "1.5 KiB");
	check_spelling(text_add_human_size, 200 << 20, "200 MiB");
	check_spelling(text_add_human_size, UINT64_MAX, "16.0 EiB");
	check_spelling(text_add_human_duration, 999, "999ms");
	check_spelling(text_add_human_duration, 1500, "1.5s");
	check_spelling(text_add_human_duration, 59999, "59.9s");
	check_spelling(text_add_human_duration, 123000, "2m 03s");
	check_spelling(text_add_human_duration, 3660000, "1h 01m");
}

static void test_ends(void **state)
{
	(void)state;
	ok(text_starts("abc", "ab") && text_starts("abc", "") && !text_starts("ab", "abc"),
		"starts");
	ok(text_ends("abc", "bc") && text_ends("abc", "") && !text_ends("bc", "abc"), "ends");
}

static void test_nearest(void **state)
{
	static const char *const names[] = { "profile", "policy", "workspace", "env", "" };
	char longest[80];

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_string_equal(text_nearest("polcy", names, 5), "policy");
	assert_string_equal(text_nearest("profiel", names, 5), "profile");
	assert_string_equal(text_nearest("wrokspace", names, 5), "workspace");
	ok(!text_nearest("zzzzzzzz", names, 5), "nothing is near to nonsense");
	ok(!text_nearest("anything", names, 0), "nothing is near among none");
	ok(!text_nearest(longest, names, 5), "a word beyond reason is near to nothing");
}

static const struct CMUnitTest tests[] = {
	TEST("a whole number has one spelling and bounds", test_uint),
	TEST("a number that is refused says what was expected", test_uint_error),
	TEST("a size is digits and one unit, without overflow", test_size),
	TEST("a duration is digits and one unit in lower case", test_duration),
	TEST("sizes and durations print as short as they can", test_spelling),
	TEST("what is printed exactly is read back", test_read_back),
	TEST("sizes and durations for people are rounded", test_human),
	TEST("the beginning and the end of a text are compared whole", test_ends),
	TEST("the nearest name is found, and none when none is near", test_nearest),
};

int main(void)
{
	return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
