#include "tests/unit/check.h"

#include <string.h>
#include <sys/syscall.h>

#include "sandbox/seccomp.h"
#include "tests/unit/seccomp_kit.h"

enum { DEFAULT = EOPNOTSUPP };

static char *condition(int index, const char *op, uint64_t value, uint64_t two)
{
	return xasprintf("{\"index\":%d,\"op\":\"SCMP_CMP_%s\",\"value\":%llu,\"valueTwo\":%llu}",
		index, op, (unsigned long long)value, (unsigned long long)two);
}

static void allow_if(struct buf *rules, int index, const char *op, uint64_t value, uint64_t two)
{
	auto_free char *args = condition(index, op, value, two);

	seccomp_kit_rule(rules, "ALLOW", 0, args);
}

/* The numbers around which comparisons of two halves can go wrong. */
static const uint64_t edges[] = { 0, 1, 2, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
	0x100000000, 0x100000001, 0x1ffffffff, 0x200000000, 0x200000001, 0x7ffffffeffffffff,
	0x7fffffff00000000, 0x7ffffffffffffffe, 0x7fffffffffffffff, 0x8000000000000000,
	UINT64_MAX };

struct comparison {
	const char *op;
	bool less, equal, greater; /* what it holds for */
};

static bool expected(const struct comparison *c, uint64_t arg, uint64_t value)
{
	return arg < value ? c->less : arg > value ? c->greater : c->equal;
}

static void check_comparison(const struct comparison *c, uint64_t value)
{
	struct seccomp_kit_call calls[ARRAY_SIZE(edges)];
	auto_buf struct buf rules = BUF_INIT, program = BUF_INIT;
	int got[ARRAY_SIZE(edges)];

	allow_if(&rules, 5, c->op, value, 0);
	seccomp_kit_get(buf_str(&rules), NULL, &program);
	for (size_t i = 0; i < ARRAY_SIZE(edges); i++)
		calls[i] = (struct seccomp_kit_call){ SYS_getppid, { [5] = edges[i] } };
	seccomp_kit_make(&program, calls, ARRAY_SIZE(edges), got);
	for (size_t i = 0; i < ARRAY_SIZE(edges); i++)
		if (got[i] != (expected(c, edges[i], value) ? 0 : DEFAULT))
			fail_msg("%#llx %s %#llx gives %d", (unsigned long long)edges[i], c->op,
				(unsigned long long)value, got[i]);
}

static void test_comparisons(void **state)
{
	static const struct comparison comparisons[] = { { "NE", true, false, true },
		{ "LT", true, false, false }, { "LE", true, true, false },
		{ "EQ", false, true, false }, { "GE", false, true, true },
		{ "GT", false, false, true } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(comparisons); i++)
		for (size_t k = 0; k < ARRAY_SIZE(edges) && edges[k] <= INT64_MAX; k++)
			check_comparison(&comparisons[i], edges[k]);
}

static void check_mask(uint64_t mask, uint64_t value)
{
	struct seccomp_kit_call calls[ARRAY_SIZE(edges)];
	auto_buf struct buf rules = BUF_INIT, program = BUF_INIT;
	int got[ARRAY_SIZE(edges)];

	allow_if(&rules, 0, "MASKED_EQ", mask, value & mask);
	seccomp_kit_get(buf_str(&rules), NULL, &program);
	for (size_t i = 0; i < ARRAY_SIZE(edges); i++)
		calls[i] = (struct seccomp_kit_call){ SYS_getppid, { edges[i] } };
	seccomp_kit_make(&program, calls, ARRAY_SIZE(edges), got);
	for (size_t i = 0; i < ARRAY_SIZE(edges); i++)
		if (got[i] != ((edges[i] & mask) == (value & mask) ? 0 : DEFAULT))
			fail_msg("%#llx & %#llx == %#llx gives %d", (unsigned long long)edges[i],
				(unsigned long long)mask, (unsigned long long)(value & mask),
				got[i]);
}

static void test_masks(void **state)
{
	static const uint64_t values[] = { 0, 1, 0x80000000, 0x100000001, INT64_MAX };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(edges) && edges[i] <= INT64_MAX; i++)
		for (size_t k = 0; k < ARRAY_SIZE(values); k++)
			check_mask(edges[i], values[k]);
}

