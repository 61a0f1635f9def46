#include "sandbox/terminal.h"

#include <sys/ioctl.h>

int terminal_set_raw(int fd, const struct termios *saved, struct err *err)
{
	struct termios raw = *saved;

	cfmakeraw(&raw);
	if (tcsetattr(fd, TCSADRAIN, &raw) < 0)
		return err_set(err, -errno, "put the terminal into raw mode");
	return 0;
}

void terminal_copy_size(int terminal, int master)
{
	struct winsize size;

	if (ioctl(terminal, TIOCGWINSZ, &size) == 0)
		(void)ioctl(master, TIOCSWINSZ, &size);
}
