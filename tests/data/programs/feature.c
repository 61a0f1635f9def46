/* feature NAME: uses one thing that the kernel offers, as programs do; 0 when it works, 77 where this kernel has it not. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { THREADS = 200, NOT_HERE = 77 };

#define need(expr)                     \
	do {                           \
		if (!(expr)) {         \
			perror(#expr); \
			return 1;      \
		}                      \
	} while (0)

static void *count(void *at)
{
	__atomic_add_fetch((int *)at, 1, __ATOMIC_SEQ_CST);
	usleep(1000);
	return NULL;
}

static int threads(void)
{
	pthread_t thread[THREADS];
	int n = 0;

	for (int i = 0; i < THREADS; i++)
		need(pthread_create(&thread[i], NULL, count, &n) == 0);
	for (int i = 0; i < THREADS; i++)
		need(pthread_join(thread[i], NULL) == 0);
	return n != THREADS;
}

/* A filter can't see its flags, so libc is to fall back. */
static int clone3(void)
{
	char nothing[88] = "";

	need(syscall(SYS_clone3, nothing, sizeof(nothing)) < 0 && errno == ENOSYS);
	return 0;
}

static void *die_with_lock(void *mutex)
{
	pthread_mutex_lock(mutex);
	return NULL;
}

static int robust(void)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t mutex;
	pthread_t thread;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&mutex, &attr);
	need(pthread_create(&thread, NULL, die_with_lock, &mutex) == 0);
	pthread_join(thread, NULL);
	need(pthread_mutex_lock(&mutex) == EOWNERDEAD);
	return 0;
}

static int descriptors(void)
{
	struct itimerspec soon = { .it_value.tv_nsec = 1000000 };
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), event = eventfd(0, EFD_CLOEXEC);
	int epoll = epoll_create1(EPOLL_CLOEXEC), watch = inotify_init1(IN_CLOEXEC), signals;
	struct epoll_event wanted = { .events = EPOLLIN }, got[5];
	sigset_t set;
	int fds[4], n = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	need(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	need(timer >= 0 && event >= 0 && epoll >= 0 && watch >= 0 && signals >= 0);
	memcpy(fds, (int[]){ timer, event, watch, signals }, sizeof(fds));
	for (int i = 0; i < 4; i++)
		need(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &wanted) == 0);
	need(inotify_add_watch(watch, "/tmp", IN_CREATE) >= 0);
	need(timerfd_settime(timer, 0, &soon, NULL) == 0 && eventfd_write(event, 1) == 0);
	need(close(open("/tmp/seen", O_CREAT | O_WRONLY, 0600)) == 0 && raise(SIGUSR1) == 0);
	for (int i = 0; i < 50 && n < 4; i++, usleep(1000))
		n = epoll_wait(epoll, got, 5, 100);
	need(n == 4);
	return 0;
}

static int shared(void)
{
	int fd = shm_open("/x", O_CREAT | O_RDWR, 0600),
	    id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	int memory = memfd_create("m", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int sem = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
	struct sembuf up = { 0, 1, 0 };
	void *mapped, *attached;

	need(fd >= 0 && ftruncate(fd, 4096) == 0 && id >= 0 && sem >= 0);
	mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	attached = shmat(id, NULL, 0);
	need(mapped != MAP_FAILED && attached != (void *)-1 && semop(sem, &up, 1) == 0);
	need(shm_unlink("/x") == 0 && shmctl(id, IPC_RMID, NULL) == 0);
	need(memory >= 0 && fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE) == 0);
	return 0;
}

/* An error that makes libuv, liburing and others do without. */
static int io_uring(void)
{
	char params[256] = "";

	need(syscall(SYS_io_uring_setup, 8, params) < 0 && (errno == EPERM || errno == ENOSYS));
	return 0;
}

static int files(void)
{
	struct statx st;
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600), other;
	char value[8];

	need(statx(AT_FDCWD, "/usr", 0, STATX_BTIME | STATX_BASIC_STATS, &st) == 0);
	need(fd >= 0 && fallocate(fd, 0, 0, 4096) == 0 && write(fd, "abc", 3) == 3);
	other = open("/tmp/copy", O_CREAT | O_RDWR, 0600);
	need(lseek(fd, 0, SEEK_SET) == 0 && copy_file_range(fd, NULL, other, NULL, 3, 0) == 3);
	need(fcntl(other, F_OFD_SETLK, &(struct flock){ .l_type = F_WRLCK }) == 0);
	need(renameat2(AT_FDCWD, "/tmp/copy", AT_FDCWD, "/tmp/other", RENAME_NOREPLACE) == 0);
	if (setxattr("/tmp/other", "user.a", "1", 1, 0) == 0)
		need(getxattr("/tmp/other", "user.a", value, sizeof(value)) == 1);
	else
		need(errno == EOPNOTSUPP);
	return 0;
}

static int processes(void)
{
	int fd, status;
	pid_t pid = fork();
	siginfo_t info;

	if (pid == 0)
		pause();
	fd = pidfd_open(pid, 0);
	need(fd >= 0 && pidfd_send_signal(fd, SIGTERM, NULL, 0) == 0);
	need(waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOWAIT) == 0 && info.si_status == SIGTERM);
	need(waitpid(pid, &status, 0) == pid);
	need(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 && prctl(PR_SET_NAME, "name") == 0);
	need(setpriority(PRIO_PROCESS, 0, 5) == 0);
	return 0;
}

/* A sandbox in the sandbox: browsers, ssh and systemd's programs confine themselves. */
static int seccomp(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { 4, code };

	need(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	need(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0);
	need(syscall(SYS_getppid) < 0 && errno == EXDEV);
	need(system("exit 0") == 0);
	return 0;
}

static int landlock(void)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE };
	int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

	if (fd < 0 && (errno == ENOSYS || errno == EOPNOTSUPP))
		return NOT_HERE;
	need(fd >= 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	need(syscall(SYS_landlock_restrict_self, fd, 0) == 0);
	need(open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES);
	return 0;
}

static int sockets(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "/tmp/sock" };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), pair[2];
	int client = socket(AF_UNIX, SOCK_STREAM, 0), on = 1;

	need(bind(listener, (struct sockaddr *)&name, sizeof(name)) == 0 &&
		listen(listener, 1) == 0);
	need(connect(client, (struct sockaddr *)&name, sizeof(name)) == 0);
	need(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	need(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0);
	return 0;
}

static int memory(void)
{
	void *code = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(code != MAP_FAILED && madvise(code, 4096, MADV_DONTNEED) == 0);
	need(mprotect(code, 4096, PROT_READ | PROT_EXEC) == 0 && mlock(code, 4096) == 0);
	need(mremap(code, 4096, 8192, MREMAP_MAYMOVE) != MAP_FAILED);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*use)(void);
	} all[] = {
		{ "threads", threads },
		{ "clone3", clone3 },
		{ "robust", robust },
		{ "descriptors", descriptors },
		{ "shared", shared },
		{ "io_uring", io_uring },
		{ "files", files },
		{ "processes", processes },
		{ "seccomp", seccomp },
		{ "landlock", landlock },
		{ "sockets", sockets },
		{ "memory", memory },
	};

	for (size_t i = 0; argc > 1 && i < sizeof(all) / sizeof(*all); i++)
		if (!strcmp(argv[1], all[i].name))
			return all[i].use();
	return 2;
}
