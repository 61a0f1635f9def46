/*
 * outlive.c daemon|stay MARKER: a process that is to go on when its cage has ended: a daemon, or one that ignores
 * every signal it can. It ends itself after some seconds.
 */
#include <signal.h>
#include <unistd.h>

#include "probe.h"

enum { SECONDS = 8 };

static void become_daemon(void)
{
	if (fork() > 0)
		_exit(0);
	if (setsid() < 0)
		broken("setsid");
	if (fork() > 0)
		_exit(0);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		broken("how?");
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_IGN);
	signal(SIGALRM, SIG_DFL);
	if (!strcmp(argv[1], "daemon"))
		become_daemon();
	alarm(SECONDS);
	puts("ready");
	fflush(stdout);
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	for (;;)
		pause();
}
