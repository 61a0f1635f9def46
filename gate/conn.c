#include "gate/conn.h"

#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/weaken.h"
#include "gate/dial.h"

enum { HELLO_MS = 15000, LOOKUP_MS = 30000, READ_AT_ONCE = 16 << 10 };

enum side { JOB, HOST, SIDES };

/* One of the two sockets. */
struct end {
	struct source source; /* first */
	struct conn *conn;
};

struct conn {
	struct gate *gate;
	struct target target;
	struct usage *usages[2]; /* the rule's and the job's */
	uint64_t began; /* ms */
	struct end ends[SIDES];
	struct hello *hello; /* NULL: not to be read, or read */
	struct buf head; /* what was read, and is to be handed on */
	size_t head_sent;
	struct timer timer;
	struct lookup lookup;
	struct dial dial;
	struct in6_addr reached;
	struct flow out, in;
	bool open; /* both ends are there: flows flow */
	const char *why; /* the connection is over; NULL: it is not */
	struct task task;
	struct conn *prev, *next;
};

static struct conn *of(void *member, size_t at)
{
	return (struct conn *)(void *)((char *)member - at);
}

static json_t *describe(const struct conn *c)
{
	json_t *o = json_object();
	char address[INET6_ADDRSTRLEN];

	if (c->target.name)
		json_put_str(o, "name", c->target.name);
	else
		json_put_str(o, "address", address_text(&c->target.address, address));
	json_put_int(o, "port", c->target.port);
	return o;
}

static void record_end(struct conn *c)
{
	json_t *o = describe(c);
	char address[INET6_ADDRSTRLEN];

	if (!c->open) {
		json_put_str(o, "what", "connection");
		json_put_str(o, "protocol", "tcp");
		json_put_str(o, "error", c->why);
		record_denied(&c->gate->recorder, o, peer_of_socket(c->ends[JOB].source.fd));
		return;
	}
	json_put_str(o, "reached", address_text(&c->reached, address));
	json_put_int(o, "out", c->out.bytes + c->head_sent);
	json_put_int(o, "in", c->in.bytes);
	json_put_int(o, "took", c->gate->loop.now - c->began);
	json_put_str(o, "ended", c->why);
	record(&c->gate->recorder, "connect", o);
}

static void unlink_conn(struct conn *c)
{
	if (c->prev)
		c->prev->next = c->next;
	else
		c->gate->conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	c->gate->n_conns--;
	for (size_t i = 0; i < ARRAY_SIZE(c->usages); i++)
		c->usages[i]->at_once--;
}

