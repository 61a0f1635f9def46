#include "tests/unit/check.h"

#include <string.h>
#include <time.h>

#include "tests/unit/bind_sample.h"

static const struct part *part_at(const struct list *l, size_t i)
{
	return (const struct part *)l->v + i;
}

static void test_presets(void **state)
{
	auto_sample struct sample s;

	(void)state;
	memset(&s, 0xa5, sizeof(s));
	bind_init(&sample_table, &s);
	ok(!s.text && !s.words.n && s.flag && s.count == 3 && s.size == 0 && s.mode == 1 &&
			s.part.n == 7 && !s.parts.v && !s.upper,
		"a struct begins with its presets and is empty else");
	sample_read(&s, "{}");
	ok(s.flag && s.count == 3, "and an empty map leaves them");
}

static void test_scalars(void **state)
{
	auto_sample struct sample s;

	(void)state;
	bind_init(&sample_table, &s);
	sample_read(&s,
		"text: yes\nflag: false\ncount: 9\nsize: 1m\ntime: 2s\nmode: off\nupper: abc\n"
		"part: { name: p, n: 12 }\n");
	assert_string_equal(s.text, "yes");
	assert_string_equal(s.upper, "ABC");
	ok(!s.flag && s.count == 9 && s.size == 1 << 20 && s.time == 2000 && s.mode == 2, "read");
	ok(!strcmp(s.part.name, "p") && s.part.n == 12, "and what is nested");
}

static void test_lists(void **state)
{
	auto_sample struct sample s;

	(void)state;
	bind_init(&sample_table, &s);
	sample_read(&s,
		"words: lone\ncolours: [green, red]\nparts: [{name: a, n: 1}, {name: b, n: 2}]\n"
		"env: {A: 1, B: ''}\nnamed: {x: {n: 5}, y: , z: {}}\n");
	ok(s.words.n == 1 && strs_has(&s.words, "lone"), "a lone text where the field says so");
	ok(s.colours.n == 2 && !strcmp(s.colours.v[0], "green"), "texts in their order");
	ok(s.parts.n == 2 && !strcmp(part_at(&s.parts, 1)->name, "b"), "structs in their order");
	ok(s.env.n == 2 && !strcmp(((struct pair *)s.env.v)[1].value, ""), "a map to texts");
	ok(s.named.n == 3 && part_at(&s.named, 0)->n == 5 && part_at(&s.named, 1)->n == 7 &&
			!strcmp(part_at(&s.named, 2)->name, "z"),
		"a map to structs, with presets where nothing is said");
}

static void test_twice(void **state)
{
	auto_sample struct sample s;

	(void)state;
	bind_init(&sample_table, &s);
	sample_read(&s, "text: one\ncount: 4\nwords: [a]\nparts: [{name: a, n: 1}]\nflag: false\n"
			"env: {A: 1, B: 2}\nnamed: {x: {n: 1}}\npart: {name: p, n: 1}\nupper: a\n");
	sample_read(&s, "text: two\nwords: [b]\nparts: [{name: b, n: 2}]\nenv: {C: 3, A: 4}\n"
			"named: {x: {}}\npart: {n: 2}\nupper: b\n");
	assert_string_equal(s.text, "two");
	assert_string_equal(s.upper, "B");
	ok(s.count == 4 && !s.flag, "what is not said again stays");
	ok(s.words.n == 2 && s.parts.n == 2 && part_at(&s.parts, 1)->n == 2, "lists append");
	ok(s.env.n == 3 && !strcmp(((struct pair *)s.env.v)[0].value, "4") &&
			!strcmp(((struct pair *)s.env.v)[2].key, "C"),
		"maps replace by key");
	ok(s.named.n == 1 && part_at(&s.named, 0)->n == 7, "an entry is replaced whole");
	ok(!strcmp(s.part.name, "p") && s.part.n == 2, "structs are read over");
}

static void test_nothing(void **state)
{
	auto_sample struct sample s;

	(void)state;
	bind_init(&sample_table, &s);
	sample_read(&s, "words: ~\nparts:\nenv: null\nnamed:\ncolours:\n");
	ok(!s.words.n && !s.parts.n && !s.env.n && !s.named.n, "an empty list may be left out");
}

static void test_kinds(void **state)
{
	(void)state;
	sample_refuse("text: [a]\n", "f:1:7: 'text': expected text, found a list");
	sample_refuse("text:\n", "f:1:6: 'text': expected text, found nothing");
	sample_refuse("words: {a: b}\n", "f:1:8: 'words': expected a list of texts, found a map");
	sample_refuse("words: [a, [b]]\n", "f:1:12: 'words': expected text, found a list");
	sample_refuse("words: [a, ~]\n", "f:1:12: 'words': expected text, found nothing");
	sample_refuse("colours: red\n", "f:1:10: 'colours': expected a list of texts, found text");
	sample_refuse("flag: yes\n", "f:1:7: 'flag': expected true or false, found text");
	sample_refuse("flag:\n", "f:1:6: 'flag': expected true or false, found nothing");
	sample_refuse("count: {}\n", "f:1:8: 'count': expected a number, found a map");
	sample_refuse("count:\n", "f:1:7: 'count': expected a number, found nothing");
	sample_refuse("mode: [fast]\n", "f:1:7: 'mode': expected slow, fast or off, found a list");
	sample_refuse("part: x\n", "f:1:7: expected a map: named");
	sample_refuse("parts: {}\n", "f:1:8: 'parts': expected a list, found a map");
	sample_refuse("parts: [x]\n", "f:1:9: expected a map: part");
	sample_refuse("env: [A]\n", "f:1:6: 'env': expected a map, found a list");
	sample_refuse("env: {A: [x]}\n", "f:1:10: 'value': expected text, found a list");
	sample_refuse("named: {x: y}\n", "f:1:12: expected a map: named");
	sample_refuse("upper: ''\n", "f:1:8: 'upper': expected text");
	sample_refuse("[]", "f:1:1: expected a map: sample");
	sample_refuse("~", "f:1:1: expected a map: sample");
}