static void test_all_conditions(void **state)
{
	auto_free char *a = condition(0, "GE", 0x100000002, 0), *b = condition(1, "NE", 7, 0);
	auto_free char *both = xasprintf("%s,%s", a, b);
	auto_buf struct buf rules = BUF_INIT, program = BUF_INIT;

	(void)state;
	seccomp_kit_rule(&rules, "ALLOW", 0, both);
	seccomp_kit_get(buf_str(&rules), NULL, &program);
	assert_int_equal(seccomp_kit_ask(&program, 0x100000002, 8), 0);
	assert_int_equal(seccomp_kit_ask(&program, 0x100000002, 7), DEFAULT);
	assert_int_equal(seccomp_kit_ask(&program, 0x100000001, 8), DEFAULT);
	assert_int_equal(seccomp_kit_ask(&program, 2, 8), DEFAULT);
}

/* libseccomp 2.5 makes a filter of these that lets everything through. */
static void test_many_rules(void **state)
{
	auto_free char *less = condition(1, "LT", 3, 0), *most = condition(0, "LT", INT64_MAX, 0);
	auto_free char *both = xasprintf("%s,%s", less, most);
	auto_buf struct buf rules = BUF_INIT, program = BUF_INIT;

	(void)state;
	allow_if(&rules, 0, "GE", 0xffffffff, 0);
	seccomp_kit_rule(&rules, "ALLOW", 0, both);
	seccomp_kit_get(buf_str(&rules), NULL, &program);
	assert_int_equal(seccomp_kit_ask(&program, 0xffffffff, 9), 0);
	assert_int_equal(seccomp_kit_ask(&program, 5, 2), 0);
	assert_int_equal(seccomp_kit_ask(&program, 5, 3), DEFAULT);
	assert_int_equal(seccomp_kit_ask(&program, 0xfffffffe, 0x100000000), DEFAULT);
}

struct pair {
	const char *first, *second; /* actions; an error is named by itself */
	int gives;
};

static void add_action(struct buf *rules, const char *action)
{
	int error = !strcmp(action, "EINVAL") ? EINVAL : !strcmp(action, "EPERM") ? EPERM : 0;

	seccomp_kit_rule(rules, error ? "ERRNO" : action, error, "");
}

static const struct pair pairs[] = {
	{ "ALLOW", "EPERM", EPERM },
	{ "EPERM", "ALLOW", EPERM },
	{ "LOG", "ALLOW", 0 },
	{ "EPERM", "EINVAL", EPERM },
	{ "EINVAL", "EPERM", EINVAL },
	{ "EPERM", "KILL_THREAD", SECCOMP_KIT_ENDED },
	{ "EPERM", "KILL", SECCOMP_KIT_ENDED },
	{ "TRAP", "EPERM", SECCOMP_KIT_ENDED },
};

static void test_strictest(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		auto_buf struct buf rules = BUF_INIT, program = BUF_INIT;

		add_action(&rules, pairs[i].first);
		add_action(&rules, pairs[i].second);
		seccomp_kit_get(buf_str(&rules), NULL, &program);
		assert_int_equal(seccomp_kit_ask(&program, 0, 0), pairs[i].gives);
	}
}

/* Of profile and floor; what is allowed by floor counts for nothing. */
static const struct pair held[] = {
	{ "ALLOW", "EPERM", EPERM },
	{ "LOG", "EPERM", EPERM },
	{ "EINVAL", "EPERM", EINVAL },
	{ "EINVAL", "KILL", SECCOMP_KIT_ENDED },
	{ "KILL", "EPERM", SECCOMP_KIT_ENDED },
	{ "EPERM", "ALLOW", EPERM },
	{ "", "ALLOW", DEFAULT },
	{ "", "EPERM", EPERM },
};

static void test_floor(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(held); i++) {
		auto_buf struct buf rules = BUF_INIT, floor = BUF_INIT, program = BUF_INIT;

		if (*held[i].first)
			add_action(&rules, held[i].first);
		add_action(&floor, held[i].second);
		seccomp_kit_get(buf_str(&rules), buf_str(&floor), &program);
		assert_int_equal(seccomp_kit_ask(&program, 0, 0), held[i].gives);
	}
}

