/* calls [NUMBER ARGUMENT...]...: makes these system calls, up to six arguments and a "." behind each; prints what errno is. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		long number = strtol(argv[i], NULL, 0), args[6] = { 0 };

		for (int n = 0; ++i < argc && strcmp(argv[i], ".") != 0; n++)
			args[n % 6] = (long)strtoull(argv[i], NULL, 0);
		errno = 0;
		syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]);
		printf("%d\n", errno);
	}
	return 0;
}
