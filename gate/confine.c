#include "gate/confine.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/weaken.h"
#include "gate/leave.h"

#ifdef __x86_64__
#define ARCH AUDIT_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#endif

int confine_begin(struct err *err)
{
	return leave_begin(err);
}

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define IF(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, then, otherwise)
#define ALLOW(call) IF(SYS_##call, 0, 1), RETURN(SECCOMP_RET_ALLOW)
static int filter_calls(void)
{
	/* clang-format off */
	struct sock_filter code[] = {
		LOAD(arch),
		IF(ARCH, 1, 0),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		LOAD(nr),
		ALLOW(splice), ALLOW(epoll_pwait), ALLOW(epoll_ctl),
		ALLOW(recvmsg), ALLOW(sendmsg), ALLOW(recvfrom), ALLOW(sendto), ALLOW(accept4),
		ALLOW(connect), ALLOW(shutdown), ALLOW(close), ALLOW(read), ALLOW(write), ALLOW(pipe2),
		ALLOW(getsockopt), ALLOW(setsockopt), ALLOW(getsockname), ALLOW(getpeername), ALLOW(clock_gettime),
		ALLOW(mmap), ALLOW(munmap), ALLOW(mremap), ALLOW(brk), ALLOW(madvise), ALLOW(futex),
		ALLOW(getrandom), ALLOW(getpid), ALLOW(sysinfo), ALLOW(exit_group), ALLOW(exit),
		ALLOW(rt_sigprocmask), ALLOW(rt_sigreturn),
		IF(SYS_fcntl, 1, 0), IF(SYS_socket, 5, 4),
		LOAD(args[1]), IF(F_SETPIPE_SZ, 1, 0), IF(F_GETPIPE_SZ, 0, 1),
		RETURN(SECCOMP_RET_ALLOW),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		LOAD(args[0]), IF(AF_INET, 1, 0), IF(AF_INET6, 0, 3),
		LOAD(args[1]), IF(SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, 1),
		RETURN(SECCOMP_RET_ALLOW),
		RETURN(SECCOMP_RET_KILL_PROCESS),
	};
	/* clang-format on */
	struct sock_fprog program = { ARRAY_SIZE(code), code };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 ? -errno : 0;
}

int confine_finish(struct err *err)
{
	int r = leave_finish();

	if (r == 0 && !weakened("gate-confined"))
		r = filter_calls();
	return r < 0 ? err_set(err, r, "confine the gate") : 0;
}
