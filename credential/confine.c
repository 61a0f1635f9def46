#include "credential/confine.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "gate/leave.h"

#ifdef __x86_64__
#define ARCH AUDIT_ARCH_X86_64
#define OLD_CALLS ALLOW(epoll_wait), ALLOW(poll),
#else
#define ARCH AUDIT_ARCH_AARCH64
#define OLD_CALLS
#endif

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define IF(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, then, otherwise)
#define IF_ANY(bits, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, then, otherwise)
#define ALLOW(call) IF(SYS_##call, 0, 1), RETURN(SECCOMP_RET_ALLOW)
#define REFUSE RETURN(SECCOMP_RET_ERRNO | EPERM)

/* Libraries try things and go on without: what is not listed fails. No memory becomes a program, no socket is a listener. */
static int filter_calls(void)
{
	/* clang-format off */
	struct sock_filter code[] = {
		LOAD(arch),
		IF(ARCH, 1, 0),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		LOAD(nr),
		OLD_CALLS
		ALLOW(epoll_pwait), ALLOW(epoll_ctl), ALLOW(ppoll),
		ALLOW(recvmsg), ALLOW(sendmsg), ALLOW(recvfrom), ALLOW(sendto), ALLOW(connect),
		ALLOW(shutdown), ALLOW(close), ALLOW(read), ALLOW(readv), ALLOW(write), ALLOW(writev),
		ALLOW(getsockopt), ALLOW(setsockopt), ALLOW(getsockname), ALLOW(getpeername),
		ALLOW(clock_gettime), ALLOW(gettimeofday), ALLOW(getrandom), ALLOW(getpid), ALLOW(futex),
		ALLOW(munmap), ALLOW(mremap), ALLOW(brk), ALLOW(madvise), ALLOW(exit_group), ALLOW(exit),
		ALLOW(rt_sigprocmask), ALLOW(rt_sigreturn),
		IF(SYS_mmap, 0, 4),
		LOAD(args[2]), IF_ANY(PROT_EXEC, 0, 1), REFUSE, RETURN(SECCOMP_RET_ALLOW),
		IF(SYS_mprotect, 0, 4),
		LOAD(args[2]), IF_ANY(PROT_EXEC, 0, 1), REFUSE, RETURN(SECCOMP_RET_ALLOW),
		IF(SYS_fcntl, 0, 8),
		LOAD(args[1]), IF(F_GETFL, 5, 0), IF(F_SETFL, 4, 0), IF(F_SETFD, 3, 0), IF(F_GETFD, 2, 0),
		IF(F_DUPFD_CLOEXEC, 1, 0), REFUSE, RETURN(SECCOMP_RET_ALLOW),
		IF(SYS_socket, 0, 6),
		LOAD(args[0]), IF(AF_INET, 1, 0), IF(AF_INET6, 0, 3),
		LOAD(args[1]), IF(SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, 1),
		RETURN(SECCOMP_RET_ALLOW),
		REFUSE,
	};
	/* clang-format on */
	struct sock_fprog program = { ARRAY_SIZE(code), code };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 ? -errno : 0;
}

int credential_confine(struct err *err)
{
	int r = leave_finish();

	if (r == 0)
		r = filter_calls();
	return r < 0 ? err_set(err, r, "confine the keeper of the credentials") : 0;
}