static void test_bounds(void **state)
{
	(void)state;
	sample_refuse("count: 1\n", "f:1:8: 'count' is out of range: expected 2 to 9");
	sample_refuse("count: 10\n", "f:1:8: 'count' is out of range: expected 2 to 9");
	sample_refuse("count: -2\n", "f:1:8: 'count': '-2' is not a whole number");
	sample_refuse("count: 4k\n", "f:1:8: 'count': '4k' is not a whole number");
	sample_refuse("size: 1025k\n", "f:1:7: 'size' is out of range: expected 0 to 1m");
	sample_refuse("size: 1x\n",
		"f:1:7: 'size': '1x' is not a size: expected digits and k, m, g or t");
	sample_refuse("time: 999ms\n", "f:1:7: 'time' is too small: expected at least 1s");
	sample_refuse("time: 30\n",
		"f:1:7: 'time': '30' is not a duration: expected digits and ms, s, m, h or d");
	sample_refuse("mode: quick\n", "f:1:7: 'mode': expected slow, fast or off, found 'quick'");
	sample_refuse(
		"colours: [red, blue]\n", "f:1:16: 'colours': expected red or green, found 'blue'");
	sample_refuse("text: muchtoolong\n", "f:1:7: 'text': 'muchtoolong' is too long");
	sample_refuse("words: muchtoolong\n", "f:1:8: 'words': 'muchtoolong' is too long");
	sample_refuse("env:\n  muchtoolong: 1\n", "f:2:3: 'env': 'muchtoolong' is too long");
}

/* JSON has no larger integer, and a plan must be able to carry what a profile says. */
static void test_largest(void **state)
{
	auto_sample struct sample s;

	(void)state;
	bind_init(&sample_table, &s);
	sample_read(&s, "time: 9223372036854775807ms\n");
	ok(s.time == INT64_MAX, "the largest number");
	sample_refuse("time: 9223372036854775808ms\n",
		"f:1:7: 'time' is out of range: expected 1s to 9223372036854775807ms");
}

static void test_unknown(void **state)
{
	(void)state;
	sample_refuse("a: 1\n",
		"f:1:1: unknown key 'a' in sample: expected text, words, colours, flag, count, "
		"size, time, mode, part, parts, env, named or upper");
	sample_refuse("text: a\ncolors: []\n",
		"f:2:1: unknown key 'colors' in sample: did you mean 'colours'?");
	sample_refuse(
		"part: {nam: x}\n", "f:1:8: unknown key 'nam' in named: did you mean 'name'?");
	sample_refuse("parts:\n  - name: a\n    m: 2\n",
		"f:3:5: unknown key 'm' in part: did you mean 'n'?");
	sample_refuse("named: {x: {name: y}}\n", "f:1:13: unknown key 'name' in named: expected n");
	sample_refuse("Text: a\n", "f:1:1: unknown key 'Text' in sample: did you mean 'text'?");
}

static void test_required(void **state)
{
	(void)state;
	sample_refuse("parts:\n  - name: a\n", "f:2:5: part: 'n' is missing");
	sample_refuse(
		"parts:\n  - {n: 1, name: ~}\n", "f:2:18: 'name': expected text, found nothing");
}

/* A job or a policy of many keys must not take time that grows with their square. */
static void test_many_keys(void **state)
{
	auto_buf struct buf yaml = BUF_INIT;
	auto_sample struct sample s;
	clock_t start;

	(void)state;
	bind_init(&sample_table, &s);
	buf_adds(&yaml, "env:\n");
	for (int i = 0; i < 100000; i++)
		buf_addf(&yaml, "  k%d: x\n", i);
	start = clock();
	sample_read(&s, buf_str(&yaml));
	sample_read(&s, buf_str(&yaml));
	ok(s.env.n == 100000, "every key is there once");
	ok(clock() - start < 10 * CLOCKS_PER_SEC, "and soon");
}

static const struct CMUnitTest tests[] = {
	TEST("a struct begins with its presets", test_presets),
	TEST("every kind of scalar is read", test_scalars),
	TEST("every kind of list and map is read", test_lists),
	TEST("read twice, scalars replace, lists append, maps replace by key", test_twice),
	TEST("a list that is left empty is empty", test_nothing),
	TEST("a value of the wrong kind is refused with its place", test_kinds),
	TEST("a value out of bounds is refused with its bounds", test_bounds),
	TEST("a number that a plan can't carry is refused", test_largest),
	TEST("an unknown key is refused with what was meant", test_unknown),
	TEST("a required key must be there", test_required),
	TEST("a map of many keys is read in time", test_many_keys),
};

int main(void)
{
	return cmocka_run_group_tests_name("base/bind", tests, NULL, NULL);
}
