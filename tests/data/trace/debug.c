/*
 * debug HOW PROGRAM ARGUMENT...: traces a child that execs PROGRAM, and ends as it does.
 *
 *   told    is told of the exec as every debugger is
 *   silent  asks for nothing, and gets a signal
 *   seized  attaches so that nothing is told
 */
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_EXEC = 95, NO_CHILD, NO_WAIT, NO_SEIZE };

static int is(const char *how, const char *word)
{
	return !strcmp(how, word);
}

static int status_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int follow(pid_t pid, const char *how)
{
	int status, first = 1;

	while (waitpid(pid, &status, 0) == pid) {
		int sig = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;

		if (!WIFSTOPPED(status))
			return status_of(status);
		if (first && is(how, "told"))
			ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXEC);
		first = 0;
		ptrace(PTRACE_CONT, pid, 0, sig == SIGTRAP || sig == SIGSTOP ? 0 : sig);
	}
	return NO_WAIT;
}

static void child(const char *how, char **words)
{
	if (!is(how, "seized"))
		ptrace(PTRACE_TRACEME, 0, 0, 0);
	raise(SIGSTOP);
	execv(words[0], words);
	_exit(NO_EXEC);
}

static int seize(pid_t pid)
{
	int status;

	waitpid(pid, &status, WUNTRACED);
	if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0) {
		kill(pid, SIGKILL);
		return NO_SEIZE;
	}
	kill(pid, SIGCONT);
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
		ptrace(PTRACE_CONT, pid, 0, 0);
	return status_of(status);
}

int main(int argc, char **argv)
{
	pid_t pid = argc > 2 ? fork() : -1;

	if (pid < 0)
		return NO_CHILD;
	if (pid == 0)
		child(argv[1], argv + 2);
	return is(argv[1], "seized") ? seize(pid) : follow(pid, argv[1]);
}
