#include "gate/answer.h"

#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "gate/dns.h"
#include "gate/listen.h"

enum {
	QUERIES_AT_ONCE = 64,
	TCP_CLIENTS = 64,
	TCP_IDLE_MS = 10000,
	LENGTH = 2, /* bytes before each message over TCP */
};

/* One client over TCP. */
struct client {
	struct source source; /* first */
	struct answerer *answerer;
	struct timer timer;
	unsigned char query[LENGTH + DNS_MAX_QUERY];
	size_t len;
	struct client *next;
};

struct answerer {
	struct source udp; /* first */
	struct source tcp;
	struct gate *gate;
	struct client *clients;
	size_t n_clients;
};

static void deny(struct gate *gate, const struct dns_query *q, struct peer peer, const char *error)
{
	json_t *o = json_object();
	char type[16];

	json_put_str(o, "what", "name");
	json_put_str(o, "name", q->shown);
	json_put_str(o, "record", dns_type_name(q->type, type));
	json_put_str(o, "error", error);
	record_denied(&gate->recorder, o, peer);
}

static bool is_address(const struct dns_query *q)
{
	return q->type == DNS_A || q->type == DNS_AAAA;
}

/* Who asks for the name of an address wants to show it, not to get anywhere. */
static bool is_reverse(const struct dns_query *q)
{
	return hostname_matches("*.in-addr.arpa", q->name.text) ||
	       hostname_matches("*.ip6.arpa", q->name.text);
}

static enum dns_code look_up(struct gate *gate, const struct dns_query *q, struct peer peer,
	struct in6_addr *ret, bool *ret_has)
{
	int error = -ENOENT;
	struct entry *entry = *q->name.text ? book_find(gate->book, q->name.text, &error) : NULL;
	bool ipv4 = q->type == DNS_A;

	*ret_has = false;
	if (!entry && is_reverse(q))
		return DNS_NXDOMAIN;
	if (!entry) {
		deny(gate, q, peer, error == -ENOSPC ? "too many names" : "not listed");
		return error == -ENOSPC ? DNS_SERVFAIL : DNS_NXDOMAIN;
	}
	if (!is_address(q))
		return DNS_OK;
	error = listen_for(gate, entry, ipv4);
	if (error == -ENOSPC)
		deny(gate, q, peer, "too many names");
	*ret_has = error == 0;
	*ret = ipv4 ? standin_ipv4(entry->number) : standin_ipv6(entry->number);
	/* Without IPv6 in the kernel, a name has no such address. */
	return error == 0 || (error == -EAFNOSUPPORT && !ipv4) ? DNS_OK : DNS_SERVFAIL;
}

/* Length of the answer; 0: none is due. */
static size_t answer(struct gate *gate, struct peer peer, const unsigned char *query, size_t len,
	unsigned char out[DNS_MAX_ANSWER])
{
	struct dns_query q;
	struct dns_answer a = { DNS_OK, NULL };
	struct in6_addr address;
	bool has = false;
	int r = dns_read(query, len, &q);

	if (r < 0)
		return 0;
	a.code = r == DNS_OK ? look_up(gate, &q, peer, &address, &has) : (enum dns_code)r;
	a.address = has ? &address : NULL;
	return dns_write(&q, &a, out);
}

static void udp_ready(struct source *source, uint32_t events)
{
	struct answerer *a = (struct answerer *)source;
	unsigned char query[DNS_MAX_QUERY], out[DNS_MAX_ANSWER];
	struct sockaddr_storage from;

	(void)events;
	for (int i = 0; i < QUERIES_AT_ONCE; i++) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(source->fd, query, sizeof(query), MSG_DONTWAIT,
			(struct sockaddr *)&from, &len);
		size_t size;

		if (n < 0)
			return;
		size = answer(a->gate, peer_of(IPPROTO_UDP, &from), query, (size_t)n, out);
		/* A client that has gone meanwhile, or takes nothing, asks again or does not. */
		if (size && sendto(source->fd, out, size, MSG_DONTWAIT | MSG_NOSIGNAL,
				    (const struct sockaddr *)&from, len) < 0)
			continue;
	}
}

