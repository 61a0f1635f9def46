/*
 * exec.c WAY: runs this very program once more, in a way that who watches may miss; then it says `ran PID WAY`. A
 * way that is refused says why.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

enum { MANY_ARGUMENTS = 100000, RACES = 20, STORM = 150 };

static char self[] = "/proc/self/exe", ran[] = "ran";

static _Noreturn void say(const char *way)
{
	printf("ran %d %s\n", getpid(), way);
	fflush(stdout);
	_exit(0);
}

static _Noreturn void run(char *way)
{
	char *argv[] = { ran, way, NULL };

	execv(self, argv);
	held_by_errno("execve");
}

static void wait_all(void)
{
	int status;

	while (wait(&status) > 0 || errno == EINTR)
		;
}

static void by_vfork(char *way)
{
	char *argv[] = { ran, way, NULL };
	pid_t pid = vfork();

	if (pid == 0) {
		execv(self, argv);
		_exit(1);
	}
}

static void by_clone(unsigned long flags, char *way)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, 0UL);

	if (pid == 0)
		run(way);
	if (pid < 0)
		held_by_errno("clone");
}

static void untraced(char *way)
{
	by_clone(CLONE_UNTRACED, way);
}

static void with_tracer(char *way)
{
	by_clone(CLONE_PTRACE, way);
}

static void orphan(char *way)
{
	if (fork() == 0) {
		by_clone(CLONE_PARENT, way);
		_exit(0);
	}
	usleep(100000);
}

static void *run_in_thread(void *way)
{
	run(way);
}

static void from_thread(char *way)
{
	pthread_t thread;

	if (fork() > 0)
		return;
	if (pthread_create(&thread, NULL, run_in_thread, way))
		broken("a thread");
	pause();
}

/* Several threads ask at once; one of them wins, maybe before the last is made. */
static void from_threads(char *way)
{
	pthread_t threads[8];

	if (fork() > 0)
		return;
	for (size_t i = 0; i < sizeof(threads) / sizeof(*threads); i++)
		if (pthread_create(&threads[i], NULL, run_in_thread, way) && !i)
			broken("a thread");
	pause();
}

static void run_descriptor(int fd, char *way)
{
	char *argv[] = { ran, way, NULL };

	if (fork() > 0)
		return;
	syscall(SYS_execveat, fd, "", argv, NULL, AT_EMPTY_PATH);
	held_by_errno("execveat");
}

static void by_path_descriptor(char *way)
{
	run_descriptor(open(self, O_PATH), way);
}

static void copy_self(int fd)
{
	int from = open(self, O_RDONLY);
	struct stat st;

	if (fd < 0 || from < 0 || fstat(from, &st) < 0 ||
		sendfile(fd, from, NULL, (size_t)st.st_size) != st.st_size || fchmod(fd, 0700) < 0)
		broken("copy the program");
	close(from);
}

static void from_memory(char *way)
{
	int fd = memfd_create("x", MFD_CLOEXEC);

	copy_self(fd);
	run_descriptor(fd, way);
}

static void deleted(char *way)
{
	int fd = open("/tmp/copy", O_RDWR | O_CREAT | O_EXCL, 0700), again;

	copy_self(fd);
	close(fd);
	again = open("/tmp/copy", O_PATH);
	if (again < 0 || unlink("/tmp/copy") < 0)
		broken("delete the copy");
	run_descriptor(again, way);
}

/* The interpreter of a script is the program. */
static void by_script(char *way)
{
	char target[256], *argv[] = { ran, NULL };
	ssize_t n = readlink(self, target, sizeof(target) - 1);
	FILE *script = fopen("/tmp/script", "w");

	if (n < 0 || !script)
		broken("write a script");
	target[n] = '\0';
	fprintf(script, "#!%s %s\n", target, way);
	fclose(script);
	if (chmod("/tmp/script", 0700) < 0)
		broken("chmod");
	if (fork() > 0)
		return;
	execv("/tmp/script", argv);
	held_by_errno("execve");
}

static void many_arguments(char *way)
{
	const char **argv = calloc(MANY_ARGUMENTS + 3, sizeof(*argv));

	if (!argv)
		broken("memory");
	argv[0] = ran;
	argv[1] = way;
	for (size_t i = 2; i < MANY_ARGUMENTS + 2; i++)
		argv[i] = "x";
	if (fork() > 0)
		return;
	execv(self, (char **)argv);
	held_by_errno("execve");
}

/* The job's own debugger stands where the supervisor would. */
static void debugged(char *way)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			held_by_errno("ptrace");
		run(way);
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
		if (ptrace(PTRACE_CONT, pid, NULL, NULL) < 0)
			break;
}

static void seized(char *way)
{
	int go[2], status;
	char byte;
	pid_t pid;

	if (pipe(go) < 0)
		broken("pipe");
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		if (read(go[0], &byte, 1) != 1)
			_exit(1);
		run(way);
	}
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		held_by_errno("ptrace");
	if (write(go[1], "", 1) != 1)
		broken("write");
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
		if (ptrace(PTRACE_CONT, pid, NULL, NULL) < 0)
			break;
}

/* Its memory is its creator's as well, which goes on writing there. */
static char shared_way[2][8] = { "aaaa", "bbbb" };
static char racing[8] = "aaaa";

static _Noreturn void *rewrite(void *unused)
{
	(void)unused;
	for (unsigned int i = 0;; i++)
		memcpy(racing, shared_way[i & 1], sizeof(racing));
}

static void race(char *way)
{
	(void)way;
	for (int i = 0; i < RACES; i++) {
		char *argv[] = { ran, racing, NULL };
		pthread_t thread;

		if (fork() > 0) {
			wait_all();
			continue;
		}
		if (pthread_create(&thread, NULL, rewrite, NULL))
			broken("a thread");
		usleep(500);
		execv(self, argv);
		held_by_errno("execve");
	}
}

static void storm(char *way)
{
	for (int i = 0; i < STORM; i++)
		if (fork() == 0)
			run(way);
}

/* First of all the new program makes itself another one's arguments. */
static void forge(char *way)
{
	char *argv[] = { "forge", way, NULL };

	if (fork() > 0)
		return;
	execv(self, argv);
	held_by_errno("execve");
}

static void cover(char **argv)
{
	char way[32];

	snprintf(way, sizeof(way), "%s", argv[1]);
	memset(argv[0], 'x', strlen(argv[0]));
	memset(argv[1], 'x', strlen(argv[1]));
	usleep(200000);
	say(way);
}

static const struct {
	const char *name;
	void (*run)(char *way);
} ways[] = {
	{ "vfork", by_vfork },
	{ "untraced", untraced },
	{ "with-tracer", with_tracer },
	{ "orphan", orphan },
	{ "thread", from_thread },
	{ "threads", from_threads },
	{ "path-descriptor", by_path_descriptor },
	{ "memory", from_memory },
	{ "deleted", deleted },
	{ "script", by_script },
	{ "many-arguments", many_arguments },
	{ "debugged", debugged },
	{ "seized", seized },
	{ "race", race },
	{ "storm", storm },
	{ "forge", forge },
};

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[0], "forge"))
		cover(argv);
	if (argc > 1 && (!strcmp(argv[0], ran) || argc > 2))
		say(argv[1]);
	for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(*ways); i++)
		if (!strcmp(argv[1], ways[i].name)) {
			ways[i].run(argv[1]);
			wait_all();
			return 0;
		}
	broken("unknown way");
}
