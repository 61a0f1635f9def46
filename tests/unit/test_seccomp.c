#include "tests/unit/check.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "base/encode.h"
#include "sandbox/seccomp.h"
#include "tests/unit/seccomp_kit.h"

#define ARG(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, args[n]))
#define CALL BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, nr))
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define END(action) BPF_STMT(BPF_RET | BPF_K, action)

#define PROGRAM(code)                                            \
	{                                                        \
		(unsigned short)ARRAY_SIZE(code), (void *)(code) \
	}

/* Refuses getppid(1, ...), and lets through in its middle, or at its end. */
static const struct sock_filter middle[] = { CALL, IF(SYS_getppid, 1, 0), END(SECCOMP_RET_ALLOW),
	ARG(0), IF(1, 1, 0), END(SECCOMP_RET_ALLOW), END(SECCOMP_RET_ERRNO | EINVAL) };
static const struct sock_filter at_end[] = { CALL, IF(SYS_getppid, 0, 3), ARG(0), IF(1, 0, 1),
	END(SECCOMP_RET_ERRNO | EINVAL), END(SECCOMP_RET_ALLOW) };
/* Refuses getppid(.., 2, ...). */
static const struct sock_filter second[] = { CALL, IF(SYS_getppid, 1, 0), END(SECCOMP_RET_ALLOW),
	ARG(1), IF(2, 0, 1), END(SECCOMP_RET_ERRNO | ENOTTY), END(SECCOMP_RET_ALLOW) };
static const struct sock_filter nothing[] = { END(SECCOMP_RET_ALLOW) };

static void check_chain(struct sock_fprog first)
{
	struct sock_fprog last = PROGRAM(second), both;
	struct buf bytes;

	ok(seccomp_chain(&first, &last, &both, NULL) == 0, "they are joined");
	bytes = (struct buf){ .data = (char *)both.filter, .len = both.len * sizeof(*both.filter) };
	assert_int_equal(seccomp_kit_ask(&bytes, 0, 0), 0);
	assert_int_equal(seccomp_kit_ask(&bytes, 1, 0), EINVAL);
	assert_int_equal(seccomp_kit_ask(&bytes, 0, 2), ENOTTY);
	assert_int_equal(seccomp_kit_ask(&bytes, 1, 2), EINVAL);
	seccomp_done(&both);
}

static void test_chain(void **state)
{
	(void)state;
	check_chain((struct sock_fprog)PROGRAM(middle));
	check_chain((struct sock_fprog)PROGRAM(at_end));
}

static void test_chain_length(void **state)
{
	struct sock_fprog empty = PROGRAM(nothing), first = PROGRAM(at_end), both;
	struct sock_fprog longest = { BPF_MAXINSNS, xcalloc(BPF_MAXINSNS, sizeof(second[0])) };
	struct err err = { "" };

	(void)state;
	ok(seccomp_chain(&empty, &longest, &both, &err) == 0, "what refuses nothing takes no room");
	assert_int_equal(both.len, BPF_MAXINSNS);
	seccomp_done(&both);
	assert_int_equal(seccomp_chain(&first, &longest, &both, &err), -E2BIG);
	assert_string_equal(
		err.text, "the system call filters have 4101 instructions: the kernel takes 4096");
	seccomp_done(&longest);
}

static int decode_bytes(size_t n, struct sock_fprog *ret)
{
	auto_free char *bytes = xcalloc(n + 1, 1);
	auto_buf struct buf text = BUF_INIT;

	base64_add(&text, bytes, n);
	return seccomp_decode(buf_str(&text), ret, NULL);
}

static void test_decode(void **state)
{
	struct sock_fprog prog = { 0 };

	(void)state;
	ok(decode_bytes(0, &prog) == -EINVAL && decode_bytes(7, &prog) == -EINVAL,
		"none, or a part");
	ok(decode_bytes(9, &prog) == -EINVAL && decode_bytes(8 * 4097, &prog) == -EINVAL,
		"too much");
	ok(seccomp_decode("####", &prog, NULL) == -EINVAL && !prog.filter, "what is not base64");
	ok(decode_bytes(8 * 4096, &prog) == 0 && prog.len == 4096, "as many as the kernel takes");
	seccomp_done(&prog);
}

static const struct CMUnitTest tests[] = {
	TEST("of joined filters, the second decides where the first lets through", test_chain),
	TEST("joined filters have 4096 instructions and no more", test_chain_length),
	TEST("a filter is whole instructions, 1 to 4096", test_decode),
};

int main(void)
{
	return cmocka_run_group_tests_name("sandbox/seccomp", tests, NULL, NULL);
}
