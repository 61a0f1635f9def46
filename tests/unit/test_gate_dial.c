#include "tests/unit/check.h"

#include <string.h>
#include <sys/socket.h>

#include "gate/dial.h"

/* Addresses of the loopback: some listen, some don't, and some take a connection but for ever. */
struct world {
	struct loop loop;
	struct dial dial;
	struct timer end;
	uint16_t port;
	int hosts[8], fill[8];
	size_t n_hosts, n_fill;
	bool called;
	int result;
	struct in6_addr reached;
	uint64_t took;
};

static struct in6_addr local(unsigned char last)
{
	return (struct in6_addr){ .s6_addr = { [10] = 0xff, 0xff, 127, 0, 0, last } };
}

/* A socket on 127.0.0.last; backlog -1: which does not listen. The first of a world chooses the port. */
static void host(struct world *w, unsigned char last, int backlog)
{
	struct in6_addr address = local(last), bound;
	struct sockaddr_storage at;
	socklen_t len = address_to_socket(&address, w->port, &at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ok(fd >= 0 && bind(fd, (struct sockaddr *)&at, len) == 0, "an address of its own");
	ok(backlog < 0 || listen(fd, backlog) == 0, "that listens");
	ok(getsockname(fd, (struct sockaddr *)&at, &len) == 0 &&
			address_from_socket((struct sockaddr *)&at, &bound, &w->port),
		"on a port");
	w->hosts[w->n_hosts++] = fd;
}

/* Nobody accepts, and there is no room for more that wait: what comes then is not answered. */
static void black_hole(struct world *w, unsigned char last)
{
	struct in6_addr address = local(last);
	struct sockaddr_storage to;
	socklen_t len;

	host(w, last, 0);
	len = address_to_socket(&address, w->port, &to);
	for (int i = 0; i < 3; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		ok(fd >= 0 && (connect(fd, (struct sockaddr *)&to, len) == 0 ||
				      errno == EINPROGRESS),
			"one that waits");
		w->fill[w->n_fill++] = fd;
	}
}

static void dialled(struct dial *dial, int fd, const struct in6_addr *address)
{
	struct world *w = (void *)((char *)dial - offsetof(struct world, dial));

	ok(!w->called, "told once");
	w->called = true;
	w->result = fd;
	w->loop.over = true;
	if (fd >= 0)
		w->reached = *address;
}

static void tired(struct timer *timer)
{
	((struct world *)(void *)((char *)timer - offsetof(struct world, end)))->loop.over = true;
}

static void open_world(struct world *w)
{
	*w = (struct world){ .end.due = tired, .result = -1 };
	ok(loop_init(&w->loop, NULL) == 0, "a loop");
	w->dial.done = dialled;
}

static void run(struct world *w, const struct in6_addr *addresses, size_t n, uint64_t ms)
{
	uint64_t began = w->loop.now;

	timer_set(&w->loop, &w->end, ms);
	dial_start(&w->dial, &w->loop, addresses, n, w->port);
	ok(!w->called, "nothing is told from within dial_start");
	ok(loop_run(&w->loop, NULL) == 0, "it runs");
	w->took = w->loop.now - began;
	timer_clear(&w->end);
}

static void close_world(struct world *w)
{
	dial_stop(&w->dial);
	if (w->result >= 0)
		close(w->result);
	for (size_t i = 0; i < w->n_hosts; i++)
		close(w->hosts[i]);
	for (size_t i = 0; i < w->n_fill; i++)
		close(w->fill[i]);
	loop_done(&w->loop);
}

static bool reached(const struct world *w, unsigned char last)
{
	struct in6_addr address = local(last);

	return w->called && w->result >= 0 && !memcmp(&w->reached, &address, sizeof(address));
}

static void test_first(void **state)
{
	const struct in6_addr to[] = { local(2), local(3) };
	struct world w;

	(void)state;
	open_world(&w);
	host(&w, 2, 5);
	host(&w, 3, 5);
	run(&w, to, 2, 5000);
	ok(reached(&w, 2), "the first that listens");
	ok(write(w.result, "x", 1) == 1 && w.dial.tried == 1, "and no other is tried");
	close_world(&w);
}

static void test_refused(void **state)
{
	const struct in6_addr to[] = { local(2), local(3), local(4) };
	struct world w;

	(void)state;
	open_world(&w);
	host(&w, 2, -1);
	host(&w, 3, -1);
	host(&w, 4, 5);
	run(&w, to, 3, 5000);
	ok(reached(&w, 4) && w.took < DIAL_HEAD_START_MS, "the next has its turn at once");
	close_world(&w);
}

static void test_hole(void **state)
{
	const struct in6_addr to[] = { local(2), local(3) };
	struct world w;

	(void)state;
	open_world(&w);
	black_hole(&w, 2);
	host(&w, 3, 5);
	run(&w, to, 2, 5000);
	ok(reached(&w, 3) && w.took >= DIAL_HEAD_START_MS && w.took < DIAL_HEAD_START_MS + 500,
		"the second is tried after the head start of the first");
	ok(w.dial.tried == 2 && w.dial.attempts[0].source.fd < 0, "the other is given up");
	close_world(&w);
}

static void test_all_fail(void **state)
{
	const struct in6_addr to[] = { local(2), local(3) },
			      broadcast = { .s6_addr = { [10] = 0xff, 0xff, 255, 255, 255, 255 } };
	struct world w;

	(void)state;
	open_world(&w);
	host(&w, 2, -1);
	host(&w, 3, -1);
	run(&w, to, 2, 5000);
	ok(w.called && w.result == -ECONNREFUSED, "the error of the last is told");
	close_world(&w);
	open_world(&w);
	w.port = 80;
	run(&w, &broadcast, 1, 5000);
	ok(w.called && (w.result == -EACCES || w.result == -ENETUNREACH),
		"also one that connect says at once");
	close_world(&w);
}

static void test_stop(void **state)
{
	const struct in6_addr to[] = { local(2), local(2), local(2) };
	struct world w;

	(void)state;
	open_world(&w);
	black_hole(&w, 2);
	run(&w, to, 3, DIAL_HEAD_START_MS + 100);
	ok(!w.called && w.dial.open == 2, "two are under way");
	dial_stop(&w.dial);
	for (size_t i = 0; i < w.dial.tried; i++)
		ok(w.dial.attempts[i].source.fd < 0, "closed");
	timer_set(&w.loop, &w.end, DIAL_HEAD_START_MS + 100);
	w.loop.over = false;
	ok(loop_run(&w.loop, NULL) == 0 && !w.called, "nothing more is told");
	close_world(&w);
}

static void test_families(void **state)
{
	struct in6_addr six[3], to[5];
	struct world w;

	(void)state;
	open_world(&w);
	for (unsigned char i = 0; i < 3; i++)
		six[i] = (struct in6_addr){ .s6_addr = { 0xfe, 0xc0, [15] = i } };
	memcpy(to, six, sizeof(six));
	to[3] = local(2);
	to[4] = local(3);
	dial_start(&w.dial, &w.loop, to, 5, 1);
	dial_stop(&w.dial);
	ok(!memcmp(&w.dial.addresses[0], &six[0], 16) &&
			!memcmp(&w.dial.addresses[1], &to[3], 16) &&
			!memcmp(&w.dial.addresses[2], &six[1], 16) &&
			!memcmp(&w.dial.addresses[3], &to[4], 16) &&
			!memcmp(&w.dial.addresses[4], &six[2], 16) && w.dial.n == 5,
		"IPv6 and IPv4 take turns, from the first on, in their order");
	close_world(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("the first address that takes the connection is it", test_first),
		TEST("a refusal makes room for the next at once", test_refused),
		TEST("an address that does not answer has a head start, no more", test_hole),
		TEST("when all fail the last error is told", test_all_fail),
		TEST("a dial that was stopped is over", test_stop),
		TEST("families take turns", test_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
