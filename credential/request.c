#include "credential/request.h"

#include <string.h>

#include "base/text.h"
#include "credential/head.h"
#include "credential/server.h"
#include "credential/upstream.h"

enum { SHOWN_PATH = 400, SHOWN_METHOD = 60 };

static void run_task(struct task *task);

struct request *request_new(struct client *client, const char *target)
{
	struct request *r = xcalloc(1, sizeof(*r));

	r->client = client;
	r->target = xstrdup(target ? target : "");
	r->path = head_find_path(r->target, upstream_rule(client->upstream)->host);
	r->began = client->keeper->loop.now;
	r->length = r->in_length = -1;
	r->task.run = run_task;
	client->requests++;
	return r;
}

static json_t *describe(const struct request *r)
{
	const struct credential *rule = upstream_rule(r->client->upstream);
	const char *path = r->path ? r->path : r->target;
	auto_free char *shown = xasprintf("%.*s", SHOWN_PATH, path);
	auto_free char *method = xasprintf("%.*s", SHOWN_METHOD, r->method ? r->method : "");
	json_t *o = json_object();

	json_put_str(o, "name", rule->host);
	json_put_int(o, "port", NET_TLS_PORT);
	json_put_str(o, "credential", rule->name);
	json_put_str(o, "method", method);
	json_put_str(o, "path", shown);
	return o;
}

static const char *reached(const struct request *r)
{
	const char *address = NULL;

	if (r->easy)
		curl_easy_getinfo(r->easy, CURLINFO_PRIMARY_IP, &address);
	return address && *address ? address : NULL;
}

static void record(const struct request *r)
{
	json_t *o = describe(r);
	curl_off_t out = 0, in = 0;
	long head = 0, sent = 0;

	if (!reached(r)) {
		json_put_str(o, "what", "request");
		json_put_str(o, "error", r->why ? r->why : "the job left");
		keeper_record(r->client->keeper, "denied", o);
		return;
	}
	curl_easy_getinfo(r->easy, CURLINFO_SIZE_UPLOAD_T, &out);
	curl_easy_getinfo(r->easy, CURLINFO_SIZE_DOWNLOAD_T, &in);
	curl_easy_getinfo(r->easy, CURLINFO_HEADER_SIZE, &head);
	json_put_int(o, "status", r->refused ? r->refused : r->status);
	json_put_str(o, "reached", reached(r));
	curl_easy_getinfo(r->easy, CURLINFO_REQUEST_SIZE, &sent);
	json_put_int(o, "out", sent ? r->head_out + (uint64_t)out : 0);
	json_put_int(o, "in", (uint64_t)head + (uint64_t)in);
	json_put_int(o, "took", r->client->keeper->loop.now - r->began);
	json_put_str(o, "ended", r->why ? r->why : "closed");
	keeper_record(r->client->keeper, "connect", o);
}

static void request_free(struct request *r)
{
	struct client *client = r->client;

	lookup_drop(&r->lookup);
	if (r->begun)
		record(r);
	upstream_drop(client->upstream, r);
	task_drop(&client->keeper->loop, &r->task);
	curl_slist_free_all(r->headers);
	curl_slist_free_all(r->address);
	curl_slist_free_all(r->answer);
	queue_done(&r->out);
	queue_done(&r->in);
	free(r->target);
	free(r->method);
	free(r);
	client_release(client);
}

static void run_task(struct task *task)
{
	struct request *r =
		(struct request *)(void *)((char *)task - offsetof(struct request, task));

	if (!r->connection && (r->abandoned || !r->running))
		request_free(r);
	else
		upstream_wake(r->client->upstream, r);
}

void request_wake(struct request *r)
{
	if (r->suspended && r->connection) {
		r->suspended = false;
		MHD_resume_connection(r->connection);
		server_wake(r->client->keeper->server);
	}
	task_queue(&r->client->keeper->loop, &r->task);
}

void request_abandon(struct request *r, const char *why)
{
	r->abandoned = true;
	if (!r->why)
		r->why = why;
	request_wake(r);
}

void request_release(struct request *r, bool ended_well)
{
	r->connection = NULL;
	if (r->client->request == r)
		r->client->request = NULL;
	if (r->client->keeper->loop.over)
		request_free(r); /* there is no later */
	else if (!ended_well)
		request_abandon(r, "closed by the job");
	else
		request_wake(r);
}

void request_refuse(struct request *r, unsigned int status, const char *why)
{
	r->refused = status;
	r->why = why;
	request_wake(r);
}

/* What is wrong with where the request says that it ends, and to whom it is: then nothing after it can be read, either. */
struct framing {
	unsigned int lengths, codings, hosts;
	bool bad;
};

static enum MHD_Result see_framing(
	void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct framing *f = ((void **)arg)[0];
	struct request *r = ((void **)arg)[1];

	(void)kind;
	if (!value || !head_is_name(name) || !head_is_value(value)) {
		f->bad = true;
	} else if (!strcasecmp(name, "content-length")) {
		f->lengths++;
		r->length = (int64_t)strtoull(value, NULL, 10);
		f->bad = f->bad || r->length < 0;
	} else if (!strcasecmp(name, "transfer-encoding")) {
		f->codings++;
		f->bad = f->bad || strcasecmp(value, "chunked") != 0;
	} else if (!strcasecmp(name, "host")) {
		f->hosts++;
		f->bad = f->bad || !head_is_host(value, upstream_rule(r->client->upstream)->host);
	}
	return MHD_YES;
}

