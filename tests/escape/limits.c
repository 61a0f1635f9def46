/*
 * limits.c processes N | files N | memory-map BYTES | names N | raise | priority: goes past a limit, and says
 * so; N or BYTES is more than the limit allows.
 */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "probe.h"

static sigjmp_buf out_of_space;

static void on_bus_error(int sig)
{
	siglongjmp(out_of_space, sig);
}

/* Children end when we do: their group is ours, and they wait at a pipe that we hold. */
static void try_processes(long n)
{
	int ends[2];
	char byte;

	if (pipe(ends) < 0)
		broken("pipe");
	for (long i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			held("process %ld: %s", i, strerrorname_np(errno));
		if (pid == 0) {
			close(ends[1]);
			_exit(read(ends[0], &byte, 1) < 0);
		}
	}
	escaped("%ld processes", n);
}

static void try_files(long n)
{
	for (long i = 0; i < n; i++)
		if (open("/dev/null", O_RDONLY) < 0)
			held("file %ld: %s", i, strerrorname_np(errno));
	escaped("%ld open files", n);
}

/* Its pages are asked for when they are touched, and then no call can fail. */
static void try_memory_map(long bytes)
{
	int fd = open("/tmp/map", O_RDWR | O_CREAT | O_EXCL, 0600);
	volatile char *p;

	if (fd < 0 || ftruncate(fd, bytes) < 0)
		broken("make a file");
	p = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		broken("mmap");
	signal(SIGBUS, on_bus_error);
	if (sigsetjmp(out_of_space, 1))
		held("SIGBUS");
	for (long i = 0; i < bytes; i += 4096)
		p[i] = 1;
	escaped("%ld bytes in /tmp", bytes);
}

static void try_names(long n)
{
	char name[64];

	for (long i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "/dev/shm/%ld", i);
		if (symlink("x", name) < 0)
			held("name %ld: %s", i, strerrorname_np(errno));
	}
	escaped("%ld names in /dev/shm", n);
}

static void try_raise(void)
{
	static const unsigned int limits[] = { RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_FSIZE };

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		struct rlimit r;

		if (getrlimit(limits[i], &r) < 0)
			broken("getrlimit");
		if (r.rlim_max == RLIM_INFINITY)
			untried("limit %u is none", limits[i]);
		r.rlim_max++;
		if (setrlimit(limits[i], &r) == 0)
			escaped("limit %u is raised", limits[i]);
	}
	held_by_errno("raise a limit");
}

static void try_priority(void)
{
	struct sched_param p = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_RR, &p) < 0)
		held_by_errno("a real-time priority");
	escaped("nobody without such a priority runs before us");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	long n = argc > 2 ? atol(argv[2]) : 0;

	if (!strcmp(what, "processes"))
		try_processes(n);
	if (!strcmp(what, "files"))
		try_files(n);
	if (!strcmp(what, "memory-map"))
		try_memory_map(n);
	if (!strcmp(what, "names"))
		try_names(n);
	if (!strcmp(what, "raise"))
		try_raise();
	if (!strcmp(what, "priority"))
		try_priority();
	broken("unknown attack");
}
