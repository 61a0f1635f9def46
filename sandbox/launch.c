#include "sandbox/launch.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "sandbox/cage.h"
#include "sandbox/guard.h"
#include "sandbox/terminal.h"
#include "sandbox/weaken.h"

/* 0, 1 and 2 are always open, so that no other file can come to have these numbers. */
static int open_standard(struct err *err)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return err_set(err, -errno, "open '/dev/null' as descriptor %d", fd);
	return 0;
}

static int close_gap(unsigned int from, unsigned int to)
{
	if (from > to || weakened("descriptors"))
		return 0;
	return close_range(from, to, 0) < 0 ? -errno : 0;
}

/* A descriptor that somebody forgot is a way out (CVE-2024-21626). From the lowest gap up. */
static int close_gaps(const int *kept, size_t n, struct err *err)
{
	unsigned int from = 3;

	for (;;) {
		unsigned int next = ~0U;

		for (size_t i = 0; i < n; i++)
			if (kept[i] >= (int)from && (unsigned int)kept[i] < next)
				next = (unsigned int)kept[i];
		if (close_gap(from, next == ~0U ? next : next - 1) < 0)
			return err_set(err, -errno, "close descriptors");
		if (next == ~0U)
			return 0;
		if (fcntl((int)next, F_SETFD, FD_CLOEXEC) < 0)
			return err_set(err, -errno, "use descriptor %u", next);
		from = next + 1;
	}
}

int launch_close_others(const struct launch *launch, int keep, struct err *err)
{
	const int kept[] = { launch->events, launch->transcript, launch->lifeline, launch->start,
		launch->secrets, keep };
	int r = open_standard(err);

	return r < 0 ? r : close_gaps(kept, ARRAY_SIZE(kept), err);
}

/* The guard is started first, while we are still who we were, and let go last. */
static int run_guarded(
	struct cage *cage, const struct launch_files *files, struct outcome *ret, struct err *err)
{
	struct guard guard;
	int r = guard_start(&guard, cage->io.terminal, files, err);

	if (r == 0 && cage->io.terminal >= 0)
		r = terminal_set_raw(cage->io.terminal, &guard.saved, err);
	if (r == 0)
		r = cage_run(cage, ret, err);
	guard_end(&guard);
	return r;
}

/* Whoever reads the events learns why there was no cage. */
static void report(struct events *events, const struct err *err)
{
	json_t *fields = json_object();

	json_put_str(fields, "message", err->text);
	events_add(events, EVENT_ERROR, 0, fields);
}

int launch_cage(
	struct plan *plan, const struct launch *launch, struct outcome *ret, struct err *err)
{
	struct cage cage = { .plan = *plan,
		.upper_fd = -1,
		.lifeline = launch->lifeline,
		.start = launch->start,
		.gate_program = launch->gate,
		.secrets = launch->secrets };
	int r;

	plan_init(plan);
	events_init(&cage.events, launch->events);
	cage.io.transcript = launch->transcript;
	r = cage_prepare(&cage, err);
	if (r == 0)
		r = run_guarded(&cage, &launch->files, ret, err);
	if (r < 0)
		report(&cage.events, err);
	cage_done(&cage);
	return r;
}
