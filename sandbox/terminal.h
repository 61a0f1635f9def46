/* terminal.h: the user's terminal while a job has a private pty behind it. */
#ifndef REMIT_SANDBOX_TERMINAL_H
#define REMIT_SANDBOX_TERMINAL_H

#include <termios.h>

#include "base/err.h"

/* Raw mode: every key, Ctrl-C too, goes to the pty, which makes of it what the job has asked for. */
int terminal_set_raw(int fd, const struct termios *saved, struct err *err) MUST_USE;

/* Gives the pty the size of the terminal. */
void terminal_copy_size(int terminal, int master);

#endif
