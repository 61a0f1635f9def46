#include "sandbox/gatelink.h"

#include <linux/nsfs.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/standin.h"
#include "sandbox/procfs.h"

enum { BACKLOG = 1024, LAST_WORDS_MS = 5000 };

size_t gatelink_sockets(const struct plan_network *network)
{
	const struct net_rule *rules = network->allow.v;
	size_t n = network->allow.n ? GATE_FIRST_RANGE : 0;

	for (size_t i = 0; i < network->allow.n; i++)
		n += rules[i].cidr ? rules[i].ports.n : 0;
	return n;
}

/* Where a port is open for one address and for a whole range, either is found, the one for the address first. */
static int open_socket(int type, const struct in6_addr *address, uint16_t port, bool shared)
{
	struct sockaddr_storage at;
	socklen_t len = address_to_socket(address, port, &at);
	const int on = 1;
	auto_fd int fd = socket(at.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if ((shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0) ||
		(at.ss_family == AF_INET6 &&
			(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0 ||
				setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof(on)) <
					0)) ||
		bind(fd, (const struct sockaddr *)&at, len) < 0 ||
		(type == SOCK_STREAM && listen(fd, BACKLOG) < 0))
		return -errno;
	return steal_fd(&fd);
}

static int open_range(const struct net_rule *rule, uint16_t port)
{
	static const struct in6_addr any4 = { .s6_addr = { [10] = 0xff, 0xff } };
	struct cidr range;
	int r = cidr_read(rule->cidr, &range, NULL);

	return r < 0 ? r
		     : open_socket(SOCK_STREAM,
			       IN6_IS_ADDR_V4MAPPED(&range.address) ? &any4 : &in6addr_any, port,
			       true);
}

int gatelink_socket(const struct plan_network *network, size_t n)
{
	const struct net_rule *rules = network->allow.v;
	const struct in6_addr own = standin_ipv4(STANDIN_SELF);
	size_t at = GATE_FIRST_RANGE;

	if (n < GATE_FIRST_RANGE)
		return open_socket(n == GATE_UDP ? SOCK_DGRAM : SOCK_STREAM, &own, DNS_PORT, false);
	for (size_t i = 0; i < network->allow.n; at += rules[i].cidr ? rules[i].ports.n : 0, i++)
		if (rules[i].cidr && n - at < rules[i].ports.n)
			return open_range(&rules[i], rules[i].ports.v[n - at]);
	return -EINVAL;
}

void gatelink_take_netns(struct gatelink *g, int fd)
{
	cleanup_fd(&g->netns);
	g->netns = fd;
}

static void close_sockets(struct gatelink *g)
{
	while (g->n_sockets)
		close(g->sockets[--g->n_sockets]);
}

int gatelink_take_socket(struct gatelink *g, int fd)
{
	struct gate_listeners all = { 0, (uint32_t)g->n_expected };
	int r;

	if (fd < 0 || g->n_sockets == g->n_expected || g->sock < 0) {
		cleanup_fd(&fd);
		return -EPROTO;
	}
	g->sockets[g->n_sockets++] = fd;
	if (g->n_sockets < g->n_expected)
		return 0;
	r = fdpass_send(g->sock, &all, sizeof(all), g->sockets, g->n_sockets);
	close_sockets(g);
	return r;
}

static int enter(int netns)
{
	auto_fd int user = ioctl(netns, NS_GET_USERNS);

	if (user < 0 || setns(user, CLONE_NEWUSER) < 0 || setns(netns, CLONE_NEWNET) < 0)
		return -errno;
	return 0;
}

/* Runs in the cage's network, and in nothing else of it. */
static _Noreturn void make_listeners(
	const struct gatelink *g, const struct gate_listen *ask, int to)
{
	struct gate_listeners made = { enter(g->netns), ask->n };
	int fds[WIRE_MAX_PORTS];

	for (uint32_t i = 0; made.error == 0 && i < ask->n; i++) {
		fds[i] = open_socket(SOCK_STREAM, &ask->address, ask->ports[i],
			g->n_expected > GATE_FIRST_RANGE);
		made.error = fds[i] < 0 ? fds[i] : 0;
	}
	_exit(fdpass_send(to, &made, sizeof(made), fds, made.error ? 0 : ask->n) < 0);
}

