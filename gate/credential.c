#include "gate/credential.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/fdpass.h"
#include "base/gatewire.h"

enum { SEND_MS = 10, LAST_WORDS_MS = 2000 };

/* A connection that the other process has. */
struct handed {
	uint32_t ticket;
	int fd;
	struct usage *usages[2]; /* the rule's and the job's */
	bool over; /* it was ended here */
	const char *name; /* of the rule's host */
	struct handed *next;
};

struct line {
	struct source source; /* first */
	struct gate *gate;
};

static void deny(struct gate *gate, int fd, const char *name, const char *why)
{
	json_t *o = json_object();

	json_put_str(o, "what", "connection");
	json_put_str(o, "name", name);
	json_put_int(o, "port", NET_HTTP_PORT);
	json_put_str(o, "error", why);
	record_denied(&gate->recorder, o, peer_of_socket(fd));
}

/* A reset, so that nobody takes this for the end of an answer. */
static void reset(int fd)
{
	const struct linger at_once = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

static uint64_t rest(uint64_t most, uint64_t used)
{
	if (!most)
		return UINT64_MAX;
	return most > used ? most - used : 0;
}

static uint64_t least_rest(struct usage *const usages[2], bool out)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 2; i++) {
		const struct net_budget *b = usages[i]->budget;
		uint64_t one = out ? rest(b->out, usages[i]->out) : rest(b->in, usages[i]->in);

		least = one < least ? one : least;
	}
	return least;
}

static bool is_over(struct usage *const usages[2])
{
	for (int i = 0; i < 2; i++) {
		const struct usage *u = usages[i];

		if ((u->budget->at_once && u->at_once > u->budget->at_once) ||
			(u->budget->connections && u->connections > u->budget->connections))
			return true;
	}
	return !least_rest(usages, true) || !least_rest(usages, false);
}

static void forget(struct handed **at)
{
	struct handed *h = *at;

	*at = h->next;
	for (int i = 0; i < 2; i++)
		h->usages[i]->at_once--;
	if (h->fd >= 0)
		close(h->fd);
	free(h);
}

static struct handed **find(struct gate *gate, uint32_t ticket)
{
	struct handed **at = &gate->handed;

	while (*at && (*at)->ticket != ticket)
		at = &(*at)->next;
	return at;
}

/* What passed counts for others, too: who has used the last of a budget ends all that share it. */
static void end_those_over(struct gate *gate)
{
	for (struct handed *h = gate->handed; h; h = h->next)
		if (!h->over && (!least_rest(h->usages, true) || !least_rest(h->usages, false))) {
			h->over = true;
			shutdown(h->fd, SHUT_RDWR);
			deny(gate, h->fd, h->name, GATE_OVER_BUDGET);
		}
}

static int take_used(struct gate *gate, const struct credential_used *used)
{
	struct handed **at = find(gate, used->ticket);

	if (!*at)
		return -EPROTO;
	for (int i = 0; i < 2; i++) {
		(*at)->usages[i]->out += used->out;
		(*at)->usages[i]->in += used->in;
	}
	if (used->message == CREDENTIAL_END)
		forget(at);
	end_those_over(gate);
	return 0;
}

static int take_record(struct gate *gate, const char *text, size_t len)
{
	json_t *fields = NULL;
	auto_free char *type = NULL;
	int r = json_parse(text, len, "credential", &fields, NULL);

	if (r == 0 && json_is_string(json_object_get(fields, "type")))
		type = xstrdup(json_string_value(json_object_get(fields, "type")));
	json_object_del(fields, "type");
	if (type && !strcmp(type, "connect"))
		record(&gate->recorder, type, fields);
	else if (type && !strcmp(type, "denied"))
		record_denied(&gate->recorder, fields, (struct peer){ 0 });
	else
		json_decref(fields);
	return type ? 0 : -EPROTO;
}

/* Without it the connections that it had are over, and there are no more. */
static void lose(struct gate *gate, const char *why)
{
	gate->credentials = -1;
	while (gate->handed) {
		if (!gate->handed->over)
			deny(gate, gate->handed->fd, gate->handed->name, why);
		reset(gate->handed->fd);
		gate->handed->fd = -1;
		forget(&gate->handed);
	}
}

