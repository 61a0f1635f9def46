/*
 * calls.c NAME: one system call that a job has no business with, made so that it does no harm where it is let
 * through: to have got past whoever refuses it is enough.
 */
#include <fcntl.h>
#include <linux/fanotify.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

enum { BPF_MAP_CREATE_CALL = 0, BPF_MAP_TYPE_ARRAY_KIND = 2 };

#define HIGH (1UL << 32)

/* Past the check of privilege, the kernel finds that there is nothing to do. */
static long but_for(int harmless, long r)
{
	return r < 0 && errno == harmless ? 0 : r;
}

/* Where a call makes a child, that one ends at once. */
static long reaped(long pid)
{
	if (pid == 0)
		_exit(0);
	return pid < 0 ? pid : waitpid((pid_t)pid, NULL, __WALL);
}

static long try_bpf(void)
{
	struct {
		unsigned int type, key, value, entries;
		char rest[128];
	} attr = { BPF_MAP_TYPE_ARRAY_KIND, 4, 4, 1, { 0 } };

	return syscall(SYS_bpf, BPF_MAP_CREATE_CALL, &attr, sizeof(attr));
}

static long try_kexec(void)
{
	return but_for(EINVAL, syscall(SYS_kexec_load, 0, 0, NULL, 0xffffUL));
}

static long try_kexec_file(void)
{
	return but_for(EINVAL, syscall(SYS_kexec_file_load, -1, -1, 0, NULL, 0xffffUL));
}

static long try_init_module(void)
{
	return but_for(EFAULT, but_for(ENOEXEC, syscall(SYS_init_module, NULL, 0, "")));
}

static long try_finit_module(void)
{
	return but_for(EBADF, syscall(SYS_finit_module, -1, "", 0));
}

static long try_delete_module(void)
{
	return but_for(ENOENT, syscall(SYS_delete_module, "no_such_module", O_NONBLOCK));
}

static long try_perf(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.exclude_kernel = 1,
		.exclude_hv = 1 };

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0UL);
}

static long try_userfaultfd(void)
{
	return syscall(SYS_userfaultfd, O_CLOEXEC | 1 /* UFFD_USER_MODE_ONLY */);
}

static long try_fanotify(void)
{
	return syscall(SYS_fanotify_init, FAN_CLASS_NOTIF | FAN_REPORT_FID, O_RDONLY);
}

static long try_syslog(void)
{
	char text[64];

	return syscall(SYS_syslog, 3 /* SYSLOG_ACTION_READ_ALL */, text, sizeof(text));
}

/* Into our own: that is the least that anybody may. */
static long try_vm_writev(void)
{
	char from = 1, to = 0;
	struct iovec local = { &from, 1 }, remote = { &to, 1 };

	return syscall(SYS_process_vm_writev, getpid(), &local, 1UL, &remote, 1UL, 0UL);
}

static long try_io_uring(void)
{
	struct io_uring_params p = { 0 };

	return syscall(SYS_io_uring_setup, 4, &p);
}

static long try_io_uring_register(void)
{
	return but_for(EBADF, but_for(EINVAL, syscall(SYS_io_uring_register, -2, 0, NULL, 0)));
}

static long try_keyctl(void)
{
	return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1);
}

static long try_add_key(void)
{
	return syscall(SYS_add_key, "user", "remit-probe", "x", 1, KEY_SPEC_PROCESS_KEYRING);
}

static long try_request_key(void)
{
	return but_for(ENOKEY, syscall(SYS_request_key, "user", "no-such-key", NULL, 0));
}

static long try_mount(void)
{
	return but_for(ENODEV, syscall(SYS_mount, "none", "/", "no-such-type", 0UL, NULL));
}

static long try_fsopen(void)
{
	return syscall(SYS_fsopen, "tmpfs", 0);
}

static long try_open_tree(void)
{
	return syscall(SYS_open_tree, AT_FDCWD, "/tmp", 1 /* OPEN_TREE_CLONE */);
}

static long try_umount(void)
{
	return but_for(EINVAL, syscall(SYS_umount2, "/proc/self", 0));
}

static long try_chroot(void)
{
	return syscall(SYS_chroot, "/tmp");
}

static long try_unshare_user(void)
{
	return unshare(CLONE_NEWUSER);
}

static long try_unshare_net(void)
{
	return unshare(CLONE_NEWNET);
}

static long try_clone_user(void)
{
	return reaped(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0UL));
}

static long try_clone_user_high(void)
{
	return reaped(syscall(SYS_clone, HIGH | CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0UL));
}

static long try_clone3_user(void)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };

	return reaped(syscall(SYS_clone3, &args, sizeof(args)));
}

static long try_setns(void)
{
	int self = (int)syscall(SYS_pidfd_open, getpid(), 0);

	return syscall(SYS_setns, self, CLONE_NEWUTS);
}

static long try_name_to_handle(void)
{
	struct {
		struct file_handle head;
		unsigned char bytes[MAX_HANDLE_SZ];
	} h = { .head.handle_bytes = MAX_HANDLE_SZ };
	int mount;

	return syscall(SYS_name_to_handle_at, AT_FDCWD, "/tmp", &h, &mount, 0);
}

/* A handle that was made up: the right to open by handle is asked for first. */
static long try_open_by_handle(void)
{
	struct {
		struct file_handle head;
		unsigned char bytes[8];
	} h = { .head = { .handle_bytes = 8, .handle_type = 1 } };
	int dir = open("/tmp", O_RDONLY | O_DIRECTORY);

	return but_for(EINVAL, but_for(ESTALE, syscall(SYS_open_by_handle_at, dir, &h, O_RDONLY)));
}

