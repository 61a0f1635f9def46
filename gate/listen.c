#include "gate/listen.h"

#include <string.h>
#include <sys/socket.h>

#include "base/fdpass.h"
#include "gate/credential.h"
#include "base/gatewire.h"

enum { ACCEPT_AT_ONCE = 64 };

struct listener {
	struct source source; /* first */
	struct gate *gate;
	struct entry *entry; /* NULL: of a range */
	uint16_t port;
	const struct net_rule *rule;
	struct listener *next;
};

static bool is_in_range(const struct net_rule *rule, const struct in6_addr *address)
{
	struct cidr range;

	return cidr_read(rule->cidr, &range, NULL) == 0 && cidr_has(&range, address);
}

/* What a job connected to on a port that is open for all of a range: the first rule that lists it. */
static const struct net_rule *find_range(
	const struct gate *gate, const struct in6_addr *address, uint16_t port)
{
	for (size_t i = 0; i < gate->network.allow.n; i++) {
		const struct net_rule *rule = &gate_rules(gate)[i];

		if (rule->cidr && net_rule_has_port(rule, port) && is_in_range(rule, address))
			return rule;
	}
	return NULL;
}

static void refuse(struct listener *l, int fd, const struct target *target, const char *error)
{
	const struct linger at_once = { 1, 0 };
	json_t *o = json_object();
	char text[INET6_ADDRSTRLEN];

	json_put_str(o, "what", "connection");
	if (target->name)
		json_put_str(o, "name", target->name);
	else
		json_put_str(o, "address", address_text(&target->address, text));
	json_put_int(o, "port", l->port);
	json_put_str(o, "error", error);
	record_denied(&l->gate->recorder, o, peer_of_socket(fd));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

static void take(struct listener *l, int fd)
{
	struct target target = { .port = l->port, .rule = l->rule };
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);
	uint16_t port;

	if (l->entry)
		target.name = l->entry->name.text;
	else if (getsockname(fd, (struct sockaddr *)&own, &len) == 0 &&
		 address_from_socket((const struct sockaddr *)&own, &target.address, &port))
		target.rule = find_range(l->gate, &target.address, l->port);
	if (!target.rule)
		refuse(l, fd, &target, "not listed");
	else if (l->gate->n_conns >= l->gate->most_conns)
		refuse(l, fd, &target, "too many connections");
	else if (target.rule->credential && l->port == NET_HTTP_PORT)
		credential_hand_over(l->gate, fd, &target);
	else
		conn_start(l->gate, fd, &target);
}

static void ready(struct source *source, uint32_t events)
{
	struct listener *l = (struct listener *)source;

	(void)events;
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		take(l, fd);
	}
}

/* Takes fd over. */
static int add(struct gate *gate, int fd, struct entry *entry, uint16_t port)
{
	struct listener *l = xcalloc(1, sizeof(*l));

	l->source = (struct source){ fd, ready };
	l->gate = gate;
	l->entry = entry;
	l->port = port;
	l->rule = entry ? entry_rule(entry, port) : NULL;
	l->next = gate->listeners;
	gate->listeners = l;
	gate->n_listeners++;
	return loop_add(&gate->loop, &l->source, EPOLLIN);
}

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/* The line between us is a pair of ours: whoever closes it is done with us. */
static int receive(struct gate *gate, int fds[FDPASS_MAX], size_t *ret_n)
{
	struct gate_listeners answer;
	ssize_t n = fdpass_receive(
		gate->recorder.sock, &answer, sizeof(answer), fds, FDPASS_MAX, ret_n, 0);

	if (n != (ssize_t)sizeof(answer) || answer.error || answer.n != *ret_n) {
		close_all(fds, *ret_n);
		return n < 0 ? (int)n : !n ? -EPIPE : answer.error ? answer.error : -EPROTO;
	}
	return 0;
}

static void add_port(struct gate_listen *ask, uint16_t port)
{
	for (uint32_t i = 0; i < ask->n; i++)
		if (ask->ports[i] == port)
			return;
	if (ask->n < WIRE_MAX_PORTS)
		ask->ports[ask->n++] = port;
}

static void collect_ports(const struct entry *entry, struct gate_listen *ask)
{
	for (size_t i = 0; i < entry->n_rules; i++) {
		const struct net_rule *rule = entry->rules[i];

		for (size_t k = 0; k < rule->ports.n; k++)
			add_port(ask, rule->ports.v[k]);
		if (rule->credential)
			add_port(ask, NET_HTTP_PORT);
	}
}

int listen_for(struct gate *gate, struct entry *entry, bool ipv4)
{
	struct gate_listen ask = { .message = GATE_LISTEN };
	int fds[FDPASS_MAX], r;
	size_t n;

	if (entry->listens[ipv4])
		return 0;
	ask.address = ipv4 ? standin_ipv4(entry->number) : standin_ipv6(entry->number);
	collect_ports(entry, &ask);
	if (gate->n_listeners + ask.n > gate->most_listeners)
		return -ENOSPC;
	if (send(gate->recorder.sock, &ask, sizeof(ask), MSG_NOSIGNAL) < 0)
		return -errno;
	r = receive(gate, fds, &n);
	if (r < 0 || n != ask.n)
		return r < 0 ? r : -EPROTO;
	for (size_t i = 0; i < n; i++) {
		int added = add(gate, fds[i], entry, ask.ports[i]);

		r = r < 0 ? r : added;
	}
	entry->listens[ipv4] = r == 0;
	return r;
}

static int add_ranges(struct gate *gate, const int *fds, size_t n)
{
	size_t at = 0;
	int r = 0;

	for (size_t i = 0; i < gate->network.allow.n; i++) {
		const struct net_rule *rule = &gate_rules(gate)[i];

		for (size_t k = 0; rule->cidr && k < rule->ports.n && at < n; k++, at++) {
			int added = add(gate, fds[at], NULL, rule->ports.v[k]);

			r = r < 0 ? r : added;
		}
	}
	return r;
}

int listen_begin(struct gate *gate, int *ret_udp, int *ret_tcp, struct err *err)
{
	int fds[FDPASS_MAX];
	size_t n = 0;
	int r = receive(gate, fds, &n);

	if (r == 0 && n < GATE_FIRST_RANGE) {
		close_all(fds, n);
		r = -EPROTO;
	}
	if (r == 0)
		r = add_ranges(gate, fds + GATE_FIRST_RANGE, n - GATE_FIRST_RANGE);
	if (r < 0)
		return err_set(err, r, "take over the cage's sockets");
	*ret_udp = fds[GATE_UDP];
	*ret_tcp = fds[GATE_TCP];
	return 0;
}

void listen_end(struct gate *gate)
{
	while (gate->listeners) {
		struct listener *l = gate->listeners;

		gate->listeners = l->next;
		loop_remove(&gate->loop, &l->source);
		free(l);
	}
}
