/* say WORD: prints its number, what it was loaded from, and WORD. */
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char program[4096];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (n < 0 || argc < 2)
		return 1;
	program[n] = '\0';
	printf("%d %s %s\n", (int)getpid(), program, argv[1]);
	return 0;
}
