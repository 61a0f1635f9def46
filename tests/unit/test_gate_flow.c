#include "tests/unit/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "base/encode.h"
#include "gate/flow.h"

/* A client and a server, and a flow from the one to the other. */
struct line {
	struct pipes pool;
	int from[2], to[2]; /* the flow has the second and the first */
	struct flow flow;
};

static void open_line(struct line *l)
{
	const int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

	l->pool.n = 0;
	ok(socketpair(AF_UNIX, type, 0, l->from) == 0 && socketpair(AF_UNIX, type, 0, l->to) == 0,
		"sockets");
	flow_init(&l->flow, &l->pool, l->from[1], l->to[0]);
}

static void close_line(struct line *l)
{
	flow_done(&l->flow);
	pipes_done(&l->pool);
	for (int i = 0; i < 2; i++) {
		close(l->from[i]);
		close(l->to[i]);
	}
}

static size_t open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	ok(dir, "there is /proc");
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void say(const struct line *l, const char *s)
{
	ok(write(l->from[0], s, strlen(s)) == (ssize_t)strlen(s), "said");
}

/* Whether this, and nothing else, has arrived. */
static bool heard(const struct line *l, const char *s)
{
	char data[100];
	ssize_t n = read(l->to[1], data, sizeof(data));

	return *s ? n == (ssize_t)strlen(s) && !memcmp(data, s, (size_t)n)
		  : n < 0 && errno == EAGAIN;
}

static void test_moves(void **state)
{
	struct line l;

	(void)state;
	open_line(&l);
	ok(flow_move(&l.flow) == FLOW_WAITS && heard(&l, ""), "nothing is there");
	say(&l, "hello");
	ok(flow_move(&l.flow) == FLOW_WAITS && heard(&l, "hello") && l.flow.bytes == 5,
		"handed on");
	say(&l, "again");
	ok(flow_move(&l.flow) == FLOW_WAITS && heard(&l, "again") && l.flow.bytes == 10,
		"as often as it comes");
	close_line(&l);
}

static void test_end(void **state)
{
	struct line l;
	char c;

	(void)state;
	open_line(&l);
	say(&l, "last");
	ok(shutdown(l.from[0], SHUT_WR) == 0, "the client is done");
	ok(flow_move(&l.flow) == FLOW_OVER && heard(&l, "last"), "what it said arrives");
	ok(read(l.to[1], &c, 1) == 0, "and then the end");
	ok(flow_move(&l.flow) == FLOW_OVER, "which is told again and again");
	ok(write(l.to[1], "x", 1) == 1 && read(l.to[0], &c, 1) == 1, "the other way is still open");
	close_line(&l);
}

static void test_budget(void **state)
{
	struct line l;

	(void)state;
	open_line(&l);
	l.flow.most = 10;
	say(&l, "0123456789");
	ok(flow_move(&l.flow) == FLOW_WAITS && heard(&l, "0123456789"), "all of the budget");
	say(&l, "x");
	ok(flow_move(&l.flow) == -EDQUOT && heard(&l, "") && l.flow.bytes == 10,
		"what is beyond it does not leave");
	ok(flow_move(&l.flow) == -EDQUOT && heard(&l, ""), "nor at another try");
	close_line(&l);
	open_line(&l);
	l.flow.most = 10;
	say(&l, "0123456789");
	ok(shutdown(l.from[0], SHUT_WR) == 0 && flow_move(&l.flow) == FLOW_OVER,
		"the end costs nothing");
	close_line(&l);
}

static void test_pressure(void **state)
{
	static char data[64 << 10];
	struct line l;
	size_t sent = 0, got = 0;
	ssize_t n;
	int r = 0;

	(void)state;
	open_line(&l);
	for (int idle = 0; idle < 3;) {
		n = write(l.from[0], data, sizeof(data));
		sent += n > 0 ? (size_t)n : 0;
		r = flow_move(&l.flow);
		idle = n < 0 && r == FLOW_WAITS ? idle + 1 : 0;
	}
	ok(l.flow.held && sent < 8 << 20, "who does not read is sent no more than fits");
	for (int idle = 0; idle < 3;) {
		n = read(l.to[1], data, sizeof(data));
		got += n > 0 ? (size_t)n : 0;
		r = flow_move(&l.flow);
		idle = n <= 0 && r == FLOW_WAITS ? idle + 1 : 0;
	}
	ok(got == sent && !l.flow.held && l.flow.bytes == sent, "and all of it once it reads");
	close_line(&l);
}

