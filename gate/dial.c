#include "gate/dial.h"

#include <sys/socket.h>

static struct dial *dial_of(struct timer *timer)
{
	return (struct dial *)((char *)timer - offsetof(struct dial, timer));
}

static void close_attempts(struct dial *d)
{
	for (size_t i = 0; i < d->tried; i++)
		loop_remove(d->loop, &d->attempts[i].source);
	d->open = 0;
}

void dial_stop(struct dial *d)
{
	timer_clear(&d->timer);
	close_attempts(d);
}

static void finish(struct dial *d, int fd, const struct in6_addr *address)
{
	dial_stop(d);
	d->done(d, fd, address);
}

static void wait_on(struct dial *d);

static int result(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 ? -errno : -error;
}

/* The socket leaves this attempt's care, and the loop's, as it is. */
static int take_out(struct attempt *a)
{
	int fd = a->source.fd;

	epoll_ctl(a->dial->loop->epoll, EPOLL_CTL_DEL, fd, NULL);
	a->source.fd = -1;
	return fd;
}

static void ready(struct source *source, uint32_t events)
{
	struct attempt *a = (struct attempt *)source;
	struct dial *d = a->dial;
	int r = result(source->fd);

	(void)events;
	if (r == 0) {
		finish(d, take_out(a), &d->addresses[a->address]);
		return;
	}
	d->error = r;
	d->open--;
	loop_remove(d->loop, source);
	wait_on(d);
}

static int open_attempt(struct dial *d, struct attempt *a)
{
	struct sockaddr_storage to;
	socklen_t len = address_to_socket(&d->addresses[a->address], d->port, &to);
	int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r;

	a->source = (struct source){ fd, ready };
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&to, len) < 0 && errno != EINPROGRESS)
		r = -errno;
	else
		r = loop_add(d->loop, &a->source, EPOLLOUT);
	if (r < 0)
		loop_remove(d->loop, &a->source);
	return r;
}

static void try_next(struct dial *d)
{
	while (d->tried < d->n) {
		struct attempt *a = &d->attempts[d->tried];
		int r;

		a->dial = d;
		a->address = d->tried++;
		r = open_attempt(d, a);
		if (r == 0) {
			d->open++;
			return;
		}
		d->error = r;
	}
}

static uint64_t patience(const struct dial *d)
{
	uint64_t left = d->until > d->loop->now ? d->until - d->loop->now : 0;

	if (!d->open)
		return 0;
	return d->tried < d->n && left > DIAL_HEAD_START_MS ? DIAL_HEAD_START_MS : left;
}

/* Nothing under way: the next has its turn at once. Nothing left: that is the end, told by the timer. */
static void wait_on(struct dial *d)
{
	if (!d->open)
		try_next(d);
	timer_set(d->loop, &d->timer, patience(d));
}

static void due(struct timer *timer)
{
	struct dial *d = dial_of(timer);

	if (d->until <= d->loop->now)
		finish(d, -ETIMEDOUT, NULL);
	else if (!d->open && d->tried == d->n)
		finish(d, d->error, NULL);
	else {
		try_next(d);
		timer_set(d->loop, &d->timer, patience(d));
	}
}

/* The next address, from where at is, of this family. */
static const struct in6_addr *next_of(
	const struct in6_addr *addresses, size_t n, size_t *at, bool ipv4)
{
	while (*at < n && !!IN6_IS_ADDR_V4MAPPED(&addresses[*at]) != ipv4)
		++*at;
	return *at < n ? &addresses[(*at)++] : NULL;
}

static void interleave(struct dial *d, const struct in6_addr *addresses, size_t n)
{
	bool ipv4 = IN6_IS_ADDR_V4MAPPED(&addresses[0]);
	size_t at[2] = { 0, 0 };

	for (d->n = 0; d->n < n; ipv4 = !ipv4) {
		const struct in6_addr *next = next_of(addresses, n, &at[ipv4], ipv4);

		if (next)
			d->addresses[d->n++] = *next;
	}
}

void dial_start(struct dial *dial, struct loop *loop, const struct in6_addr *addresses, size_t n,
	uint16_t port)
{
	dial->loop = loop;
	dial->port = port;
	dial->tried = dial->open = 0;
	dial->until = loop->now + DIAL_PATIENCE_MS;
	dial->error = -EHOSTUNREACH;
	dial->timer = (struct timer){ .due = due };
	interleave(dial, addresses, n);
	wait_on(dial);
}
