#include "tests/unit/check.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"

static void check(const char *in, size_t len, const char *wanted)
{
	auto_buf struct buf b = BUF_INIT;
	char out[256];

	text_safe(in, len, out, sizeof(out));
	assert_string_equal(out, wanted);
	text_add_safe(&b, in, len);
	assert_string_equal(buf_str(&b), wanted);
}

static void test_plain(void **state)
{
	(void)state;
	check("plain ~ text", 12, "plain ~ text");
	check("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8c\xb1", 15,
		"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8c\xb1");
	check("", 0, "");
}

static void test_control(void **state)
{
	(void)state;
	check("\033[2J", 4, "\\x1b[2J");
	check("a\nb\tc\rd", 7, "a\\nb\\tc\\x0dd");
	check("a\0b", 3, "a\\x00b");
	check("\x7f\b", 2, "\\x7f\\x08");
	check("\xc2\x9b"
	      "31m",
		5, "\\u{9b}31m");
}

static void test_broken(void **state)
{
	(void)state;
	check("\xff\xfe", 2, "\\xff\\xfe");
	check("\xc0\xaf", 2, "\\xc0\\xaf");
	check("\xe0\x80\xaf", 3, "\\xe0\\x80\\xaf");
	check("\xed\xa0\x80", 3, "\\xed\\xa0\\x80");
	check("\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80");
	check("\xf0\x9f\x8c", 3, "\\xf0\\x9f\\x8c");
	check("\xc3(", 2, "\\xc3(");
	check("\x9b"
	      "31m",
		4, "\\x9b31m");
}

/* One of each kind: those that turn text round, those that show nothing, those that break lines. */
static void test_hidden(void **state)
{
	(void)state;
	check("\xe2\x80\xae", 3, "\\u{202e}");
	check("\xe2\x81\xa6", 3, "\\u{2066}");
	check("\xe2\x80\x8b", 3, "\\u{200b}");
	check("\xe2\x80\xa8", 3, "\\u{2028}");
	check("\xef\xbb\xbf", 3, "\\u{feff}");
	check("\xc2\xad", 2, "\\u{ad}");
	check("\xe3\x85\xa4", 3, "\\u{3164}");
	check("\xef\xb8\x8f", 3, "\\u{fe0f}");
	check("\xf3\xa0\x81\x81", 4, "\\u{e0041}");
	check("\xf3\xa0\x84\x80", 4, "\\u{e0100}");
}

/* General_Category Cf of Unicode 15 that is easily forgotten: signs that wrap what follows them. */
static void test_format_signs(void **state)
{
	(void)state;
	check("\xe0\xa2\x90", 3, "\\u{890}");
	check("\xe0\xa2\x91", 3, "\\u{891}");
	check("\xf0\x91\x82\xbd", 4, "\\u{110bd}");
	check("\xf0\x91\x83\x8d", 4, "\\u{110cd}");
	check("\xf0\x93\x90\xb0", 4, "\\u{13430}");
	check("\xf0\x93\x90\xbf", 4, "\\u{1343f}");
	check("\xf0\x93\x90\xaf", 4, "\xf0\x93\x90\xaf");
}

static void test_every_byte(void **state)
{
	(void)state;
	for (unsigned int first = 0; first < 256; first++)
		for (unsigned int second = 0; second < 256; second++) {
			char in[2] = { (char)first, (char)second }, out[64], again[64];

			text_safe(in, 2, out, sizeof(out));
			ok(text_is_utf8(out, strlen(out)), "the result is UTF-8");
			for (const char *p = out; *p; p++)
				ok((unsigned char)*p >= 0x20 && *p != 0x7f,
					"and free of control bytes");
			text_safe(out, strlen(out), again, sizeof(again));
			ok(!strcmp(out, again), "doing it twice changes nothing");
		}
}

