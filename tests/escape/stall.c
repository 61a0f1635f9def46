/*
 * stall.c: has execs that never end, and others in the same process that the supervisor has to attach to meanwhile: one
 * thread of it is traced by us, who never take note of its end. It goes on until it is stopped.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

/* Of what is left over nothing goes away: not so many that no more threads are to be had. */
enum { WORKERS = 4, ROUNDS = 200, OTHERS = 2 };

struct shared {
	volatile int traced; /* the thread that we trace */
	volatile int go;
};

static struct shared *shared;

static _Noreturn void *sleep_on(void *unused)
{
	(void)unused;
	shared->traced = (int)syscall(SYS_gettid);
	for (;;)
		pause();
}

static void *exec_along(void *unused)
{
	char *argv[] = { "/bin/true", NULL };

	(void)unused;
	while (!shared->go)
		;
	execv(argv[0], argv);
	return NULL;
}

static _Noreturn void start_threads(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, sleep_on, NULL))
		broken("a thread");
	for (int i = 0; i < OTHERS; i++)
		if (pthread_create(&thread, NULL, exec_along, NULL))
			broken("a thread");
	exec_along(NULL);
	_exit(1);
}

static void try_once(void)
{
	int status;
	pid_t pid;

	*shared = (struct shared){ 0, 0 };
	pid = fork();
	if (pid == 0)
		start_threads();
	while (!shared->traced)
		usleep(100);
	if (ptrace(PTRACE_ATTACH, shared->traced, NULL, NULL) < 0)
		held_by_errno("ptrace");
	if (waitpid(shared->traced, &status, __WALL) != shared->traced)
		broken("wait for the thread");
	ptrace(PTRACE_CONT, shared->traced, NULL, NULL);
	usleep(1000);
	shared->go = 1;
	usleep(5000);
}

static _Noreturn void work(void)
{
	shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		broken("shared memory");
	for (int i = 0; i < ROUNDS; i++)
		try_once();
	for (;;)
		pause();
}

int main(void)
{
	for (int i = 0; i < WORKERS; i++)
		if (fork() == 0)
			work();
	for (;;)
		pause();
}
