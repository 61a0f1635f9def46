#include "runner/hosts.h"

#include <string.h>

static uint64_t number_of(const json_t *event, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(event, key));

	return n > 0 ? (uint64_t)n : 0;
}

static const char *name_of(const json_t *event)
{
	const char *name = json_string_value(json_object_get(event, "name"));
	const char *address = json_string_value(json_object_get(event, "address"));

	return name ? name : address ? address : "";
}

/* NULL when there is no room for another. */
static struct host *find(struct hosts *hosts, const char *name, uint64_t port)
{
	for (size_t i = 0; i < hosts->n; i++)
		if (hosts->v[i].port == port && !strcmp(hosts->v[i].name, name))
			return &hosts->v[i];
	if (hosts->n == HOSTS_MAX)
		return NULL;
	hosts->v = xrealloc(hosts->v, hosts->n + 1, sizeof(*hosts->v));
	hosts->v[hosts->n] = (struct host){ .name = xstrdup(name), .port = port };
	return &hosts->v[hosts->n++];
}

void hosts_note(struct hosts *hosts, const json_t *event)
{
	struct host *host = find(hosts, name_of(event), number_of(event, "port"));
	const char *ended = json_string_value(json_object_get(event, "ended"));

	hosts->connections++;
	hosts->out += number_of(event, "out");
	hosts->in += number_of(event, "in");
	if (!host) {
		hosts->omitted++;
		return;
	}
	host->connections++;
	host->failed += !ended || strcmp(ended, "closed") != 0;
	host->out += number_of(event, "out");
	host->in += number_of(event, "in");
}

void hosts_done(struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->n; i++)
		free(hosts->v[i].name);
	free(hosts->v);
	*hosts = (struct hosts){ 0 };
}

static json_t *encode_host(const struct host *host)
{
	json_t *o = json_object();

	json_put_str(o, "name", host->name);
	json_put_int(o, "port", host->port);
	json_put_int(o, "connections", host->connections);
	json_put_int(o, "failed", host->failed);
	json_put_int(o, "out", host->out);
	json_put_int(o, "in", host->in);
	return o;
}

json_t *hosts_encode(const struct hosts *hosts, size_t most)
{
	json_t *o = json_object(), *reached = json_array();
	uint64_t omitted = hosts->omitted;

	for (size_t i = 0; i < hosts->n; i++)
		if (i < most)
			json_push(reached, encode_host(&hosts->v[i]));
		else
			omitted += hosts->v[i].connections;
	json_put(o, "reached", reached);
	json_put_int(o, "connections", hosts->connections);
	json_put_int(o, "out", hosts->out);
	json_put_int(o, "in", hosts->in);
	json_put_int(o, "omitted", omitted);
	return o;
}