static long try_personality(void)
{
	return syscall(SYS_personality, READ_IMPLIES_EXEC);
}

static long try_iopl(void)
{
	return syscall(SYS_iopl, 3);
}

static long try_modify_ldt(void)
{
	char table[64];

	return syscall(SYS_modify_ldt, 0, table, sizeof(table));
}

static long try_mbind(void)
{
	return but_for(EINVAL, syscall(SYS_mbind, 4096UL, 0UL, 0, NULL, 0UL, 0));
}

static long try_move_pages(void)
{
	return syscall(SYS_move_pages, 0, 0UL, NULL, NULL, NULL, 0);
}

static long try_swapon(void)
{
	return but_for(ENOENT, syscall(SYS_swapon, "/no/such/file", 0));
}

static long try_acct(void)
{
	return but_for(ENOENT, syscall(SYS_acct, "/no/such/file"));
}

static long try_reboot(void)
{
	return but_for(EINVAL, syscall(SYS_reboot, 0, 0, RB_DISABLE_CAD, NULL));
}

/* To what the clock does already. */
static long set_tick(int call)
{
	struct timex t = { 0 };

	if (adjtimex(&t) < 0)
		return -1;
	t.modes = ADJ_TICK;
	return call == SYS_adjtimex ? syscall(SYS_adjtimex, &t)
				    : syscall(SYS_clock_adjtime, CLOCK_REALTIME, &t);
}

static long try_adjtimex(void)
{
	return set_tick(SYS_adjtimex);
}

static long try_clock_adjtime(void)
{
	return set_tick(SYS_clock_adjtime);
}

static long try_clock_settime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return syscall(SYS_clock_settime, CLOCK_REALTIME, &now);
}

/* To the name that it has already. */
static long try_sethostname(void)
{
	char name[65] = "";

	gethostname(name, sizeof(name) - 1);
	return syscall(SYS_sethostname, name, strlen(name));
}

static long try_setdomainname(void)
{
	char name[65] = "";

	if (getdomainname(name, sizeof(name) - 1) < 0)
		broken("getdomainname");
	return syscall(SYS_setdomainname, name, strlen(name));
}

static long try_vsock(void)
{
	return syscall(SYS_socket, AF_VSOCK, SOCK_STREAM, 0);
}

/* The kernel looks at the lower half of the family only. */
static long try_vsock_high(void)
{
	return syscall(SYS_socket, HIGH | AF_VSOCK, SOCK_STREAM, 0);
}

static long try_alg(void)
{
	return syscall(SYS_socket, AF_ALG, SOCK_SEQPACKET, 0);
}

static long try_packet(void)
{
	return syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0);
}

static long try_raw(void)
{
	return syscall(SYS_socket, AF_INET, SOCK_RAW, 255 /* IPPROTO_RAW */);
}

static long try_raw6(void)
{
	return syscall(SYS_socket, AF_INET6, SOCK_RAW, 58 /* IPPROTO_ICMPV6 */);
}

static long try_mptcp(void)
{
	return syscall(SYS_socket, AF_INET, SOCK_STREAM, 262 /* IPPROTO_MPTCP */);
}

static long try_genetlink(void)
{
	return syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 16 /* NETLINK_GENERIC */);
}

static long try_genetlink_high(void)
{
	return syscall(SYS_socket, HIGH | AF_NETLINK, SOCK_RAW, HIGH | 16);
}

static long try_uevent(void)
{
	return syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 15 /* NETLINK_KOBJECT_UEVENT */);
}

static long try_netfilter(void)
{
	return syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 12 /* NETLINK_NETFILTER */);
}

static long try_socketpair(void)
{
	int ends[2];

	return but_for(EOPNOTSUPP, syscall(SYS_socketpair, AF_INET, SOCK_STREAM, 0, ends));
}

#define CALL(name)                \
	{                         \
#name, try_##name \
	}

static const struct {
	const char *name;
	long (*try)(void);
} calls[] = {
	CALL(bpf),
	CALL(kexec),
	CALL(kexec_file),
	CALL(init_module),
	CALL(finit_module),
	CALL(delete_module),
	CALL(perf),
	CALL(userfaultfd),
	CALL(fanotify),
	CALL(syslog),
	CALL(vm_writev),
	CALL(io_uring),
	CALL(io_uring_register),
	CALL(keyctl),
	CALL(add_key),
	CALL(request_key),
	CALL(mount),
	CALL(fsopen),
	CALL(open_tree),
	CALL(umount),
	CALL(chroot),
	CALL(unshare_user),
	CALL(unshare_net),
	CALL(clone_user),
	CALL(clone_user_high),
	CALL(clone3_user),
	CALL(setns),
	CALL(name_to_handle),
	CALL(open_by_handle),
	CALL(personality),
	CALL(iopl),
	CALL(modify_ldt),
	CALL(mbind),
	CALL(move_pages),
	CALL(swapon),
	CALL(acct),
	CALL(reboot),
	CALL(adjtimex),
	CALL(clock_adjtime),
	CALL(clock_settime),
	CALL(sethostname),
	CALL(setdomainname),
	CALL(vsock),
	CALL(vsock_high),
	CALL(alg),
	CALL(packet),
	CALL(raw),
	CALL(raw6),
	CALL(mptcp),
	CALL(genetlink),
	CALL(genetlink_high),
	CALL(uevent),
	CALL(netfilter),
	CALL(socketpair),
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (argc == 2 && !strcmp(argv[1], calls[i].name)) {
			if (calls[i].try() < 0)
				held_by_errno(argv[1]);
			escaped("%s", argv[1]);
		}
	broken("unknown call");
}