static void test_floor_parts(void **state)
{
	auto_free char *low = condition(0, "LE", 10, 0), *high = condition(0, "GE", 5, 0);
	auto_buf struct buf rules = BUF_INIT, floor = BUF_INIT, program = BUF_INIT;

	(void)state;
	seccomp_kit_rule(&rules, "ALLOW", 0, low);
	seccomp_kit_rule(&floor, "ERRNO", EPERM, high);
	seccomp_kit_get(buf_str(&rules), buf_str(&floor), &program);
	assert_int_equal(seccomp_kit_ask(&program, 4, 0), 0);
	assert_int_equal(seccomp_kit_ask(&program, 5, 0), EPERM);
	assert_int_equal(seccomp_kit_ask(&program, 11, 0), EPERM);
}

static void test_strict_default(void **state)
{
	auto_buf struct buf rules = BUF_INIT, floor = BUF_INIT, allow = BUF_INIT, refuse = BUF_INIT;

	(void)state;
	allow_if(&rules, 0, "EQ", 1, 0);
	add_action(&floor, "EPERM");
	ok(seccomp_kit_compile(
		   "KILL", buf_str(&rules), buf_str(&floor), false, &allow, &refuse, NULL) == 0,
		"it compiles");
	assert_int_equal(seccomp_kit_ask(&allow, 1, 0), EPERM);
	assert_int_equal(seccomp_kit_ask(&allow, 2, 0), SECCOMP_KIT_ENDED);
}

static void test_foreign(void **state)
{
	struct seccomp_kit_call calls[] = { { SYS_getppid, { 0 } },
		{ SYS_getppid | SECCOMP_FOREIGN, { 0 } }, { SYS_getuid, { 0 } }, { -1, { 0 } } };
	auto_buf struct buf rules = BUF_INIT, program = BUF_INIT;
	int got[ARRAY_SIZE(calls)];

	(void)state;
	seccomp_kit_rule(&rules, "ALLOW", 0, "");
	seccomp_kit_get(buf_str(&rules), NULL, &program);
	seccomp_kit_make(&program, calls, ARRAY_SIZE(calls), got);
	assert_int_equal(got[0], 0);
	assert_int_equal(got[1], SECCOMP_FOREIGN ? SECCOMP_KIT_ENDED : 0);
	assert_int_equal(got[2], DEFAULT);
	assert_int_equal(got[3], DEFAULT);
}

/* Nobody listens, so a notification is ENOSYS. */
static void test_notify(void **state)
{
	struct seccomp_kit_call calls[] = { { SYS_getppid, { 0 } }, { SYS_getppid, { 1 } },
		{ SYS_getppid, { 2 } }, { SYS_connect, { 0 } },
		{ SYS_sendto, { (uint64_t)-1, [4] = 1 } }, { SYS_sendto, { (uint64_t)-1 } } };
	auto_buf struct buf rules = BUF_INIT, allow = BUF_INIT, refuse = BUF_INIT;
	auto_free char *one = condition(0, "EQ", 1, 0), *two = condition(0, "EQ", 2, 0);
	int got[ARRAY_SIZE(calls)];

	(void)state;
	seccomp_kit_rule(&rules, "ALLOW", 0, "");
	seccomp_kit_rule(&rules, "ERRNO", EPERM, one);
	seccomp_kit_rule(&rules, "ERRNO", EINVAL, two);
	buf_adds(&rules, "{\"names\":[\"connect\",\"sendto\"],\"action\":\"SCMP_ACT_ALLOW\"},");
	ok(seccomp_kit_compile("ERRNO", buf_str(&rules), NULL, true, &allow, &refuse, NULL) == 0,
		"it compiles");
	seccomp_kit_make(&refuse, calls, ARRAY_SIZE(calls), got);
	ok(got[0] == 0 && got[1] == ENOSYS && got[2] == 0, "EPERM is told, what is allowed is not");
	ok(got[3] == ENOSYS && got[4] == ENOSYS && got[5] == EBADF, "so are connections");
	seccomp_kit_make(&allow, calls, ARRAY_SIZE(calls), got);
	ok(got[0] == 0 && got[1] == 0 && got[2] == EINVAL, "other errors are not left to it");
	ok(got[3] == EBADF || got[3] == ENOTSOCK, "nor are connections held twice");
}

