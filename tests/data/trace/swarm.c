/* swarm PROCESSES ROUNDS PROGRAM: each process spawns PROGRAM N ROUNDS times; N, from 0 to 255, is its exit status. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int spawn_all(char *program, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		char number[16];
		char *words[] = { program, number, NULL };
		int status;
		pid_t pid;

		snprintf(number, sizeof(number), "%d", i % 256);
		if (posix_spawn(&pid, program, NULL, NULL, words, environ) ||
			waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != i % 256)
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int processes = argc > 3 ? atoi(argv[1]) : 0, failed = argc <= 3, status;

	for (int i = 0; i < processes; i++)
		if (fork() == 0)
			_exit(spawn_all(argv[3], atoi(argv[2])));
	while (wait(&status) > 0)
		failed |= status != 0;
	return failed;
}