/* A process that has entered the cage's namespaces does not come back: so it is another one's. */
static int get_listeners(const struct gatelink *g, const struct gate_listen *ask,
	struct gate_listeners *ret, int *fds, size_t *ret_n)
{
	int ends[2];
	pid_t pid;
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		make_listeners(g, ask, ends[1]);
	close(ends[1]);
	n = pid < 0 ? -errno
		    : fdpass_receive(ends[0], ret, sizeof(*ret), fds, WIRE_MAX_PORTS, ret_n, 0);
	close(ends[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return n == (ssize_t)sizeof(*ret) ? 0 : n < 0 ? (int)n : -EPROTO;
}

/* Where it is remembered what listens on an address; NULL: it stands for no name. */
static struct gate_listen **opening_at(struct gatelink *g, const struct in6_addr *address)
{
	unsigned int number = standin_number(address);

	if (number < STANDIN_FIRST || number >= STANDIN_END)
		return NULL;
	if (number >= g->n_openings) {
		g->openings = xrealloc(g->openings, number + 1, sizeof(*g->openings));
		memset(g->openings + g->n_openings, 0,
			(number + 1 - g->n_openings) * sizeof(*g->openings));
		g->n_openings = number + 1;
	}
	return IN6_IS_ADDR_V4MAPPED(address) ? &g->openings[number].ipv4
					     : &g->openings[number].ipv6;
}

static const struct gate_listen *find_opening(
	const struct gatelink *g, const struct in6_addr *address)
{
	unsigned int number = standin_number(address);

	if (number >= g->n_openings)
		return NULL;
	return IN6_IS_ADDR_V4MAPPED(address) ? g->openings[number].ipv4 : g->openings[number].ipv6;
}

static bool is_in_range(const struct gatelink *g, const struct in6_addr *address, uint16_t port)
{
	const struct net_rule *rules = g->network ? g->network->allow.v : NULL;
	struct cidr range;

	for (size_t i = 0; rules && i < g->network->allow.n; i++)
		if (rules[i].cidr && (!port || net_rule_has_port(&rules[i], port)) &&
			cidr_read(rules[i].cidr, &range, NULL) == 0 && cidr_has(&range, address))
			return true;
	return false;
}

bool gatelink_listens(const struct gatelink *g, const struct in6_addr *address, uint16_t port)
{
	const struct gate_listen *opening = find_opening(g, address);

	for (uint32_t i = 0; opening && i < opening->n; i++)
		if (opening->ports[i] == port)
			return true;
	if (standin_number(address) == STANDIN_SELF)
		return port == DNS_PORT;
	return port && is_in_range(g, address, port);
}

bool gatelink_routes(const struct gatelink *g, const struct in6_addr *address)
{
	return g->n_expected && (standin_number(address) || is_in_range(g, address, 0));
}

static void close_openings(struct gatelink *g)
{
	for (unsigned int i = 0; i < g->n_openings; i++) {
		free(g->openings[i].ipv4);
		free(g->openings[i].ipv6);
	}
	free(g->openings);
	g->openings = NULL;
	g->n_openings = 0;
}

static int serve_listen(struct gatelink *g, const struct gate_listen *ask, size_t len)
{
	struct gate_listen **opening = len == sizeof(*ask) ? opening_at(g, &ask->address) : NULL;
	struct gate_listeners made = { 0 };
	int fds[WIRE_MAX_PORTS], r;
	size_t n = 0;

	if (!opening || ask->n > WIRE_MAX_PORTS)
		return -EPROTO;
	r = *opening ? -EEXIST : get_listeners(g, ask, &made, fds, &n);
	if (r < 0)
		made = (struct gate_listeners){ .error = r };
	if (!made.error)
		*opening = xmemdup(ask, sizeof(*ask));
	r = fdpass_send(g->sock, &made, sizeof(made), fds, n);
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	return r;
}

/* {} when nobody can be told from the others any more. */
static int serve_ask(struct gatelink *g, const struct gate_ask *ask, size_t len)
{
	auto_json json_t *who = json_object();
	auto_free char *text = NULL;
	pid_t pid = len == sizeof(*ask) ? askers_find(&g->askers, g->init, ask) : 0;

	if (pid)
		procfs_add_who(who, pid);
	text = json_canonical(who);
	return send(g->sock, text, strlen(text), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* What the gate may tell; the rest is the supervisor's own. */
static int event_of(const char *type)
{
	static const enum event_type own[] = { EVENT_CONNECT, EVENT_DENIED };

	for (size_t i = 0; type && i < ARRAY_SIZE(own); i++)
		if (!strcmp(event_names[own[i]], type))
			return (int)own[i];
	return -EPROTO;
}

static uint64_t times_of(const json_t *record)
{
	json_int_t times = json_integer_value(json_object_get(record, "times"));

	return times > 0 ? (uint64_t)times : 1;
}

static int serve_record(
	struct gatelink *g, const char *text, size_t len, struct events *events, uint64_t t_ms)
{
	auto_json json_t *record = NULL;
	const char *over;
	int r = json_parse(text, len, "gate", &record, NULL), type;

	if (r < 0 || !json_is_object(record))
		return -EPROTO;
	type = event_of(json_string_value(json_object_get(record, "type")));
	if (type < 0)
		return type;
	over = json_string_value(
		json_object_get(record, type == EVENT_CONNECT ? "ended" : "error"));
	r = over && !strcmp(over, GATE_OVER_BUDGET) ? -EDQUOT : 0;
	if (type == EVENT_DENIED)
		g->denied += times_of(record);
	json_object_del(record, "type");
	events_add(events, (enum event_type)type, t_ms, json_incref(record));
	return r;
}

int gatelink_serve(struct gatelink *g, struct events *events, uint64_t t_ms)
{
	union {
		char text[1 + WIRE_MAX_RECORD];
		struct gate_listen listen;
		struct gate_ask ask;
	} message;
	ssize_t n = recv(g->sock, &message, sizeof(message), MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -EPIPE;
	if (n > (ssize_t)sizeof(message))
		return -EPROTO;
	if (message.text[0] == GATE_LISTEN)
		return serve_listen(g, &message.listen, (size_t)n);
	if (message.text[0] == GATE_ASK)
		return serve_ask(g, &message.ask, (size_t)n);
	if (message.text[0] == GATE_END && n == 1) {
		g->ended = true;
		return 0;
	}
	if (message.text[0] == GATE_RECORD)
		return serve_record(g, message.text + 1, (size_t)n - 1, events, t_ms);
	return -EPROTO;
}

static int hear_last(struct gatelink *g, struct events *events, uint64_t t_ms)
{
	struct pollfd p = { g->sock, POLLIN, 0 };
	int r = 0;

	if (g->sock < 0)
		return -EPIPE;
	shutdown(g->sock, SHUT_WR);
	while (r != -EPIPE && r != -EPROTO && poll(&p, 1, LAST_WORDS_MS) > 0)
		r = gatelink_serve(g, events, t_ms);
	return r == -EPIPE && g->ended ? 0 : -EPIPE;
}

bool gatelink_take_end(struct gatelink *g, pid_t pid)
{
	pid_t *const ours[] = { &g->pid, &g->resolver, &g->keeper };

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (*ours[i] == pid) {
			*ours[i] = 0;
			return true;
		}
	return false;
}

static void end_processes(struct gatelink *g)
{
	pid_t *const ours[] = { &g->pid, &g->resolver, &g->keeper };

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (*ours[i] > 0)
			kill(*ours[i], SIGKILL);
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
		while (*ours[i] > 0 && waitpid(*ours[i], NULL, 0) < 0 && errno == EINTR)
			;
		*ours[i] = 0;
	}
}

int gatelink_end(struct gatelink *g, struct events *events, uint64_t t_ms)
{
	int r = g->n_expected ? hear_last(g, events, t_ms) : 0;

	cleanup_fd(&g->sock);
	cleanup_fd(&g->netns);
	close_sockets(g);
	close_openings(g);
	end_processes(g);
	g->sock = g->netns = -1;
	return r;
}
