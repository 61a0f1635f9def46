/*
 * debug HOW PROGRAM ARGUMENT...: traces a child that execs PROGRAM, and ends as it does.
 *
 *   stop    is told of the exec as every debugger is
 *   plain   asks for nothing, and gets a signal
 *   forge   rewrites the first argument before the program runs
 *   leave   detaches as soon as it can
 *   masked  the child blocks the signal, so that nothing would stop the program
 *   seize   attaches so that nothing would, either
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_EXEC = 95, NO_CHILD, NO_WAIT, NO_SEIZE };

static int is(const char *how, const char *word)
{
	return !strcmp(how, word);
}

/* The first argument ends in "guilty" until it ends in "iiiiii". */
static void rewrite(pid_t pid)
{
	static char page[1 << 16];
	char *found = NULL;
	struct user_regs_struct regs;
	struct iovec set = { &regs, sizeof(regs) };
	unsigned long sp;

	if (ptrace(PTRACE_GETREGSET, pid, 1, &set) < 0)
		return;
#ifdef __x86_64__
	sp = regs.rsp & ~7UL;
#else
	sp = regs.sp & ~7UL;
#endif
	for (size_t i = 0; i < sizeof(page); i += sizeof(long)) {
		long word;

		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, pid, sp + i, 0);
		if (errno)
			break;
		memcpy(page + i, &word, sizeof(word));
	}
	found = memmem(page, sizeof(page), "guilty-guilty-guilty", 20);
	if (found)
		ptrace(PTRACE_POKEDATA, pid, (sp + (unsigned long)(found - page) + 7) & ~7UL,
			0x6969696969696969);
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
		if (first && !is(how, "plain") && !is(how, "masked"))
			ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXEC);
		if (!first && is(how, "forge"))
			rewrite(pid);
		if (!first && is(how, "leave")) {
			ptrace(PTRACE_DETACH, pid, 0, 0);
			how = "";
			continue;
		}
		first = 0;
		ptrace(PTRACE_CONT, pid, 0, sig == SIGTRAP || sig == SIGSTOP ? 0 : sig);
	}
	return NO_WAIT;
}

static void child(const char *how, char **words)
{
	sigset_t set;

	sigfillset(&set);
	if (!is(how, "seize"))
		ptrace(PTRACE_TRACEME, 0, 0, 0);
	raise(SIGSTOP);
	if (is(how, "masked"))
		sigprocmask(SIG_SETMASK, &set, NULL);
	execv(words[0], words);
	_exit(NO_EXEC);
}

static int seize(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0) {
		perror("seize");
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
	return is(argv[1], "seize") ? seize(pid) : follow(pid, argv[1]);
}
