/*
 * hold.c HOW DIR: holds every file beneath DIR for four seconds, so that its owner can do less with it:
 *
 *   lease   who opens it has to wait until we agree
 *   lock    it is locked
 *   watch   whoever opens it is seen; says ESCAPED when somebody was
 */
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "probe.h"

enum { SECONDS = 4, OPEN_AT_ONCE = 20 };

static int tried, watcher;

static int lease_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
	int fd = type == FTW_F ? open(path, O_RDONLY | O_NONBLOCK) : -1;

	(void)st;
	(void)at;
	tried += fd >= 0;
	if (fd >= 0 && fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
		perror("lease");
	return 0;
}

static int lock_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
	int fd = type == FTW_F ? open(path, O_RDONLY) : -1;

	(void)st;
	(void)at;
	tried += fd >= 0;
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		perror("lock");
	return 0;
}

static int watch_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	if (type == FTW_F)
		tried += inotify_add_watch(watcher, path, IN_OPEN) >= 0;
	return 0;
}

static const struct {
	const char *name;
	int (*visit)(const char *path, const struct stat *st, int type, struct FTW *at);
} ways[] = {
	{ "lease", lease_file },
	{ "lock", lock_file },
	{ "watch", watch_file },
};

static void hold(
	const char *dir, int (*visit)(const char *, const struct stat *, int, struct FTW *))
{
	struct pollfd p = { .events = POLLIN };

	signal(SIGIO, SIG_IGN);
	watcher = inotify_init1(IN_CLOEXEC);
	if (watcher < 0 || nftw(dir, visit, OPEN_AT_ONCE, FTW_PHYS) < 0 || !tried)
		broken("hold %s", dir);
	p.fd = watcher;
	if (visit != watch_file)
		sleep(SECONDS);
	else if (poll(&p, 1, SECONDS * 1000) > 0)
		escaped("somebody uses %s", dir);
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 3 && i < sizeof(ways) / sizeof(*ways); i++)
		if (!strcmp(argv[1], ways[i].name)) {
			hold(argv[2], ways[i].visit);
			return 0;
		}
	broken("unknown way");
}
