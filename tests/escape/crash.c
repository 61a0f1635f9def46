/*
 * crash.c: crashes, once it has asked for a dump of core: for all of it, and then for none, in which case the
 * kernel calls a handler that there is all the same.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "probe.h"

int main(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY }, none = { 0, 0 };

	/* What is refused here is refused; the crash comes all the same. */
	if (setrlimit(RLIMIT_CORE, &all) < 0 && setrlimit(RLIMIT_CORE, &none) < 0)
		perror("set the limit");
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		perror("be dumpable");
	abort();
}
