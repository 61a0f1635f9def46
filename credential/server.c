#include "credential/server.h"

#include <string.h>
#include <sys/socket.h>
#include <fcntl.h>

#include "credential/answer.h"
#include "credential/upstream.h"

enum { MAX_HEAD = 64 << 10, MAX_CLIENTS = 1024 };

struct server {
	struct source source; /* first: libmicrohttpd's own epoll */
	struct keeper *keeper;
	struct MHD_Daemon *daemon;
	struct timer timer;
	struct task task;
	struct client *clients;
};

static void run(struct server *s)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (MHD_run(s->daemon) != MHD_YES)
		abort();
	if (MHD_get_timeout(s->daemon, &ms) != MHD_YES)
		timer_clear(&s->timer);
	else if (ms)
		timer_set(&s->keeper->loop, &s->timer, ms);
	else
		task_queue(&s->keeper->loop, &s->task);
}

static void ready(struct source *source, uint32_t events)
{
	(void)events;
	run((struct server *)source);
}

static void due(struct timer *timer)
{
	run((struct server *)(void *)((char *)timer - offsetof(struct server, timer)));
}

static void run_task(struct task *task)
{
	run((struct server *)(void *)((char *)task - offsetof(struct server, task)));
}

void server_wake(struct server *s)
{
	task_queue(&s->keeper->loop, &s->task);
}

static struct client *client_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* The first that is heard of a request, with its target as it came. */
static void *take_target(void *arg, const char *target, struct MHD_Connection *connection)
{
	struct client *client = client_of(connection);

	(void)arg;
	return client ? request_new(client, target) : NULL;
}

static enum MHD_Result begin(
	struct request *r, struct MHD_Connection *connection, const char *method)
{
	request_begin(r, connection, method);
	return r->refused && r->keeps_body ? answer_give(r) : MHD_YES;
}

/* Whether what is left of the body is of use to nobody any more. */
static bool is_refused(const struct request *r)
{
	return r->refused || r->in.ended || (r->answered && r->status >= 400);
}

static enum MHD_Result take_body(struct request *r, const char *data, size_t *size)
{
	size_t n;

	if (is_refused(r)) {
		*size = 0;
		return MHD_YES;
	}
	n = queue_put(&r->out, data, *size);
	if (client_count(r->client, n, 0) < 0) {
		request_abandon(r, GATE_OVER_BUDGET);
		return MHD_NO;
	}
	*size -= n;
	task_queue(&r->client->keeper->loop, &r->task);
	if (*size)
		answer_suspend(r);
	return MHD_YES;
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **request)
{
	struct request *r = *request;

	(void)arg;
	(void)url;
	(void)version;
	if (!r || r->abandoned)
		return MHD_NO;
	if (!r->begun)
		return begin(r, connection, method);
	if (*size)
		return take_body(r, data, size);
	if (!r->out.ended) {
		r->out.ended = true;
		task_queue(&r->client->keeper->loop, &r->task);
	}
	return answer_give(r);
}

static void complete(void *arg, struct MHD_Connection *connection, void **request,
	enum MHD_RequestTerminationCode how)
{
	struct request *r = *request;

	(void)arg;
	(void)connection;
	*request = NULL;
	if (r)
		request_release(r, how == MHD_REQUEST_TERMINATED_COMPLETED_OK);
}

static void tell(struct client *c, enum credential_message what)
{
	struct credential_used used = { .message = (unsigned char)what,
		.ticket = c->from.ticket,
		.out = c->out - c->told_out,
		.in = c->in - c->told_in };

	c->told_out = c->out;
	c->told_in = c->in;
	/* A gate that is gone takes us with it. */
	(void)!send(c->keeper->line, &used, sizeof(used), MSG_NOSIGNAL);
}

/* Of the whole job the gate counts more than what passes here: it ends our connections when that is too much. */
static bool is_over(const struct client *c)
{
	const struct keeper *k = c->keeper;
	const struct net_budget *all = &k->network.budget;

	return c->out > c->from.most_out || c->in > c->from.most_in ||
	       (all->out && k->out > all->out) || (all->in && k->in > all->in);
}

int client_count(struct client *c, uint64_t out, uint64_t in)
{
	int r = upstream_count(c->upstream, out, in);

	c->out += out;
	c->in += in;
	c->keeper->out += out;
	c->keeper->in += in;
	if (c->out - c->told_out + c->in - c->told_in >= CREDENTIAL_REPORT)
		tell(c, CREDENTIAL_USED);
	return is_over(c) ? -EDQUOT : r;
}

static void forget(struct task *task)
{
	free((char *)task - offsetof(struct client, gone));
}

/*
 * The gate has the socket too, so closing our copies does not end the waiting; and what is ready already in this round may
 * still point to the client.
 */