/* A reset tells the other side what a close would not: that this was no proper end. */
static void close_end(struct conn *c, struct end *end, bool reset)
{
	const struct linger at_once = { 1, 0 };

	if (reset && end->source.fd >= 0)
		setsockopt(end->source.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	loop_remove(&c->gate->loop, &end->source);
}

static const char closed[] = "closed";
static const char over_budget[] = GATE_OVER_BUDGET;
static void finish(struct conn *c)
{
	timer_clear(&c->timer);
	lookup_drop(&c->lookup);
	dial_stop(&c->dial);
	task_drop(&c->gate->loop, &c->task);
	record_end(c);
	unlink_conn(c);
	for (int i = 0; i < SIDES; i++)
		close_end(c, &c->ends[i], c->why != closed);
	flow_done(&c->out);
	flow_done(&c->in);
	hello_free(c->hello);
	buf_done(&c->head);
	free(c);
}

/* Freed when this round is over: what is ready already may point here. */
static void end(struct conn *c, const char *why)
{
	if (!c->why)
		c->why = why;
	task_queue(&c->gate->loop, &c->task);
}

static const char *error_word(int error)
{
	const char *name = strerrorname_np(-error);

	return name ? name : "error";
}

static uint64_t left(uint64_t most, uint64_t used)
{
	return most > used ? most - used : 0;
}

/* How many bytes may have passed in all, after those that have. */
static uint64_t bound(const struct conn *c, bool out, uint64_t moved)
{
	uint64_t least = UINT64_MAX - moved;

	for (size_t i = 0; i < ARRAY_SIZE(c->usages); i++) {
		const struct usage *u = c->usages[i];
		uint64_t most = out ? u->budget->out : u->budget->in;
		uint64_t rest = left(most, out ? u->out : u->in);

		if (most && rest < least && !weakened("gate-budget"))
			least = rest;
	}
	return moved + least;
}

static void count(struct conn *c, uint64_t out, uint64_t in)
{
	for (size_t i = 0; i < ARRAY_SIZE(c->usages); i++) {
		c->usages[i]->out += out;
		c->usages[i]->in += in;
	}
}

static int move(struct conn *c, bool out)
{
	struct flow *flow = out ? &c->out : &c->in;
	uint64_t before = flow->bytes;
	int r;

	flow->most = bound(c, out, before);
	r = flow_move(flow);
	count(c, out ? flow->bytes - before : 0, out ? 0 : flow->bytes - before);
	return r;
}

/* What the client said before there was anybody to hear it goes first. False: not all of it went. */
static bool send_head(struct conn *c)
{
	if (c->head.len - c->head_sent > bound(c, true, 0)) {
		end(c, over_budget);
		return false;
	}
	if (c->head.len - c->head_sent > bound(c, true, 0)) {
		end(c, over_budget);
		return false;
	}
	while (c->head_sent < c->head.len) {
		ssize_t n = send(c->ends[HOST].source.fd, c->head.data + c->head_sent,
			c->head.len - c->head_sent, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			end(c, error_word(-errno));
		if (n < 0)
			return false;
		c->head_sent += (size_t)n;
		count(c, (uint64_t)n, 0);
	}
	return true;
}

static void flow(struct conn *c)
{
	int out = send_head(c) ? move(c, true) : FLOW_WAITS, in = move(c, false);
	int error = out < 0 ? out : in;

	if (c->why)
		return;
	if (error < 0)
		end(c, error == -EDQUOT ? over_budget : error_word(error));
	else if (out == FLOW_OVER && in == FLOW_OVER)
		end(c, closed);
	else if (out == FLOW_MORE || in == FLOW_MORE)
		task_queue(&c->gate->loop, &c->task);
}

static void run_task(struct task *task)
{
	struct conn *c = of(task, offsetof(struct conn, task));

	if (!c->why && c->open)
		flow(c);
	else if (c->why)
		finish(c);
}

static int watch(struct conn *c, enum side side, uint32_t events)
{
	return loop_add(&c->gate->loop, &c->ends[side].source, events | EPOLLRDHUP | EPOLLET);
}

/*
 * Where nothing is lost on the way, the simplest congestion control is the fastest: one that paces (BBR, where it is the
 * host's default) halves what passes. Whether the kernel has it makes no difference to anything else.
 */
static void set_local(int fd)
{
	static const char reno[] = "reno";

	setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, reno, strlen(reno));
}

static void open_flows(struct conn *c, int fd, const struct in6_addr *address)
{
	const int on = 1;

	c->ends[HOST].source.fd = fd;
	c->reached = *address;
	c->open = true;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	if (!address_is_public(address))
		set_local(fd);
	flow_init(&c->out, &c->gate->pipes, c->ends[JOB].source.fd, fd);
	flow_init(&c->in, &c->gate->pipes, fd, c->ends[JOB].source.fd);
	if (watch(c, HOST, EPOLLIN | EPOLLOUT) < 0)
		end(c, error_word(-errno));
	task_queue(&c->gate->loop, &c->task);
}

static void dialled(struct dial *dial, int fd, const struct in6_addr *address)
{
	struct conn *c = of(dial, offsetof(struct conn, dial));

	if (fd < 0)
		end(c, error_word(fd));
	else
		open_flows(c, fd, address);
}

static void start_dial(struct conn *c, const struct in6_addr *addresses, size_t n, uint16_t port)
{
	c->dial.done = dialled;
	dial_start(&c->dial, &c->gate->loop, addresses, n, port);
}

/* A name may not lead where its rule does not: to the host's own network, least of all. */
static void looked_up(struct lookup *lookup, const struct lookup_answer *answer)
{
	struct conn *c = of(lookup, offsetof(struct conn, lookup));
	struct in6_addr good[WIRE_MAX_ADDRESSES];
	size_t n = 0;

	timer_clear(&c->timer);
	for (uint32_t i = 0; i < answer->n; i++)
		if (!answer->addresses[i].mapped &&
			(c->target.rule->private || weakened("gate-address") ||
				address_is_public(&answer->addresses[i].address)))
			good[n++] = answer->addresses[i].address;
	if (n)
		start_dial(c, good, n, c->target.port);
	else if (answer->error)
		end(c, answer->error == -ENOENT ? "no such name" : "the name can't be looked up");
	else
		end(c, "the name stands for no public address");
}

static void dial_service(struct conn *c)
{
	const struct in6_addr loopback[] = { { .s6_addr = { [10] = 0xff, 0xff, 127, 0, 0, 1 } },
		IN6ADDR_LOOPBACK_INIT };

	start_dial(c, loopback, ARRAY_SIZE(loopback), net_rule_service_port(c->target.rule));
}

static void reach(struct conn *c)
{
	const struct lookup_answer *answer;

	timer_clear(&c->timer);
	if (c->target.rule->cidr) {
		start_dial(c, &c->target.address, 1, c->target.port);
		return;
	}
	if (c->target.rule->service) {
		dial_service(c);
		return;
	}
	c->lookup.done = looked_up;
	answer = lookup_ask(c->gate->lookups, &c->lookup, c->target.name);
	if (answer)
		looked_up(&c->lookup, answer);
	else
		timer_set(&c->gate->loop, &c->timer, LOOKUP_MS);
}

static const char *judge_hello(const struct conn *c, int r, const struct hostname *name)
{
	if (weakened("gate-name"))
		return NULL;
	if (r == -ENOENT)
		return "TLS without a name";
	if (r == -EPROTO)
		return "not TLS";
	if (r < 0 || strcmp(name->text, c->target.name))
		return "TLS to another name";
	return NULL;
}

/* True once the client's first words are whole, and good. */
static bool take_hello(struct conn *c, const char *data, size_t n)
{
	struct hostname name;
	int r;

	buf_add(&c->head, data, n);
	r = hello_add(c->hello, data, n, &name);
	if (r == -EAGAIN)
		return false;
	hello_free(c->hello);
	c->hello = NULL;
	if (judge_hello(c, r, &name))
		end(c, judge_hello(c, r, &name));
	return !c->why;
}

static void read_hello(struct conn *c)
{
	char data[READ_AT_ONCE];

	while (c->hello && !c->why) {
		ssize_t n = recv(c->ends[JOB].source.fd, data, sizeof(data), 0);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			end(c, n ? error_word(-errno) : "closed before TLS began");
		else if (take_hello(c, data, (size_t)n))
			reach(c);
	}
}

static void job_ready(struct source *source, uint32_t events)
{
	struct conn *c = ((struct end *)source)->conn;

	if (c->why)
		return;
	if (c->hello)
		read_hello(c);
	else if (c->open)
		task_queue(&c->gate->loop, &c->task);
	else if (events & (EPOLLERR | EPOLLHUP))
		end(c, "closed by the job");
}

static void host_ready(struct source *source, uint32_t events)
{
	(void)events;
	task_queue(&((struct end *)source)->conn->gate->loop, &((struct end *)source)->conn->task);
}

static void due(struct timer *timer)
{
	struct conn *c = of(timer, offsetof(struct conn, timer));

	end(c, c->hello ? "TLS did not begin in time" : "the name was not looked up in time");
}

static void begin(struct conn *c)
{
	if (watch(c, JOB, EPOLLIN | EPOLLOUT) < 0) {
		end(c, error_word(-errno));
		return;
	}
	if (!net_rule_wants_tls(c->target.rule, c->target.port)) {
		reach(c);
		return;
	}
	if (!c->gate->hellos)
		c->gate->hellos = hello_context_new();
	c->hello = hello_new(c->gate->hellos);
	timer_set(&c->gate->loop, &c->timer, HELLO_MS);
}

static const char *find_excess(const struct conn *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(c->usages); i++) {
		const struct usage *u = c->usages[i];

		if ((u->budget->at_once && u->at_once > u->budget->at_once) ||
			(u->budget->connections && u->connections > u->budget->connections))
			return over_budget;
	}
	return NULL;
}

