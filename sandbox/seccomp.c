#include "sandbox/seccomp.h"

#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/encode.h"
#include "base/plan.h"

int seccomp_decode(const char *base64, struct sock_fprog *ret, struct err *err)
{
	auto_buf struct buf bytes = BUF_INIT;
	size_t n;

	if (base64_decode(base64, strlen(base64), &bytes) < 0)
		return err_say(err, -EINVAL, "plan: a seccomp filter is not base64");
	n = bytes.len / sizeof(struct sock_filter);
	if (!n || n > SECCOMP_MAX_INSNS || bytes.len % sizeof(struct sock_filter))
		return err_say(err, -EINVAL,
			"plan: a seccomp filter has %zu bytes: expected whole "
			"instructions, 1 to %d",
			bytes.len, SECCOMP_MAX_INSNS);
	ret->len = (unsigned short)n;
	ret->filter = (struct sock_filter *)(void *)buf_steal(&bytes);
	return 0;
}

void seccomp_done(struct sock_fprog *prog)
{
	free(prog->filter);
	*prog = (struct sock_fprog){ 0 };
}

static bool lets_through(const struct sock_filter *line)
{
	return line->code == (BPF_RET | BPF_K) && line->k == SECCOMP_RET_ALLOW;
}

/* Where the last line of first lets through, the first line of second may stand in its place. */
int seccomp_chain(const struct sock_fprog *first, const struct sock_fprog *second,
	struct sock_fprog *ret, struct err *err)
{
	size_t head = first->len - (size_t)lets_through(&first->filter[first->len - 1]);
	size_t n = head + second->len;
	struct sock_filter *code;

	if (n > BPF_MAXINSNS)
		return err_say(err, -E2BIG,
			"the system call filters have %zu instructions: the kernel "
			"takes %d",
			n, BPF_MAXINSNS);
	code = xcalloc(n, sizeof(*code));
	memcpy(code, first->filter, head * sizeof(*code));
	memcpy(code + head, second->filter, second->len * sizeof(*code));
	for (size_t i = 0; i < head; i++)
		if (lets_through(&code[i]))
			code[i] = (struct sock_filter)BPF_STMT(
				BPF_JMP | BPF_JA, (uint32_t)(head - i - 1));
	*ret = (struct sock_fprog){ .len = (unsigned short)n, .filter = code };
	return 0;
}

static int set_filter(const struct sock_fprog *prog, unsigned long flags)
{
	long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, prog);

	return r < 0 ? -errno : (int)r;
}

int seccomp_install(const struct sock_fprog *prog)
{
	return set_filter(prog, 0);
}

/* Waiting for the supervisor is not interrupted by a signal, unless that is deadly. */
int seccomp_install_notify(const struct sock_fprog *prog)
{
	return set_filter(
		prog, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
}

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define SKIP_UNLESS(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1)
#define ALLOW(call) SKIP_UNLESS(SYS_##call), RETURN(SECCOMP_RET_ALLOW)

int seccomp_install_init(void)
{
	struct sock_filter code[] = {
		LOAD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_ARCH, 1, 0),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		LOAD(nr),
		ALLOW(wait4),
		ALLOW(waitid),
		ALLOW(sendmsg),
		ALLOW(rt_sigreturn),
		ALLOW(restart_syscall),
		ALLOW(exit_group),
		RETURN(SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog prog = { ARRAY_SIZE(code), code };

	return set_filter(&prog, 0);
}
