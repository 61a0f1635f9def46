#include "sandbox/seccomp.h"

#include <linux/audit.h>
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

int seccomp_chain(const struct sock_fprog *first, const struct sock_fprog *second,
	struct sock_fprog *ret, struct err *err)
{
	size_t n = (size_t)first->len + second->len;
	struct sock_filter *code;

	if (n > BPF_MAXINSNS)
		return err_say(err, -E2BIG,
			"the system call filters have %zu instructions: the kernel "
			"takes %d",
			n, BPF_MAXINSNS);
	code = xcalloc(n, sizeof(*code));
	memcpy(code, first->filter, first->len * sizeof(*code));
	memcpy(code + first->len, second->filter, second->len * sizeof(*code));
	for (unsigned int i = 0; i < first->len; i++)
		if (code[i].code == (BPF_RET | BPF_K) && code[i].k == SECCOMP_RET_ALLOW)
			code[i] = (struct sock_filter)BPF_STMT(
				BPF_JMP | BPF_JA, first->len - i - 1);
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

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "remit-sandbox knows x86-64 and arm64"
#endif

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define SKIP_UNLESS(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1)
#define ALLOW(call) SKIP_UNLESS(SYS_##call), RETURN(SECCOMP_RET_ALLOW)

int seccomp_install_init(void)
{
	struct sock_filter code[] = {
		LOAD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
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
