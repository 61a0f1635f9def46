/*
 * signals.c group | pid NUMBER | keeper: sends a signal to the process group that the job was started in, to a
 * process of the host by its number there, or to pid 1 of the cage, and lives on.
 */
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

/* Who got it says so: this one only tries. */
static void to_group(void)
{
	signal(SIGUSR1, SIG_IGN);
	if (kill(0, SIGUSR1) < 0)
		held_by_errno("kill the group");
	escaped("the group has a signal");
}

static void to_process(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (kill(pid, SIGTERM) < 0 &&
		(fd < 0 || syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0) < 0))
		held_by_errno("signal a process of the host");
	escaped("process %d has a signal", pid);
}

static void to_keeper(void)
{
	pid_t keeper = getppid();

	if (kill(keeper, SIGKILL) < 0)
		held_by_errno("kill pid 1");
	for (int i = 0; i < 100 && getppid() == keeper; i++)
		usleep(1000);
	if (getppid() == keeper)
		held("pid 1 lives on");
	escaped("pid 1 is dead, and we are not");
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "group"))
		to_group();
	if (argc == 2 && !strcmp(argv[1], "keeper"))
		to_keeper();
	if (argc == 3 && !strcmp(argv[1], "pid"))
		to_process((pid_t)atoi(argv[2]));
	broken("unknown attack");
}
