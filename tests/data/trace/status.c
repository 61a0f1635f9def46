/* status N: ends with N. Made without a dynamic loader, it is as small as a program can be. */
#include <stdlib.h>

int main(int argc, char **argv)
{
	return argc > 1 ? atoi(argv[1]) : 0;
}
