#include "tests/unit/check.h"

#include <linux/seccomp.h>
#include <string.h>

#include "sandbox/seccomp_bpf.h"
#include "tests/unit/seccomp_kit.h"

static struct bpf_test low_is(uint32_t value)
{
	return (struct bpf_test){ offsetof(struct seccomp_data, args[0]), UINT32_MAX, BPF_JEQ,
		value };
}

static size_t length(const struct bpf *b, uint32_t root)
{
	auto_buf struct buf out = BUF_INIT;

	ok(bpf_write(b, root, &out, NULL) == 0, "it is written");
	return out.len / sizeof(struct sock_filter);
}

static void test_shared(void **state)
{
	auto_bpf struct bpf *b = bpf_new();
	uint32_t yes = bpf_answer(b, SECCOMP_RET_ALLOW), no = bpf_answer(b, SECCOMP_RET_TRAP);
	struct bpf_test test = low_is(1), other = low_is(2);

	(void)state;
	ok(bpf_answer(b, SECCOMP_RET_ALLOW) == yes && yes != no, "an answer is one node");
	ok(bpf_ask(b, &test, yes, no) == bpf_ask(b, &test, yes, no), "a test is");
	ok(bpf_ask(b, &test, yes, no) != bpf_ask(b, &test, no, yes), "another is not");
	ok(bpf_ask(b, &test, yes, no) != bpf_ask(b, &other, yes, no),
		"nor is one of another value");
	ok(bpf_ask(b, &test, yes, yes) == yes, "nothing is asked for nothing");
}

static void test_known(void **state)
{
	auto_bpf struct bpf *b = bpf_new();
	uint32_t yes = bpf_answer(b, SECCOMP_RET_ALLOW), no = bpf_answer(b, SECCOMP_RET_TRAP);
	struct bpf_test test = low_is(1), other = low_is(2);
	uint32_t node = bpf_ask(b, &test, yes, no);

	(void)state;
	ok(bpf_known(b, node, &test, true) == yes && bpf_known(b, node, &test, false) == no,
		"it leads to where the test would");
	ok(bpf_known(b, node, &other, true) == node, "another test says nothing");
	ok(bpf_ask(b, &test, node, no) == node, "what has just been asked is not asked again");
	ok(bpf_ask(b, &test, yes, node) == node, "either way");
}

static void test_no_bits(void **state)
{
	auto_bpf struct bpf *b = bpf_new();
	uint32_t yes = bpf_answer(b, SECCOMP_RET_ALLOW), no = bpf_answer(b, SECCOMP_RET_TRAP);
	struct bpf_test none = { 16, 0, BPF_JEQ, 0 }, never = { 16, 0, BPF_JEQ, 1 };

	(void)state;
	ok(bpf_ask(b, &none, yes, no) == yes, "no bit is other than 0");
	ok(bpf_ask(b, &never, yes, no) == no, "nor is one 1");
}

/* Each program is as short as it can be: loads are the first to go. */
static void test_loads(void **state)
{
	auto_bpf struct bpf *b = bpf_new();
	uint32_t yes = bpf_answer(b, SECCOMP_RET_ALLOW), node = bpf_answer(b, SECCOMP_RET_TRAP);
	struct bpf_test bit = { 16, 4, BPF_JEQ, 4 }, bits = { 16, 6, BPF_JEQ, 4 };

	(void)state;
	assert_int_equal(length(b, yes), 1);
	for (uint32_t i = 0; i < 10; i++) {
		struct bpf_test test = low_is(i);

		node = bpf_ask(b, &test, yes, node);
	}
	assert_int_equal(length(b, node), 1 + 10 + 2);
	node = bpf_ask(b, &bit, yes, node);
	assert_int_equal(length(b, node), 1 + 11 + 2);
	node = bpf_ask(b, &bits, yes, node);
	assert_int_equal(length(b, node), 1 + 2 + 1 + 11 + 2);
}

/* A test reaches 255 instructions; what lies further off are an answer at the end and a node that looks at something else. */
static void test_far(void **state)
{
	auto_bpf struct bpf *b = bpf_new();
	uint32_t end = bpf_answer(b, SECCOMP_RET_ALLOW);
	uint32_t some = bpf_answer(b, SECCOMP_RET_ERRNO | EINVAL);
	struct bpf_test second = { offsetof(struct seccomp_data, args[1]), UINT32_MAX, BPF_JEQ, 5 };
	uint32_t far = bpf_ask(b, &second, bpf_answer(b, SECCOMP_RET_ERRNO | ENOTTY), end);
	uint32_t node = end;
	auto_buf struct buf out = BUF_INIT;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		struct bpf_test test = low_is(i + 7);

		node = bpf_ask(b, &test, i % 500 ? some : far, node);
	}
	ok(bpf_write(b, node, &out, NULL) == 0, "it is written");
	assert_int_equal(seccomp_kit_ask(&out, 6, 5), 0);
	assert_int_equal(seccomp_kit_ask(&out, 7, 5), ENOTTY);
	assert_int_equal(seccomp_kit_ask(&out, 8, 5), EINVAL);
	assert_int_equal(seccomp_kit_ask(&out, 507, 5), ENOTTY);
	assert_int_equal(seccomp_kit_ask(&out, 507, 6), 0);
	assert_int_equal(seccomp_kit_ask(&out, 1006, 5), EINVAL);
	assert_int_equal(seccomp_kit_ask(&out, 1007, 5), 0);
}

/* n tests and what little goes with them. */
static int write_tests(uint32_t n, struct buf *out, struct err *err)
{
	auto_bpf struct bpf *b = bpf_new();
	uint32_t node = bpf_answer(b, SECCOMP_RET_TRAP);
	struct bpf_test test = { 16, UINT32_MAX, BPF_JGT, 0 };

	while (test.value < n) {
		node = bpf_ask(b, &test, bpf_answer(b, SECCOMP_RET_ALLOW), node);
		test.value++;
	}
	return bpf_write(b, node, out, err);
}

static void test_limit(void **state)
{
	uint32_t last = 4000;
	auto_buf struct buf out = BUF_INIT;
	struct err err = { "" };

	(void)state;
	while (write_tests(last, &out, &err) == 0) {
		ok(out.len / sizeof(struct sock_filter) <= BPF_MAXINSNS, "the kernel takes it");
		buf_truncate(&out, 0);
		last++;
	}
	ok(last < 4096, "not all is tests");
	assert_string_equal(err.text,
		"seccomp profile: its filter has 4097 instructions: the kernel takes 4096");
	ok(write_tests(last - 1, &out, NULL) == 0 && out.len == 8 * BPF_MAXINSNS, "all are used");
	ok(write_tests(70000, &out, &err) == -E2BIG && strstr(err.text, "65536"),
		"more is refused");
	ok(out.len == 8 * BPF_MAXINSNS, "what is refused adds nothing");
}

static const struct CMUnitTest tests[] = {
	TEST("what is built twice is one node", test_shared),
	TEST("nothing is asked whose answer is known", test_known),
	TEST("a test of no bits is none", test_no_bits),
	TEST("what has been loaded is not loaded again", test_loads),
	TEST("far jumps lead where they should", test_far),
	TEST("a program has 4096 instructions and no more", test_limit),
};

int main(void)
{
	return cmocka_run_group_tests_name("sandbox/seccomp_bpf", tests, NULL, NULL);
}
