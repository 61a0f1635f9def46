#include "repo/confine.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/weaken.h"

/*
 * The order is one of needs: ids are changed while there is a right to, then what takes rights away,
 * and the filter of system calls last, since it lets none of the others through.
 */

enum {
	MAX_MEMORY = 1 << 30,
	MAX_FILE = 1 << 30,
	MAX_OPEN = 256,
	MAX_SECONDS = 30, /* of a processor */
	MAX_WAIT = 120, /* seconds in all */
};

/* Above the numbers that a cage's user may have (0x70000000 and a process id), below 2^31. */
enum { FIRST_ID = 0x78000000 };

/* A sanitizer has more memory of its own than the limit would leave it. */
#ifdef __has_feature
#define HAS_SANITIZER __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_SANITIZER 1
#else
#define HAS_SANITIZER 0
#endif

/* Numbers that none of the descriptors to keep has, so that moving one never covers another. */
enum { PARKED = CONFINE_FIRST_FD + CONFINE_MAX_FDS };

static int keep_only(const struct confine *c)
{
	int parked[CONFINE_MAX_FDS];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || c->n_fds > CONFINE_MAX_FDS)
		return null < 0 ? -errno : -EMFILE;
	for (size_t i = 0; i < c->n_fds; i++) {
		parked[i] = fcntl(c->fds[i], F_DUPFD_CLOEXEC, PARKED);
		if (parked[i] < 0)
			return -errno;
	}
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			return -errno;
	for (size_t i = 0; i < c->n_fds; i++)
		if (dup2(parked[i], CONFINE_FIRST_FD + (int)i) < 0)
			return -errno;
	if (close_range(CONFINE_FIRST_FD + (unsigned int)c->n_fds, ~0U, 0) < 0)
		return -errno;
	return 0;
}

/* As long as this process lives, no other has its number, and so none its id. */
static int leave_root(void)
{
	uid_t id = FIRST_ID + (uid_t)getpid();

	if (geteuid() != 0 || weakened("confine-uid"))
		return 0;
	if (chown(".", id, id) < 0 || setgroups(0, NULL) < 0 || setresgid(id, id, id) < 0 ||
		setresuid(id, id, id) < 0)
		return -errno;
	return setuid(0) == 0 ? -EPERM : 0;
}

/* A change of ids takes back the first two. */
static int settle(pid_t parent)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return getppid() == parent ? 0 : -ESRCH;
}

static int take_limits(void)
{
	static const struct {
		int what;
		rlim_t max;
	} limits[] = {
		{ RLIMIT_CPU, MAX_SECONDS },
		{ RLIMIT_CORE, 0 },
		{ RLIMIT_FSIZE, MAX_FILE },
		{ RLIMIT_NOFILE, MAX_OPEN },
		{ RLIMIT_DATA, HAS_SANITIZER ? RLIM_INFINITY : MAX_MEMORY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		struct rlimit limit;

		if (getrlimit(limits[i].what, &limit) < 0)
			return -errno;
		if (limit.rlim_max > limits[i].max)
			limit.rlim_max = limits[i].max;
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(limits[i].what, &limit) < 0)
			return -errno;
	}
	return 0;
}

/* Whatever the signal did before, and whoever blocked it: now it is the end. */
static int set_alarm(void)
{
	sigset_t none;

	sigemptyset(&none);
	if (signal(SIGALRM, SIG_DFL) == SIG_ERR || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return -errno;
	alarm(MAX_WAIT);
	return 0;
}

/* Every right of the first ABI is handled, so that what is not allowed in "." is not anywhere. */
static int confine_files(void)
{
	static const struct landlock_ruleset_attr attr = {
		.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	};
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
				  LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
				  LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE,
	};
	auto_fd int rules = -1;
	auto_fd int dir = -1;

	if (weakened("confine-landlock"))
		return 0;
	rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	dir = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	rule.parent_fd = dir;
	if (rules < 0 || dir < 0 ||
		syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0 ||
		syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		return -errno;
	return 0;
}

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "confine_self knows x86-64 and arm64"
#endif

/* What libgit2, zlib and the allocator use, each in the form that the libc of today or before has. */
static const unsigned int allowed[] = {
#ifdef SYS_open
	SYS_open,
	SYS_stat,
	SYS_lstat,
	SYS_access,
	SYS_mkdir,
	SYS_rename,
	SYS_link,
	SYS_unlink,
	SYS_chmod,
	SYS_readlink,
	SYS_getdents,
#endif
	SYS_read,
	SYS_write,
	SYS_pread64,
	SYS_pwrite64,
	SYS_readv,
	SYS_writev,
	SYS_lseek,
	SYS_recvfrom,
	SYS_sendto,
	SYS_openat,
	SYS_close,
	SYS_fstat,
	SYS_newfstatat,
	SYS_statx,
	SYS_faccessat,
	SYS_faccessat2,
	SYS_mkdirat,
	SYS_renameat,
	SYS_renameat2,
	SYS_linkat,
	SYS_unlinkat,
	SYS_fchmod,
	SYS_fchmodat,
	SYS_readlinkat,
	SYS_getdents64,
	SYS_getcwd,
	SYS_ftruncate,
	SYS_fallocate,
	SYS_fsync,
	SYS_fdatasync,
	SYS_fcntl,
	SYS_umask,
	SYS_mmap,
	SYS_munmap,
	SYS_mremap,
	SYS_mprotect,
	SYS_madvise,
	SYS_msync,
	SYS_brk,
	SYS_futex,
	SYS_sched_yield,
	SYS_getrandom,
	SYS_getpid,
	SYS_gettid,
	SYS_getuid,
	SYS_geteuid,
	SYS_getgid,
	SYS_getegid,
	SYS_clock_gettime,
	SYS_gettimeofday,
	SYS_restart_syscall,
	SYS_rt_sigreturn,
	SYS_exit,
	SYS_exit_group,
#if HAS_SANITIZER
	SYS_sigaltstack,
#endif
};

enum { HEAD = 4, TAIL = 2, X32_BIT = 0x40000000 };

/* The numbers of x32 calls have a bit that none of these has, so none of them is equal to one. */
static int confine_calls(void)
{
	struct sock_filter code[HEAD + ARRAY_SIZE(allowed) + TAIL] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog prog = { ARRAY_SIZE(code), code };
	unsigned int n = ARRAY_SIZE(allowed);

	if (weakened("confine-seccomp"))
		return 0;
	for (unsigned int i = 0; i < n; i++)
		code[HEAD + i] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, allowed[i], (unsigned char)(n - i), 0);
	code[HEAD + n] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[HEAD + n + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0 ? -errno : 0;
}

int confine_self(const struct confine *c)
{
	int r = fchdir(c->dir) < 0 ? -errno : keep_only(c);

	if (r == 0)
		r = leave_root();
	if (r == 0)
		r = settle(c->parent);
	if (r == 0)
		r = take_limits();
	if (r == 0)
		r = set_alarm();
	if (r == 0)
		r = confine_files();
	return r < 0 ? r : confine_calls();
}