struct pattern {
	uint64_t state;
	size_t left;
	struct sha256 digest;
	char data[100000];
	size_t at, len;
};

static void refill(struct pattern *p)
{
	p->len = p->left < sizeof(p->data) ? p->left : sizeof(p->data);
	p->len = p->len > 1000 ? p->len - p->state % 1000 : p->len;
	for (size_t i = 0; i < p->len; i++) {
		p->state = p->state * 6364136223846793005ULL + 1442695040888963407ULL;
		p->data[i] = (char)(p->state >> 56);
	}
	sha256_add(&p->digest, p->data, p->len);
	p->left -= p->len;
	p->at = 0;
}

static void feed(struct line *l, struct pattern *p)
{
	ssize_t n;

	if (p->at == p->len && !p->left)
		return;
	if (p->at == p->len)
		refill(p);
	n = write(l->from[0], p->data + p->at, p->len - p->at);
	p->at += n > 0 ? (size_t)n : 0;
	if (p->at == p->len && !p->left)
		ok(shutdown(l->from[0], SHUT_WR) == 0, "the end");
}

static void test_much(void **state)
{
	enum { MUCH = 100 << 20 };
	auto_free struct pattern *p = xcalloc(1, sizeof(*p));
	static char data[70000];
	unsigned char sent[SHA256_LEN], got[SHA256_LEN];
	struct sha256 digest;
	struct line l;
	ssize_t n = -1;

	(void)state;
	open_line(&l);
	sha256_init(&digest);
	sha256_init(&p->digest);
	p->left = MUCH;
	while (n) {
		feed(&l, p);
		ok(flow_move(&l.flow) >= 0, "it moves");
		n = read(l.to[1], data, sizeof(data));
		sha256_add(&digest, data, n > 0 ? (size_t)n : 0);
	}
	sha256_end(&p->digest, sent);
	sha256_end(&digest, got);
	ok(l.flow.bytes == MUCH && !memcmp(sent, got, sizeof(sent)), "the same bytes arrive");
	close_line(&l);
}

static void test_turns(void **state)
{
	static char data[1 << 16];
	struct line l;
	int small = 1;

	(void)state;
	open_line(&l);
	setsockopt(l.from[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	ok(write(l.from[0], data, sizeof(data)) > 0 && flow_move(&l.flow) == FLOW_WAITS,
		"a flow ends its turn when there is no more");
	close_line(&l);
}

static void test_pool(void **state)
{
	enum { LINES = POOL_PIPES + 20 };
	struct pipes pool = { .n = 0 };
	auto_free struct line *lines = xcalloc(LINES, sizeof(*lines));
	size_t before = open_files();

	(void)state;
	for (int i = 0; i < LINES; i++) {
		open_line(&lines[i]);
		lines[i].flow.pool = &pool;
		say(&lines[i], "hello");
		ok(flow_move(&lines[i].flow) == FLOW_WAITS && lines[i].flow.pipe.ends[0] < 0,
			"no bytes, no pipe");
	}
	ok(pool.n == 1 && open_files() == before + LINES * 4 + 2, "one pipe serves all in turn");
	for (int i = 0; i < LINES; i++) {
		lines[i].flow.most = 5;
		say(&lines[i], "x");
		ok(flow_move(&lines[i].flow) == -EDQUOT && lines[i].flow.held == 1, "it is held");
		close_line(&lines[i]);
	}
	ok(pool.n == 0 && open_files() == before, "a pipe with bytes in it is not used again");
}

static void test_gone(void **state)
{
	struct line l;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	open_line(&l);
	close(l.to[1]);
	say(&l, "hello");
	ok(flow_move(&l.flow) == -EPIPE, "nobody is there to hear it");
	l.to[1] = -1;
	close_line(&l);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("bytes go from one socket to the other", test_moves),
		TEST("the end of one way leaves the other open", test_end),
		TEST("what is beyond the budget never leaves", test_budget),
		TEST("who does not read holds up the sender", test_pressure),
		TEST("100 MiB arrive as they were sent", test_much),
		TEST("a flow that has no more ends its turn", test_turns),
		TEST("pipes are used again when they are empty, and closed when not", test_pool),
		TEST("a reader that is gone is an error", test_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
