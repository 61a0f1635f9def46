#include "sandbox/decoys.h"

#include <fcntl.h>
#include <signal.h>

#include "sandbox/weaken.h"

void decoys_init(struct decoys *d, const struct strs *paths)
{
	d->paths = paths;
	d->fds = xcalloc(paths->n, sizeof(*d->fds));
	for (size_t i = 0; i < paths->n; i++)
		d->fds[i] = -1;
}

void decoys_done(struct decoys *d)
{
	for (size_t i = 0; d->fds && i < d->paths->n; i++)
		if (d->fds[i] >= 0)
			close(d->fds[i]);
	free(d->fds);
	d->fds = NULL;
}

int decoys_signal(void)
{
	return SIGRTMIN;
}

int decoys_watch(struct decoys *d, int i, int fd, struct err *err)
{
	auto_fd int owned = fd;

	if (i < 0 || (size_t)i >= d->paths->n || d->fds[i] >= 0 || fd < 0)
		return err_say(err, -EPROTO, "a decoy that is not in the plan");
	if (weakened("decoys"))
		return 0;
	if (fcntl(owned, F_SETSIG, decoys_signal()) < 0 || fcntl(owned, F_SETLEASE, F_WRLCK) < 0)
		return err_set(err, -errno, "watch the decoy '%s'", d->paths->v[i]);
	d->fds[i] = steal_fd(&owned);
	return 0;
}

const char *decoys_next_opened(struct decoys *d)
{
	for (size_t i = 0; i < d->paths->n; i++)
		if (d->fds[i] >= 0 && fcntl(d->fds[i], F_GETLEASE) != F_WRLCK) {
			close(d->fds[i]);
			d->fds[i] = -1;
			return d->paths->v[i];
		}
	return NULL;
}