/* Refused where the supervisor looks on: it would let that go on. */
static void test_notify_holds(void **state)
{
	struct seccomp_kit_call connect = { SYS_connect, { (uint64_t)-1 } };
	auto_buf struct buf allow = BUF_INIT, refuse = BUF_INIT;
	int got;

	(void)state;
	ok(seccomp_kit_compile("ERRNO",
		   "{\"names\":[\"connect\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":1},", NULL,
		   true, &allow, &refuse, NULL) == 0,
		"it compiles");
	seccomp_kit_make(&allow, &connect, 1, &got);
	assert_int_equal(got, EPERM);
}

/* A program so long that no jump of a test reaches its ends. */
static void test_long(void **state)
{
	auto_buf struct buf rules = BUF_INIT, program = BUF_INIT;

	(void)state;
	for (uint64_t i = 0; i < 300; i++) {
		auto_free char *a = condition(0, "EQ", i << 31, 0), *b = condition(1, "GT", i, 0);
		auto_free char *both = xasprintf("%s,%s", a, b);

		seccomp_kit_rule(&rules, i % 2 ? "ALLOW" : "ERRNO", EINVAL, both);
	}
	seccomp_kit_get(buf_str(&rules), NULL, &program);
	ok(program.len / sizeof(struct sock_filter) > 2000, "it is long");
	for (uint64_t i = 0; i < 300; i += 13) {
		assert_int_equal(seccomp_kit_ask(&program, i << 31, i + 1), i % 2 ? 0 : EINVAL);
		assert_int_equal(seccomp_kit_ask(&program, i << 31, i), DEFAULT);
		assert_int_equal(seccomp_kit_ask(&program, (i << 31) + 1, i + 1), DEFAULT);
	}
}

static int compile_many(size_t n, struct err *err)
{
	auto_buf struct buf rules = BUF_INIT, allow = BUF_INIT, refuse = BUF_INIT;
	int r;

	for (size_t i = 0; i < n; i++)
		allow_if(&rules, (int)(i % 6), i % 2 ? "LT" : "GT", (i << 32) + i, 0);
	r = seccomp_kit_compile("ERRNO", buf_str(&rules), NULL, false, &allow, &refuse, err);
	ok((r == 0) == (allow.len > 0), "there is a program where it worked");
	return r;
}

static void test_too_long(void **state)
{
	struct err err = { "" };

	(void)state;
	assert_int_equal(compile_many(400, &err), 0);
	assert_int_equal(compile_many(1000, &err), -E2BIG);
	ok(strstr(err.text, " instructions: the kernel takes 4096"), "the limit is named");
	assert_int_equal(compile_many(30000, &err), -E2BIG);
	ok(strstr(err.text, "more than 65536 tests"), "also where they are not counted");
}

static void test_same(void **state)
{
	auto_buf struct buf rules = BUF_INIT, first = BUF_INIT, second = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < 50; i++)
		allow_if(&rules, (int)(i % 6), i % 2 ? "EQ" : "GT", i << 30, 0);
	seccomp_kit_get(buf_str(&rules), NULL, &first);
	seccomp_kit_get(buf_str(&rules), NULL, &second);
	ok(first.len == second.len && !memcmp(first.data, second.data, first.len),
		"the bytes are the same");
}

static const struct CMUnitTest tests[] = {
	TEST("a comparison is of all 64 bits of an argument, unsigned", test_comparisons),
	TEST("a masked comparison is of the mask's bits alone", test_masks),
	TEST("all conditions of a rule must hold", test_all_conditions),
	TEST("rules for one call do not mix", test_many_rules),
	TEST("of rules that hold the strictest decides, of errors the first", test_strictest),
	TEST("what floor refuses is refused, as strictly as either says", test_floor),
	TEST("floor may refuse a part of what a profile allows", test_floor_parts),
	TEST("a default that is stricter than an error goes before floor's", test_strict_default),
	TEST("numbers that are not native end the process, -1 gets the default", test_foreign),
	TEST("with notifications, the supervisor hears of what it is for", test_notify),
	TEST("with notifications, what goes on is held by the other filter", test_notify_holds),
	TEST("a long program jumps right", test_long),
	TEST("a program that is too long is refused with its length", test_too_long),
	TEST("the same rules give the same program", test_same),
};

int main(void)
{
	return cmocka_run_group_tests_name("sandbox/seccomp_compile", tests, NULL, NULL);
}
