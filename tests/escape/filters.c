/*
 * filters.c notify|rewrite: a job that adds a filter of its own to the cage's, so that a call that is refused be
 * decided by itself (notify), or become another one once it has been let through (rewrite).
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

enum { REFUSED = SYS_userfaultfd, PATIENCE_MS = 2000 };

/* What both processes see. */
struct shared {
	int listener, error;
	long result;
};

static int add_filter(int call, unsigned int action, unsigned long flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(*code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}

static struct shared *share(void)
{
	void *p = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		broken("mmap");
	return p;
}

static _Noreturn void call_with_notify(struct shared *s, int ready)
{
	s->listener = add_filter(REFUSED, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	s->error = errno;
	if (write(ready, "", 1) != 1 || s->listener < 0)
		_exit(1);
	s->result = syscall(REFUSED, O_CLOEXEC | 1);
	s->error = errno;
	_exit(0);
}

/* "Let it go on", if we are asked at all. */
static void allow(int listener)
{
	struct pollfd p = { listener, POLLIN, 0 };
	struct seccomp_notif notice = { 0 };
	struct seccomp_notif_resp answer = { .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

	if (poll(&p, 1, PATIENCE_MS) < 1 || !(p.revents & POLLIN) ||
		ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notice) < 0)
		return;
	answer.id = notice.id;
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) < 0)
		perror("answer");
}

static void try_notify(void)
{
	struct shared *s = share();
	int ready[2];
	char byte;
	long pid;

	if (pipe(ready) < 0)
		broken("pipe");
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, 0UL);
	if (pid == 0)
		call_with_notify(s, ready[1]);
	if (pid < 0 || read(ready[0], &byte, 1) != 1)
		broken("start a process");
	errno = s->error;
	if (s->listener < 0)
		held_by_errno("a listener of our own");
	allow(s->listener);
	if (waitpid((pid_t)pid, NULL, 0) < 0)
		broken("wait");
	errno = s->error;
	if (s->result < 0)
		held_by_errno("what we let go on");
	escaped("a refused call went on by our own word");
}

#if defined(__x86_64__)
static _Noreturn void call_with_trace(struct shared *s)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(2);
	raise(SIGSTOP);
	if (add_filter(SYS_getppid, SECCOMP_RET_TRACE, 0) < 0)
		_exit(3);
	s->result = syscall(SYS_getppid, 0);
	s->error = errno;
	_exit(0);
}

/* At its stop the call has passed the cage's filters as getppid. */
static void rewrite(pid_t pid)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
		broken("read registers");
	regs.orig_rax = REFUSED;
	regs.rdi = O_CLOEXEC | 1;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) < 0)
		broken("write registers");
}

static void try_rewrite(void)
{
	struct shared *s = share();
	pid_t pid = fork();
	int status;

	if (pid == 0)
		call_with_trace(s);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status) ||
		ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL) <
			0 ||
		ptrace(PTRACE_CONT, pid, NULL, NULL) < 0 || waitpid(pid, &status, 0) < 0)
		broken("trace a child");
	if (status >> 8 != (SIGTRAP | PTRACE_EVENT_SECCOMP << 8))
		broken("no stop: status %x", status);
	rewrite(pid);
	if (ptrace(PTRACE_CONT, pid, NULL, NULL) < 0 || waitpid(pid, &status, 0) < 0)
		broken("go on");
	errno = s->error;
	if (WIFSIGNALED(status) || s->result < 0)
		held_by_errno("a call that became another one");
	escaped("a refused call was made in the name of another one");
}
#else
static void try_rewrite(void)
{
	untried("written for x86-64");
}
#endif

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "notify"))
		try_notify();
	if (argc == 2 && !strcmp(argv[1], "rewrite"))
		try_rewrite();
	broken("unknown attack");
}