/* 0, -EAGAIN when there is nothing to hear, or what shows that there never will be. */
static int hear(struct gate *gate, int sock, int flags)
{
	union {
		char text[1 + WIRE_MAX_RECORD];
		struct credential_used used;
	} message;
	ssize_t n = recv(sock, &message, sizeof(message), flags | MSG_TRUNC);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -EPIPE;
	if (message.text[0] == CREDENTIAL_RECORD && n <= (ssize_t)sizeof(message))
		return take_record(gate, message.text + 1, (size_t)n - 1);
	return n == (ssize_t)sizeof(message.used) ? take_used(gate, &message.used) : -EPROTO;
}

static void ready(struct source *source, uint32_t events)
{
	struct gate *gate = ((struct line *)source)->gate;
	int r;

	(void)events;
	do
		r = hear(gate, source->fd, MSG_DONTWAIT);
	while (r == 0);
	if (r == -EAGAIN)
		return;
	loop_remove(&gate->loop, source);
	lose(gate, "the keeper of the credentials is gone");
}

int credential_begin(struct gate *gate)
{
	const struct timeval send_time = { .tv_usec = SEND_MS * 1000 };
	const struct timeval last_time = { .tv_sec = LAST_WORDS_MS / 1000 };
	struct line *line;

	if (gate->credentials < 0)
		return 0;
	/* It may be busy telling us something: neither must wait for the other for ever. */
	if (setsockopt(gate->credentials, SOL_SOCKET, SO_SNDTIMEO, &send_time, sizeof(send_time)) <
			0 ||
		setsockopt(gate->credentials, SOL_SOCKET, SO_RCVTIMEO, &last_time,
			sizeof(last_time)) < 0)
		return -errno;
	line = xcalloc(1, sizeof(*line));
	*line = (struct line){ { gate->credentials, ready }, gate };
	return loop_add(&gate->loop, &line->source, EPOLLIN | EPOLLRDHUP);
}

static uint32_t next_ticket(const struct gate *gate)
{
	return gate->handed ? gate->handed->ticket + 1 : 1;
}

static void count(struct usage *const usages[2])
{
	for (int i = 0; i < 2; i++) {
		usages[i]->at_once++;
		usages[i]->connections++;
	}
}

static struct handed *keep(struct gate *gate, int fd, const struct target *target)
{
	struct handed *h = xcalloc(1, sizeof(*h));

	*h = (struct handed){ next_ticket(gate), fd, { gate_usage(gate, target->rule), &gate->job },
		false, target->rule->host, gate->handed };
	gate->handed = h;
	count(h->usages);
	return h;
}

static int send_over(const struct gate *gate, const struct handed *h, const char *credential)
{
	struct credential_connection c = { .ticket = h->ticket,
		.most_out = least_rest(h->usages, true),
		.most_in = least_rest(h->usages, false) };

	if (gate->credentials < 0)
		return -EPIPE;
	if (strlen(credential) >= sizeof(c.credential))
		return -EINVAL;
	strcpy(c.credential, credential);
	return fdpass_send(gate->credentials, &c, sizeof(c), &h->fd, 1);
}

void credential_hand_over(struct gate *gate, int fd, const struct target *target)
{
	struct handed *h = keep(gate, fd, target);
	int r = is_over(h->usages) ? -EDQUOT : send_over(gate, h, target->rule->credential);

	if (r == 0)
		return;
	deny(gate, h->fd, h->name,
		r == -EDQUOT   ? GATE_OVER_BUDGET
		: r == -EPIPE  ? "the keeper of the credentials is gone"
		: r == -EAGAIN ? "the keeper of the credentials is busy"
			       : "the connection can't be handed over");
	reset(h->fd);
	h->fd = -1;
	forget(&gate->handed);
}

void credential_end(struct gate *gate)
{
	int r = 0;

	if (gate->credentials < 0)
		return;
	shutdown(gate->credentials, SHUT_WR);
	while (r == 0)
		r = hear(gate, gate->credentials, 0);
	lose(gate, "the cage ended");
}
