#include "sandbox/relay.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/io.h"
#include "sandbox/weaken.h"

enum { BUFFER = 65536 };

static bool is_null_device(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_rdev == b->st_rdev;
}

/* A write of PIPE_BUF bytes that poll has allowed does not block; files never do. */
static size_t chunk_for(const struct stat *st)
{
	return S_ISREG(st->st_mode) || is_null_device(st) ? BUFFER : PIPE_BUF;
}

static int make_pipe(int *ours, int *theirs, bool we_write)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	*ours = ends[we_write];
	*theirs = ends[!we_write];
	return fcntl(*ours, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

static int prepare_input(struct relays *r, const struct stat *st)
{
	struct relay *in = &r->relay[RELAY_IN];

	if (is_null_device(st)) {
		r->job[RELAY_IN] = RELAY_NULL;
		return 0;
	}
	in->from = STDIN_FILENO;
	in->owns_to = true;
	in->chunk = BUFFER;
	return make_pipe(&in->to, &r->job[RELAY_IN], true);
}

static int prepare_output(struct relays *r, int which, const struct stat *st)
{
	struct relay *out = &r->relay[which];

	out->to = which;
	out->output = true;
	out->chunk = chunk_for(st);
	return make_pipe(&out->from, &r->job[which], false);
}

/* Only in the test build: the host's own descriptor goes into the cage. */
static int hand_over(struct relays *r, int which)
{
	r->job[which] = fcntl(which, F_DUPFD_CLOEXEC, 3);
	return r->job[which] < 0 ? -errno : 0;
}

static int prepare_one(struct relays *r, int which, const struct stat st[RELAYS])
{
	if (weakened("stdio"))
		return hand_over(r, which);
	if (r->tty[which])
		return 0;
	if (which == RELAY_IN)
		return prepare_input(r, &st[RELAY_IN]);
	if (which == RELAY_ERR && !r->tty[RELAY_OUT] &&
		is_same_file(&st[RELAY_OUT], &st[RELAY_ERR])) {
		r->job[RELAY_ERR] = fcntl(r->job[RELAY_OUT], F_DUPFD_CLOEXEC, 3);
		return r->job[RELAY_ERR] < 0 ? -errno : 0;
	}
	return prepare_output(r, which, &st[which]);
}

int relays_prepare(struct relays *r, struct err *err)
{
	struct stat st[RELAYS];

	*r = (struct relays){
		.terminal = -1, .master = -1, .slave = -1, .transcript = r->transcript
	};
	for (int i = 0; i < RELAYS; i++) {
		r->relay[i] = (struct relay){ .from = -1, .to = -1 };
		r->job[i] = RELAY_TTY;
		r->tty[i] = isatty(i) == 1 && !weakened("stdio");
		if (r->tty[i])
			r->terminal = i;
		if (fstat(i, &st[i]) < 0)
			return err_set(err, -errno, "look at descriptor %d", i);
	}
	for (int i = 0; i < RELAYS; i++) {
		int e = prepare_one(r, i, st);

		if (e < 0)
			return err_set(err, e, "make a pipe for descriptor %d", i);
	}
	return 0;
}

void relays_forked(struct relays *r)
{
	for (int i = 0; i < RELAYS; i++)
		if (r->job[i] >= 0)
			close(r->job[i]);
}

/* Input comes from a terminal only if descriptor 0 is one; output goes to the first terminal of 1, 2, 0. */
void relays_connect(struct relays *r, int master)
{
	struct relay *in = &r->relay[RELAY_IN];
	struct relay *out =
		&r->relay[r->tty[RELAY_OUT] || !r->tty[RELAY_ERR] ? RELAY_OUT : RELAY_ERR];
	int shown = r->tty[RELAY_OUT] ? RELAY_OUT : r->tty[RELAY_ERR] ? RELAY_ERR : RELAY_IN;

	r->master = master;
	r->slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (shown == RELAY_IN)
		out = &r->relay[RELAY_ERR];
	/* poll promises room for some bytes only, and the job may never read the rest. */
	(void)fcntl(master, F_SETFL, O_NONBLOCK);
	*out = (struct relay){ .from = master, .to = shown, .output = true, .chunk = PIPE_BUF };
	if (r->tty[RELAY_IN])
		*in = (struct relay){ .from = STDIN_FILENO, .to = master, .chunk = PIPE_BUF };
}

static bool is_open(const struct relay *r)
{
	return r->from >= 0 && r->to >= 0;
}

size_t relays_poll(const struct relays *r, struct pollfd *fds)
{
	size_t n = 0;

	for (int i = 0; i < RELAYS; i++) {
		const struct relay *one = &r->relay[i];

		if (one->len && one->to >= 0)
			fds[n++] = (struct pollfd){ .fd = one->to, .events = POLLOUT };
		else if (is_open(one))
			fds[n++] = (struct pollfd){ .fd = one->from, .events = POLLIN };
	}
	return n;
}

/* The other side of `to` is gone, so the job must not believe that anybody reads on. */
static void close_relay(struct relay *r)
{
	if (r->output && r->from >= 0)
		close(r->from);
	if (r->owns_to && r->to >= 0)
		close(r->to);
	r->from = -1;
	r->to = -1;
	r->len = 0;
}

/* Nothing more comes; what is in the buffer still goes out. */
static void end_relay(struct relay *r)
{
	if (r->output && r->from >= 0)
		close(r->from);
	r->from = -1;
	if (!r->len)
		close_relay(r);
}

static bool is_passing(int error)
{
	return error == EAGAIN || error == EINTR;
}

static void note_transcript(struct relays *r, const char *data, size_t len)
{
	int e = r->transcript < 0 ? 0 : io_write_all(r->transcript, data, len);

	if (e < 0 && !r->transcript_error)
		r->transcript_error = e;
}

/* Of n new bytes of output, those that are passed on. */
static size_t count(struct relays *r, size_t n)
{
	uint64_t room = r->most > r->output ? r->most - r->output : 0;

	r->output += n;
	return r->most && n > room ? (size_t)room : n;
}

static size_t take(struct relays *r, struct relay *one)
{
	ssize_t n;

	if (!one->data)
		one->data = xcalloc(1, BUFFER);
	n = read(one->from, one->data, BUFFER);
	if (n < 0 && is_passing(errno))
		return 0;
	if (n <= 0) {
		end_relay(one);
		return 0;
	}
	one->len = (size_t)n;
	one->sent = 0;
	if (!one->output)
		return 0;
	one->len = count(r, (size_t)n);
	note_transcript(r, one->data, one->len);
	return (size_t)n;
}

static void give(struct relay *one)
{
	size_t left = one->len - one->sent;
	ssize_t n = write(one->to, one->data + one->sent, left < one->chunk ? left : one->chunk);

	if (n < 0 && is_passing(errno))
		return;
	if (n < 0) {
		close_relay(one);
		return;
	}
	one->sent += (size_t)n;
	if (one->sent < one->len)
		return;
	one->len = 0;
	if (one->from < 0)
		close_relay(one);
}

static size_t serve_one(struct relays *r, struct relay *one, const struct pollfd *p)
{
	if (one->len && p->fd == one->to) {
		give(one);
		return 0;
	}
	return is_open(one) && p->fd == one->from && !one->len ? take(r, one) : 0;
}

size_t relays_serve(struct relays *r, const struct pollfd *fds, size_t n)
{
	size_t i = 0, got = 0;

	for (int which = 0; which < RELAYS && i < n; which++) {
		struct relay *one = &r->relay[which];
		bool waited = (one->len && one->to >= 0) || is_open(one);

		if (!waited)
			continue;
		if (fds[i].revents)
			got += serve_one(r, one, &fds[i]);
		i++;
	}
	return got;
}

bool relays_busy(const struct relays *r)
{
	for (int i = RELAY_OUT; i < RELAYS; i++)
		if (is_open(&r->relay[i]) || r->relay[i].len)
			return true;
	return false;
}

void relays_close_input(struct relays *r)
{
	close_relay(&r->relay[RELAY_IN]);
	if (r->slave >= 0)
		close(r->slave);
	r->slave = -1;
}

void relays_done(struct relays *r)
{
	for (int i = 0; i < RELAYS; i++) {
		close_relay(&r->relay[i]);
		free(r->relay[i].data);
	}
}
