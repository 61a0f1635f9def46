/* forge guilty: calls itself "innocent" as soon as it runs, and waits for somebody to look. */
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		memset(argv[i], 'i', strlen(argv[i]));
	usleep(100000);
	return 0;
}