static bool has_bad_head(struct request *r)
{
	struct framing f = { 0 };
	void *arg[2] = { &f, r };

	MHD_get_connection_values(r->connection, MHD_HEADER_KIND, see_framing, arg);
	r->has_body = f.lengths || f.codings;
	return f.bad || f.hosts != 1 || f.lengths + f.codings > 1;
}

static const char *header(const struct request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

static bool is_dropped(const struct request *r, const char *name)
{
	const struct credential *rule = upstream_rule(r->client->upstream);
	const char *connection = header(r, "Connection");

	return head_is_hop(name) || (connection && head_lists(connection, name)) ||
	       head_is_same(name, rule->header, credential_header_name(rule->header)) ||
	       ((rule->methods.n || rule->paths.n) && head_is_override(name));
}

static void add_line(struct request *r, const char *line)
{
	struct curl_slist *more = curl_slist_append(r->headers, line);

	if (!more)
		abort();
	r->headers = more;
	r->head_out += strlen(line) + 2;
}

/* libcurl's way to send a header without a value is a semicolon. */
static enum MHD_Result copy_header(
	void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct request *r = arg;
	auto_free char *line = NULL;

	(void)kind;
	if (is_dropped(r, name))
		return MHD_YES;
	line = *value ? xasprintf("%s: %s", name, value) : xasprintf("%s;", name);
	add_line(r, line);
	return MHD_YES;
}

static void copy_headers(struct request *r)
{
	MHD_get_connection_values(r->connection, MHD_HEADER_KIND, copy_header, r);
	/* What libcurl would add by itself. */
	add_line(r, "Expect:");
	if (!header(r, "Accept"))
		add_line(r, "Accept:");
	if (!header(r, "Content-Type"))
		add_line(r, "Content-Type:");
	r->head_out += strlen(r->method) + strlen(r->path) + 16;
}

/* Without a body these say so by a length of none (RFC 9110, 8.6). */
static void settle_body(struct request *r)
{
	if (r->has_body)
		return;
	r->out.ended = true;
	r->has_body = !strcmp(r->method, "POST") || !strcmp(r->method, "PUT") ||
		      !strcmp(r->method, "PATCH");
	r->length = 0;
}

static void add_address(struct buf *list, const struct in6_addr *address)
{
	char text[INET6_ADDRSTRLEN];

	buf_adds(list, list->data[list->len - 1] == ':' ? "" : ",");
	buf_adds(list, address_text(address, text));
}

static void send_to(struct request *r, const struct lookup_answer *answer)
{
	struct upstream *u = r->client->upstream;
	auto_buf struct buf list = BUF_INIT;
	size_t n = 0;

	buf_addf(&list, "%s:%d:", upstream_rule(u)->host, NET_TLS_PORT);
	for (uint32_t i = 0; i < answer->n; i++)
		if (!answer->addresses[i].mapped &&
			upstream_allows(u, &answer->addresses[i].address)) {
			add_address(&list, &answer->addresses[i].address);
			n++;
		}
	r->address = n ? curl_slist_append(NULL, buf_str(&list)) : NULL;
	if (!n)
		request_refuse(r, 502,
			!answer->error		   ? "the name stands for no public address"
			: answer->error == -ENOENT ? "no such name"
						   : "the name can't be looked up");
	else if (client_count(r->client, r->head_out, 0) < 0)
		request_abandon(r, GATE_OVER_BUDGET);
	else if (!r->address || !upstream_send(u, r))
		request_refuse(r, 502, "the request can't be sent");
}

static void looked_up(struct lookup *lookup, const struct lookup_answer *answer)
{
	struct request *r =
		(struct request *)(void *)((char *)lookup - offsetof(struct request, lookup));

	send_to(r, answer);
}

static void look_up(struct request *r)
{
	const struct lookup_answer *answer;

	r->lookup.done = looked_up;
	answer = lookup_ask(
		r->client->keeper->lookups, &r->lookup, upstream_rule(r->client->upstream)->host);
	if (answer)
		send_to(r, answer);
}

/* h2c is an offer that may be passed over (RFC 9110, 7.8); whoever asks for anything else can't do without. */
static bool wants_upgrade(const struct request *r)
{
	const char *upgrade = header(r, "Upgrade");

	return upgrade && strcasecmp(upgrade, "h2c") != 0;
}

static void judge(struct request *r)
{
	const char *why = NULL;

	if (has_bad_head(r)) {
		r->keeps_body = true;
		request_refuse(r, 400, "the head of the request is not as HTTP/1.1 has it");
	} else if (!strcmp(r->method, "CONNECT") || !strcmp(r->method, "TRACE")) {
		request_refuse(r, 405, "the method can't be used with a credential");
	} else if (!r->path || (r->has_body && !strcmp(r->method, "HEAD"))) {
		request_refuse(r, 400, "the request is not one for this host");
	} else if (wants_upgrade(r)) {
		request_refuse(r, 501, "another protocol can't be used with a credential");
	} else {
		why = head_judge(upstream_rule(r->client->upstream), r->method, r->path);
		if (why)
			request_refuse(r, 403, why);
	}
}

void request_begin(struct request *r, struct MHD_Connection *connection, const char *method)
{
	r->begun = true;
	r->connection = connection;
	r->method = xstrdup(method);
	r->client->request = r;
	judge(r);
	if (r->refused) {
		/* Who waits for leave to send a body is told at once; who sends it is heard out, so that it hears us. */
		r->keeps_body = r->keeps_body || !r->has_body || header(r, "Expect");
		return;
	}
	copy_headers(r);
	settle_body(r);
	look_up(r);
}