static void test_cut(void **state)
{
	static const char in[] = "ab\xe2\x82\xac\033";
	char out[16];

	(void)state;
	text_safe(in, strlen(in), out, 1);
	assert_string_equal(out, "");
	text_safe(in, strlen(in), out, 5);
	assert_string_equal(out, "ab");
	text_safe(in, strlen(in), out, 6);
	assert_string_equal(out, "ab\xe2\x82\xac");
	text_safe(in, strlen(in), out, 9);
	assert_string_equal(out, "ab\xe2\x82\xac");
	text_safe(in, strlen(in), out, 10);
	assert_string_equal(out, "ab\xe2\x82\xac\\x1b");
}

static void test_utf8(void **state)
{
	(void)state;
	ok(text_utf8_len("a", 1) == 1 && text_utf8_len("\xc3\xbc", 2) == 2 &&
			text_utf8_len("\xe2\x82\xac", 3) == 3 &&
			text_utf8_len("\xf4\x8f\xbf\xbf", 4) == 4,
		"valid sequences have their lengths");
	ok(text_utf8_len("", 0) == 0 && text_utf8_len("\xc3", 1) == 0 &&
			text_utf8_len("\x80", 1) == 0 && text_utf8_len("\xc1\xbf", 2) == 0 &&
			text_utf8_len("\xf0\x8f\xbf\xbf", 4) == 0 &&
			text_utf8_len("\xf5\x80\x80\x80", 4) == 0 &&
			text_utf8_len("\xed\xbf\xbf", 3) == 0,
		"what RFC 3629 forbids has none");
	ok(text_utf8_len("\xed\x9f\xbf", 3) == 3 && text_utf8_len("\xee\x80\x80", 3) == 3,
		"the neighbours of the surrogates are valid");
	ok(text_is_utf8("", 0) && text_is_utf8("a\0b", 3) && !text_is_utf8("ab\xc3", 3),
		"whole texts");
}

static void test_lines(void **state)
{
	static const char in[] = "a\tb\n\n\x1b[2J\r\nc\xe2\x80\xae\xff\x7f\0\t";
	auto_buf struct buf out = BUF_INIT, none = BUF_INIT;

	(void)state;
	text_add_safe_lines(&out, in, sizeof(in) - 1);
	assert_string_equal(buf_str(&out), "a\tb\n\n\\x1b[2J\\x0d\nc\\u{202e}\\xff\\x7f\\x00\t");
	text_add_safe_lines(&none, "", 0);
	ok(none.len == 0, "nothing is nothing");
}

/* Every code point that jansson leaves as it is; read back it is the same. */
static void test_json(void **state)
{
	static const char in[] =
		"\x1b\x7f \xc2\x9b \xe2\x80\xae \xe2\x81\xa6 \xf3\xa0\x80\x81 \xc3\xa4\xe2\x82\xac \\";
	auto_json json_t *value = json_string(in), *back = NULL;
	auto_free char *text = json_dumps(value, JSON_ENCODE_ANY);
	auto_buf struct buf out = BUF_INIT;

	(void)state;
	text_add_safe_json(&out, text, strlen(text));
	assert_string_equal(buf_str(&out),
		"\"\\u001B\\u007F \\u009B \\u202E \\u2066 \\uDB40\\uDC01 \xc3\xa4\xe2\x82\xac \\\\\"");
	back = json_loads(buf_str(&out), JSON_DECODE_ANY, NULL);
	ok(json_equal(back, value), "it means the same");
}

static const struct CMUnitTest tests[] = {
	TEST("text that is harmless stays as it is", test_plain),
	TEST("control bytes of both sets come out escaped", test_control),
	TEST("what is not UTF-8 comes out byte by byte", test_broken),
	TEST("characters that hide or turn text round come out by number", test_hidden),
	TEST("format characters of rare scripts come out by number", test_format_signs),
	TEST("no two bytes get through as control or broken text", test_every_byte),
	TEST("a text that does not fit is cut at a whole character", test_cut),
	TEST("lines and tabs stay where many lines are shown", test_lines),
	TEST("JSON is escaped so that it means the same", test_json),
	TEST("UTF-8 is what RFC 3629 says", test_utf8),
};

int main(void)
{
	return cmocka_run_group_tests_name("base/text_safe", tests, NULL, NULL);
}
