#include "credential/answer.h"

#include <string.h>

#include "base/json.h"
#include "credential/head.h"

enum { BLOCK = 32 << 10 };

void answer_suspend(struct request *r)
{
	if (r->suspended)
		return;
	r->suspended = true;
	MHD_suspend_connection(r->connection);
}

/* In the form in which clients of most models show errors. */
static enum MHD_Result give_own(struct request *r)
{
	auto_json json_t *body = json_object();
	auto_free char *message = xasprintf("remit: %s", r->why), *text = NULL;
	struct MHD_Response *response;
	enum MHD_Result queued;
	json_t *error = json_object();

	json_put_str(error, "type", "remit");
	json_put_str(error, "message", message);
	json_put(body, "error", error);
	text = json_canonical(body);
	response = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_COPY);
	if (!response)
		return MHD_NO;
	queued = MHD_add_response_header(response, "Content-Type", "application/json");
	if (queued == MHD_YES)
		queued = MHD_queue_response(r->connection, r->refused, response);
	MHD_destroy_response(response);
	return queued;
}

static ssize_t read_body(void *arg, uint64_t at, char *to, size_t max)
{
	struct request *r = arg;
	size_t n = r->abandoned ? 0 : queue_take(&r->in, to, max);

	(void)at;
	if (n || r->abandoned) {
		task_queue(&r->client->keeper->loop, &r->task);
		return n ? (ssize_t)n : MHD_CONTENT_READER_END_WITH_ERROR;
	}
	if (r->in.ended)
		return r->why ? MHD_CONTENT_READER_END_WITH_ERROR
			      : MHD_CONTENT_READER_END_OF_STREAM;
	answer_suspend(r);
	return 0;
}

static const char *find_connection(const struct request *r)
{
	static const char name[] = "connection:";

	for (const struct curl_slist *s = r->answer; s; s = s->next)
		if (!strncasecmp(s->data, name, strlen(name)))
			return s->data + strlen(name);
	return "";
}

/* One that can't be as it is, is left out: an empty value says nothing. */
static void add_header(const struct request *r, struct MHD_Response *response, const char *line,
	const char *listed)
{
	size_t len = strcspn(line, ":");
	auto_free char *name = xstrndup(line, len);
	const char *value = line + len;

	value += *value == ':';
	value += strspn(value, " \t");
	if (head_is_hop(name) || head_lists(listed, name) || !head_is_name(name) ||
		!head_is_value(value))
		return;
	(void)r;
	(void)MHD_add_response_header(response, name, value);
}

static enum MHD_Result give_answer(struct request *r)
{
	uint64_t size = r->in_length >= 0 ? (uint64_t)r->in_length : MHD_SIZE_UNKNOWN;
	const char *listed = find_connection(r);
	struct MHD_Response *response;
	enum MHD_Result queued;

	if (r->status == 204 || r->status == 304)
		size = 0;
	response = MHD_create_response_from_callback(size, BLOCK, read_body, r, NULL);
	if (!response)
		return MHD_NO;
	for (const struct curl_slist *s = r->answer; s; s = s->next)
		add_header(r, response, s->data, listed);
	queued = MHD_queue_response(r->connection, r->status, response);
	MHD_destroy_response(response);
	return queued;
}

enum MHD_Result answer_give(struct request *r)
{
	if (r->abandoned)
		return MHD_NO;
	if (r->refused)
		return give_own(r);
	if (r->answered)
		return give_answer(r);
	answer_suspend(r);
	return MHD_YES;
}
