/*
 * terminal.c sti|linux REQUEST-BITS | host-sti: types into a terminal, or speaks to the console. The terminal
 * is one that the probe makes itself, so that it needs none of the host's; host-sti takes descriptor 0.
 */
#include <fcntl.h>
#include <linux/tiocl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

static const unsigned long high_bits[] = { 0, 1UL << 32, 0xdeadbeefUL << 32, 1UL << 63 };

static int own_terminal(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), zero = 0, slave;
	char name[64];

	if (master < 0 || ioctl(master, TIOCSPTLCK, &zero) < 0 ||
		ptsname_r(master, name, sizeof(name)) != 0)
		broken("make a terminal");
	if (getpid() != getsid(0) && setsid() < 0)
		broken("start a session");
	slave = open(name, O_RDWR | O_NOCTTY);
	if (slave < 0 || (ioctl(slave, TIOCSCTTY, 0) < 0 && getsid(0) != getpid()))
		broken("take the terminal");
	return slave;
}

/* glibc passes the request on as it is; the kernel looks at the lower half only. */
static long request(int fd, unsigned long call, void *argument)
{
	return syscall(SYS_ioctl, (unsigned long)fd, call, argument);
}

static void type(int fd, unsigned long high, const char *text)
{
	for (; *text; text++)
		if (request(fd, high | TIOCSTI, (void *)text) < 0)
			return;
	escaped("typed with high bits %lx", high);
}

/* A terminal that is no console answers that it does not know the request: it was asked. */
static void speak(int fd, unsigned long high)
{
	char what = TIOCL_GETSHIFTSTATE;

	if (request(fd, high | TIOCLINUX, &what) == 0 || errno == ENOTTY || errno == EINVAL)
		escaped("the console was asked with high bits %lx", high);
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 2)
		broken("what?");
	fd = strcmp(argv[1], "host-sti") ? own_terminal() : 0;
	for (size_t i = 0; i < sizeof(high_bits) / sizeof(*high_bits); i++)
		if (!strcmp(argv[1], "linux"))
			speak(fd, high_bits[i]);
		else
			type(fd, high_bits[i], "typed by the job\n");
	held_by_errno(argv[1]);
}
