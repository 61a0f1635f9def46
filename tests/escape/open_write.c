/* open_write PATH...: opens each for writing, and writes nothing: that it could is enough. */
#include <fcntl.h>
#include <unistd.h>

#include "tests/escape/probe.h"

int main(int argc, char **argv)
{
	if (argc < 2)
		broken("nothing to open");
	for (int i = 1; i < argc; i++) {
		if (open(argv[i], O_WRONLY | O_CLOEXEC) >= 0)
			escaped("opened %s for writing", argv[i]);
		if (errno == ENOENT)
			broken("open %s", argv[i]);
	}
	held_by_errno(argv[argc - 1]);
}
