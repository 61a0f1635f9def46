/* ways WAY PROGRAM ARGUMENT...: starts PROGRAM by one of the ways that there are, and ends as it does. */
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int wait_for(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static int by_exec(char **words)
{
	execv(words[0], words);
	return 98;
}

static int by_spawn(char **words)
{
	pid_t pid;

	return posix_spawn(&pid, words[0], NULL, NULL, words, environ) ? 98 : wait_for(pid);
}

static int by_vfork(char **words)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execv(words[0], words);
		_exit(98);
	}
	return wait_for(pid);
}

static int by_descriptor(char **words)
{
	fexecve(open(words[0], O_RDONLY | O_CLOEXEC), words, environ);
	return 98;
}

static int by_memory(char **words)
{
	int file = open(words[0], O_RDONLY | O_CLOEXEC), copy = memfd_create("copy", MFD_CLOEXEC);
	struct stat st;

	if (fstat(file, &st) < 0 || sendfile(copy, file, NULL, (size_t)st.st_size) != st.st_size)
		return 97;
	fexecve(copy, words, environ);
	return 98;
}

static void *exec_in_thread(void *words)
{
	by_exec(words);
	_exit(98);
}

static int by_thread(char **words)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exec_in_thread, words);
	pthread_join(thread, NULL);
	return 97;
}

/* The first thread of the process is gone when another one execs. */
static int by_orphan(char **words)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exec_in_thread, words);
	pthread_exit(NULL);
}

static void *exec_or_wait(void *words)
{
	by_exec(words);
	pause();
	return NULL;
}

/* Four threads at once: one of them wins. */
static int by_race(char **words)
{
	pthread_t thread;

	for (int i = 0; i < 4; i++)
		pthread_create(&thread, NULL, exec_or_wait, words);
	pthread_join(thread, NULL);
	return 97;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*start)(char **words);
	} ways[] = {
		{ "exec", by_exec },
		{ "spawn", by_spawn },
		{ "vfork", by_vfork },
		{ "descriptor", by_descriptor },
		{ "memory", by_memory },
		{ "thread", by_thread },
		{ "orphan", by_orphan },
		{ "race", by_race },
	};

	for (size_t i = 0; argc > 2 && i < sizeof(ways) / sizeof(*ways); i++)
		if (!strcmp(argv[1], ways[i].name))
			return ways[i].start(argv + 2);
	return 96;
}