static struct conn *conn_new(struct gate *gate, int fd, const struct target *target)
{
	struct conn *c = xcalloc(1, sizeof(*c));
	const int on = 1;

	c->gate = gate;
	c->target = *target;
	c->usages[0] = gate_usage(gate, target->rule);
	c->usages[1] = &gate->job;
	c->began = gate->loop.now;
	c->ends[JOB] = (struct end){ { fd, job_ready }, c };
	c->ends[HOST] = (struct end){ { -1, host_ready }, c };
	c->timer.due = due;
	c->dial.timer.due = NULL;
	c->task.run = run_task;
	c->next = gate->conns;
	if (c->next)
		c->next->prev = c;
	gate->conns = c;
	gate->n_conns++;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	set_local(fd);
	flow_init(&c->out, &gate->pipes, -1, -1);
	flow_init(&c->in, &gate->pipes, -1, -1);
	return c;
}

void conn_start(struct gate *gate, int fd, const struct target *target)
{
	struct conn *c = conn_new(gate, fd, target);

	for (size_t i = 0; i < ARRAY_SIZE(c->usages); i++) {
		c->usages[i]->at_once++;
		c->usages[i]->connections++;
	}
	if (find_excess(c))
		end(c, find_excess(c));
	else
		begin(c);
}

void conn_end_all(struct gate *gate)
{
	while (gate->conns) {
		struct conn *c = gate->conns;

		if (!c->why)
			c->why = c->open ? closed : "the cage ended";
		finish(c);
	}
}
