/*
 * pid1.c trace|descriptors|memory|hijack: what the job would do with pid 1 of its cage, which stands between it
 * and the supervisor: trace it, take its line to the supervisor, read its memory, or have it make calls.
 */
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"
#include "sandbox/control.h"

enum { DESCRIPTORS = 1024 };

static void attach(void)
{
	if (ptrace(PTRACE_SEIZE, 1, NULL, NULL) < 0)
		held_by_errno("trace pid 1");
}

static void try_trace(void)
{
	attach();
	escaped("pid 1 is traced");
}

/* With that line in hand: "the job has ended, status 0". */
static void tell_supervisor(int sock)
{
	struct control message = { .type = CONTROL_ENDED };

	if (send(sock, &message, sizeof(message), MSG_NOSIGNAL) < 0)
		perror("send");
	escaped("descriptor %d of pid 1", sock);
}

static void try_descriptors(void)
{
	int init = (int)syscall(SYS_pidfd_open, 1, 0);

	if (init < 0)
		broken("pidfd_open");
	for (int i = 0; i < DESCRIPTORS; i++) {
		int fd = (int)syscall(SYS_pidfd_getfd, init, i, 0);

		if (fd >= 0)
			tell_supervisor(fd);
		if (errno != EBADF)
			held_by_errno("pidfd_getfd");
	}
	broken("pid 1 has no descriptors");
}

static void try_memory(void)
{
	FILE *maps = fopen("/proc/1/maps", "r");
	unsigned long at;
	char bytes[16];
	struct iovec local = { bytes, sizeof(bytes) }, remote = { NULL, sizeof(bytes) };

	if (!maps)
		held_by_errno("/proc/1/maps");
	if (fscanf(maps, "%lx-", &at) != 1)
		broken("/proc/1/maps");
	remote.iov_base = (void *)at;
	if (process_vm_readv(1, &local, 1, &remote, 1, 0) < 0)
		held_by_errno("process_vm_readv");
	escaped("memory of pid 1 at %lx", at);
}

#if defined(__x86_64__)
/* pid 1 waits in a call: it is set back to that instruction, to make another one there. */
static long call_by_init(long nr, long a, long b, long c)
{
	struct user_regs_struct regs;
	int status;

	if (ptrace(PTRACE_INTERRUPT, 1, NULL, NULL) < 0 || waitpid(1, &status, __WALL) < 0 ||
		ptrace(PTRACE_GETREGS, 1, NULL, &regs) < 0)
		broken("stop pid 1");
	regs.rip -= 2;
	regs.orig_rax = (unsigned long)-1;
	regs.rax = (unsigned long)nr;
	regs.rdi = (unsigned long)a;
	regs.rsi = (unsigned long)b;
	regs.rdx = (unsigned long)c;
	if (ptrace(PTRACE_SETREGS, 1, NULL, &regs) < 0 ||
		ptrace(PTRACE_SINGLESTEP, 1, NULL, NULL) < 0 || waitpid(1, &status, __WALL) < 0 ||
		!WIFSTOPPED(status) || ptrace(PTRACE_GETREGS, 1, NULL, &regs) < 0)
		broken("have pid 1 make a call");
	return (long)regs.rax;
}

static void try_hijack(void)
{
	long r;

	attach();
	r = call_by_init(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
	if (r < 0)
		held("pid 1 got %s", strerrorname_np((int)-r));
	escaped("pid 1 made a socket for us");
}
#else
static void try_hijack(void)
{
	untried("written for x86-64");
}
#endif

static const struct {
	const char *name;
	void (*try)(void);
} attacks[] = { { "trace", try_trace }, { "descriptors", try_descriptors },
	{ "memory", try_memory }, { "hijack", try_hijack } };

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(attacks) / sizeof(*attacks); i++)
		if (!strcmp(attacks[i].name, argv[1]))
			attacks[i].try();
	broken("unknown attack");
}