static void client_free(struct client *c)
{
	struct server *s = c->keeper->server;

	if (c->prev)
		c->prev->next = c->next;
	else
		s->clients = c->next;
	if (c->next)
		c->next->prev = c->prev;
	if (c->watch.fd >= 0)
		epoll_ctl(c->keeper->loop.epoll, EPOLL_CTL_DEL, c->watch.fd, NULL);
	loop_remove(&c->keeper->loop, &c->watch);
	tell(c, CREDENTIAL_END);
	c->gone.run = forget;
	task_queue(&c->keeper->loop, &c->gone);
}

void client_release(struct client *c)
{
	if (--c->requests == 0 && c->closed)
		client_free(c);
	else if (c->out != c->told_out || c->in != c->told_in)
		tell(c, CREDENTIAL_USED);
}

/* While a connection waits for the host nobody else looks whether the job is still there. */
static void watch_ready(struct source *source, uint32_t events)
{
	struct client *c = (struct client *)source;

	(void)events;
	if (c->request)
		request_abandon(c->request, "closed by the job");
}

static void notify(void *arg, struct MHD_Connection *connection, void **context,
	enum MHD_ConnectionNotificationCode what)
{
	struct server *s = arg;
	struct client *c = *context;
	int fd;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED && c) {
		c->closed = true;
		c->fd = -1;
		c->requests++;
		client_release(c);
		return;
	}
	fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	for (c = s->clients; c && c->fd != fd; c = c->next)
		;
	*context = c;
}

static struct upstream *find_upstream(const struct keeper *k, const char *name)
{
	for (size_t i = 0; i < k->network.credentials.n; i++)
		if (!strcmp(upstream_rule(k->upstreams[i])->name, name))
			return k->upstreams[i];
	return NULL;
}

static struct client *client_new(struct server *s, int fd, const struct credential_connection *from)
{
	struct client *c = xcalloc(1, sizeof(*c));

	c->watch = (struct source){ fcntl(fd, F_DUPFD_CLOEXEC, 0), watch_ready };
	c->keeper = s->keeper;
	c->from = *from;
	c->fd = fd;
	c->next = s->clients;
	if (c->next)
		c->next->prev = c;
	s->clients = c;
	return c;
}

void server_take(struct server *s, int fd, const struct credential_connection *from)
{
	const struct sockaddr_in unknown = { .sin_family = AF_INET };
	struct client *c = client_new(s, fd, from);

	c->upstream = find_upstream(s->keeper, from->credential);
	if (!c->upstream || c->watch.fd < 0 ||
		loop_add(&s->keeper->loop, &c->watch, EPOLLRDHUP | EPOLLET) < 0) {
		close(fd);
		client_free(c);
		return;
	}
	if (MHD_add_connection(s->daemon, fd, (const struct sockaddr *)&unknown, sizeof(unknown)) !=
		MHD_YES)
		client_free(c);
	task_queue(&s->keeper->loop, &s->task);
}

/* Targets are taken as they came. */
static size_t leave_escapes(void *arg, struct MHD_Connection *connection, char *text)
{
	(void)arg;
	(void)connection;
	return strlen(text);
}

int server_new(struct keeper *k, struct server **ret, struct err *err)
{
	struct server *s = xcalloc(1, sizeof(*s));

	*ret = s;
	s->keeper = k;
	s->timer.due = due;
	s->task.run = run_task;
	s->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET |
					     MHD_ALLOW_SUSPEND_RESUME |
					     MHD_USE_SUPPRESS_DATE_NO_CLOCK,
		0, NULL, NULL, handle, s, MHD_OPTION_URI_LOG_CALLBACK, take_target, s,
		MHD_OPTION_NOTIFY_COMPLETED, complete, s, MHD_OPTION_NOTIFY_CONNECTION, notify, s,
		MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)MAX_HEAD, MHD_OPTION_CONNECTION_LIMIT, (unsigned int)MAX_CLIENTS,
		MHD_OPTION_END);
	if (!s->daemon)
		return err_say(err, -EIO, "libmicrohttpd can't be started");
	s->source = (struct source){
		MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, ready
	};
	return loop_add(&k->loop, &s->source, EPOLLIN) < 0
		       ? err_say(err, -EIO, "libmicrohttpd can't be waited for")
		       : 0;
}

/* A connection that is suspended can't be ended: each is told that nobody wants its answer. */
void server_free(struct server *s)
{
	if (!s)
		return;
	for (struct client *c = s->clients; c; c = c->next)
		if (c->request)
			request_abandon(c->request, "the cage ended");
	if (s->daemon) {
		(void)!MHD_run(s->daemon);
		MHD_stop_daemon(s->daemon);
	}
	timer_clear(&s->timer);
	task_drop(&s->keeper->loop, &s->task);
}
