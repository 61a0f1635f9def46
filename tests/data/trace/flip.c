/*
 * flip ROUNDS: execs ./p0 or ./p1 with the argument 0 or 1, while another one who shares the memory rewrites which:
 * a thread, or a process, in turns. Each says what it is (say.c).
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK = 1 << 16 };

static char path[] = "./p0", word[] = "0";
static char *const words[] = { path, word, NULL };

static int flip(void *unused)
{
	volatile char *p = &path[3], *w = word;

	(void)unused;
	for (;;) {
		*p ^= 1;
		*w ^= 1;
	}
	return 0;
}

static void *flip_thread(void *unused)
{
	flip(unused);
	return NULL;
}

static void start_flipping(int round)
{
	pthread_t thread;

	if (round % 2)
		pthread_create(&thread, NULL, flip_thread, NULL);
	else
		clone(flip, (char *)malloc(STACK) + STACK, CLONE_VM, NULL);
}

static void child(int round)
{
	start_flipping(round);
	usleep((unsigned int)round % 7 * 100);
	execv(path, words);
	_exit(100);
}

/* What shares the memory of a child outlives its exec, and is ours then. */
int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 1, status;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGTERM, SIG_IGN);
	for (int i = 0; i < rounds; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			setpgid(0, 0);
			signal(SIGTERM, SIG_DFL);
			child(i);
		}
		if (waitpid(pid, &status, 0) != pid || status)
			return 1;
		kill(-pid, SIGTERM);
	}
	return 0;
}