static void drop(struct client *client)
{
	struct answerer *a = client->answerer;
	struct client **at = &a->clients;

	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	a->n_clients--;
	timer_clear(&client->timer);
	loop_remove(&a->gate->loop, &client->source);
	free(client);
}

static size_t wanted(const struct client *c)
{
	return c->len < LENGTH ? LENGTH : LENGTH + ((size_t)c->query[0] << 8 | c->query[1]);
}

/* An answer always fits an empty socket buffer; a client that does not read its answers gets no more. */
static bool reply(struct client *c)
{
	unsigned char out[LENGTH + DNS_MAX_ANSWER];
	size_t n = answer(c->answerer->gate, peer_of_socket(c->source.fd), c->query + LENGTH,
		c->len - LENGTH, out + LENGTH);

	c->len = 0;
	out[0] = (unsigned char)(n >> 8);
	out[1] = (unsigned char)n;
	return n && send(c->source.fd, out, LENGTH + n, MSG_DONTWAIT | MSG_NOSIGNAL) ==
			    (ssize_t)(LENGTH + n);
}

/* False: the client is to go. */
static bool read_query(struct client *c, bool *ret_more)
{
	size_t want = wanted(c);
	ssize_t n = want <= sizeof(c->query)
			    ? recv(c->source.fd, c->query + c->len, want - c->len, MSG_DONTWAIT)
			    : 0;

	*ret_more = n > 0;
	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	c->len += (size_t)n;
	return c->len < LENGTH || c->len < wanted(c) || reply(c);
}

static void client_ready(struct source *source, uint32_t events)
{
	struct client *c = (struct client *)source;
	bool more = true;

	(void)events;
	timer_set(&c->answerer->gate->loop, &c->timer, TCP_IDLE_MS);
	for (int i = 0; more && i < QUERIES_AT_ONCE; i++)
		if (!read_query(c, &more)) {
			drop(c);
			return;
		}
}

static void client_due(struct timer *timer)
{
	drop((struct client *)(void *)((char *)timer - offsetof(struct client, timer)));
}

static void tcp_ready(struct source *source, uint32_t events)
{
	struct answerer *a =
		(struct answerer *)(void *)((char *)source - offsetof(struct answerer, tcp));
	int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	const int on = 1;
	struct client *c;

	(void)events;
	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (a->n_clients == TCP_CLIENTS) {
		close(fd);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->source = (struct source){ fd, client_ready };
	c->answerer = a;
	c->timer.due = client_due;
	c->next = a->clients;
	a->clients = c;
	a->n_clients++;
	timer_set(&a->gate->loop, &c->timer, TCP_IDLE_MS);
	if (loop_add(&a->gate->loop, &c->source, EPOLLIN) < 0)
		drop(c);
}

struct answerer *answerer_new(struct gate *gate, int udp, int tcp, struct err *err)
{
	struct answerer *a = xcalloc(1, sizeof(*a));
	int r;

	a->gate = gate;
	a->udp = (struct source){ udp, udp_ready };
	a->tcp = (struct source){ tcp, tcp_ready };
	r = loop_add(&gate->loop, &a->udp, EPOLLIN);
	if (r == 0)
		r = loop_add(&gate->loop, &a->tcp, EPOLLIN);
	if (r == 0)
		return a;
	err_set(err, r, "serve names");
	answerer_free(a);
	return NULL;
}

void answerer_free(struct answerer *a)
{
	if (!a)
		return;
	while (a->clients)
		drop(a->clients);
	loop_remove(&a->gate->loop, &a->udp);
	loop_remove(&a->gate->loop, &a->tcp);
	free(a);
}
