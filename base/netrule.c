#include "base/netrule.h"

#include <string.h>

#include "base/text.h"

#define AT(type, member) .at = offsetof(struct type, member)

static int read_port(const char *s, uint16_t *ret, struct err *err)
{
	uint64_t port;
	int r = text_uint(s, 1, 65535, &port, err);

	*ret = r < 0 ? 0 : (uint16_t)port;
	return r;
}

static void add_port(struct ports *ports, uint16_t port)
{
	ports->v = xrealloc(ports->v, ports->n + 1, sizeof(*ports->v));
	ports->v[ports->n++] = port;
}

static bool has_port(const struct ports *ports, uint16_t port)
{
	for (size_t i = 0; i < ports->n; i++)
		if (ports->v[i] == port)
			return true;
	return false;
}

static int decode_port(
	const struct doc *doc, const json_t *value, struct ports *ports, struct err *err)
{
	auto_free char *number = json_is_integer(value)
					 ? xasprintf("%lld", (long long)json_integer_value(value))
					 : NULL;
	const char *s = number ? number : json_string_value(value);
	struct err inner = { "" };
	uint16_t port;

	if (!s || read_port(s, &port, &inner) < 0)
		return doc_fail(doc, value, err, "'ports': expected port numbers from 1 to 65535");
	if (!has_port(ports, port))
		add_port(ports, port);
	return 0;
}

static int decode_ports(const struct doc *doc, const json_t *value, void *p, struct err *err)
{
	size_t i;
	json_t *item;
	int r = 0;

	if (!json_array_size(value) || json_array_size(value) > NET_MAX_PORTS)
		return doc_fail(doc, value, err, "'ports': expected a list of 1 to %d port numbers",
			NET_MAX_PORTS);
	json_array_foreach (value, i, item)
		if (r == 0)
			r = decode_port(doc, item, p, err);
	return r;
}

static json_t *encode_ports(const void *p)
{
	const struct ports *ports = p;
	json_t *list = ports->n ? json_array() : NULL;

	for (size_t i = 0; i < ports->n; i++)
		json_push(list, json_integer(ports->v[i]));
	return list;
}

static void done_ports(void *p)
{
	struct ports *ports = p;

	free(ports->v);
	*ports = (struct ports){ 0 };
}

static json_t *schema_ports(void)
{
	return json_pack("{s:s, s:i, s:i, s:{s:s, s:i, s:i}}", "type", "array", "minItems", 1,
		"maxItems", NET_MAX_PORTS, "items", "type", "integer", "minimum", 1, "maximum",
		65535);
}

static const struct bind_custom ports_custom = { decode_ports, encode_ports, done_ports,
	schema_ports };

/* A truth value in a document is a word, in a plan it is one of JSON's. */
static int decode_tls(const struct doc *doc, const json_t *value, void *p, struct err *err)
{
	const char *s = json_string_value(value);
	bool on = json_is_true(value) || (s && !strcmp(s, "true"));

	if (!on && !json_is_false(value) && !(s && !strcmp(s, "false")))
		return doc_fail(doc, value, err, "'tls': expected true or false");
	*(unsigned int *)p = on ? NET_TLS_ON : NET_TLS_OFF;
	return 0;
}

static json_t *encode_tls(const void *p)
{
	unsigned int tls = *(const unsigned int *)p;

	return tls == NET_TLS_443 ? NULL : json_boolean(tls == NET_TLS_ON);
}

static void done_tls(void *p)
{
	*(unsigned int *)p = NET_TLS_443;
}

static json_t *schema_tls(void)
{
	return json_pack("{s:s}", "type", "boolean");
}

static const struct bind_custom tls_custom = { decode_tls, encode_tls, done_tls, schema_tls };

static const struct bind_field budget_fields[] = {
	{ .key = "at_once",
		.type = BIND_INT,
		AT(net_budget, at_once),
		.max = 1 << 20,
		.help = "Connections at once" },
	{ .key = "connections",
		.type = BIND_INT,
		AT(net_budget, connections),
		.max = 1ULL << 40,
		.help = "Connections in all" },
	{ .key = "out",
		.type = BIND_SIZE,
		AT(net_budget, out),
		.help = "Bytes that the job may send" },
	{ .key = "in",
		.type = BIND_SIZE,
		AT(net_budget, in),
		.help = "Bytes that the job may get" },
};
const struct bind_table net_budget_table = { "budget", sizeof(struct net_budget), budget_fields,
	ARRAY_SIZE(budget_fields),
	"How much of the network may be used; what goes beyond is closed" };

static int check_cidr(const char *s, struct err *err)
{
	struct cidr range;

	return cidr_read(s, &range, err);
}

static int check_service(const char *s, struct err *err)
{
	static const char host[] = "localhost:";
	struct err inner = { "" };
	uint16_t port;

	if (!text_starts(s, host) || read_port(s + strlen(host), &port, &inner) < 0)
		return err_say(err, -EINVAL, "'%s': expected 'localhost:PORT'", s);
	return 0;
}

static int check_name(const char *s, struct err *err)
{
	if (*s == '*')
		return err_say(err, -EINVAL, "'%s': expected a name", s);
	return hostname_check_rule(s, err);
}

static const struct bind_field rule_fields[] = {
	{ .key = "host",
		.type = BIND_STR,
		AT(net_rule, host),
		.check = hostname_check_rule,
		.help = "A host name, or '*.' and a name for all beneath it" },
	{ .key = "cidr",
		.type = BIND_STR,
		AT(net_rule, cidr),
		.check = check_cidr,
		.help = "Addresses that are connected to as such; needs 'ports'" },
	{ .key = "service",
		.type = BIND_STR,
		AT(net_rule, service),
		.check = check_service,
		.help = "'localhost:PORT': one port of the host's own loopback; needs 'as'" },
	{ .key = "as",
		.type = BIND_STR,
		AT(net_rule, as),
		.check = check_name,
		.help = "The name that the service has in the cage" },
	{ .key = "ports",
		.type = BIND_CUSTOM,
		AT(net_rule, ports),
		.custom = &ports_custom,
		.help = "TCP ports; 443 when absent" },
	{ .key = "tls",
		.type = BIND_CUSTOM,
		AT(net_rule, tls),
		.custom = &tls_custom,
		.help = "Whether only TLS to that very name passes; when absent, port 443 alone is so" },
	{ .key = "private",
		.type = BIND_BOOL,
		AT(net_rule, private),
		.help = "Whether the name may stand for private addresses" },
	{ .key = "credential",
		.type = BIND_STR,
		AT(net_rule, credential),
		.help = "The credential that the gate adds to plain HTTP on port 80" },
	{ .key = "budget",
		.type = BIND_STRUCT,
		AT(net_rule, budget),
		.sub = &net_budget_table,
		.help = "Bounds for what this entry allows" },
};
static BIND_TABLE(rule_table, struct net_rule, "network rule", rule_fields, NULL);

/* What is said in words of a rule that can't be. */
static const char *find_contradiction(const struct net_rule *r)
{
	if (!!r->host + !!r->cidr + !!r->service != 1)
		return "expected exactly one of 'host', 'cidr' and 'service'";
	if (r->cidr && !r->ports.n)
		return "'cidr' needs 'ports'";
	if (!r->service != !r->as)
		return "'service' and 'as' belong together";
	if (!r->host && (r->private || r->credential || r->tls != NET_TLS_443))
		return "'private', 'tls' and 'credential' are for a 'host'";
	if (r->service && r->ports.n)
		return "'service' says its port: leave out 'ports'";
	if (r->credential && *r->host == '*')
		return "a credential is for one host: write its whole name";
	if (r->credential && has_port(&r->ports, NET_HTTP_PORT))
		return "port 80 is the credential's own: leave it out of 'ports'";
	return NULL;
}

/* One spelling, so that nobody need fold letters again. */
static void fold(char *name)
{
	struct hostname read;
	size_t skip = name && *name == '*' ? 2 : 0;

	if (name && hostname_read(name + skip, strlen(name + skip), &read) == 0)
		strcpy(name + skip, read.text);
}

static void settle(struct net_rule *r)
{
	fold(r->host);
	fold(r->as);
	if (r->service)
		add_port(&r->ports, net_rule_service_port(r));
	else if (!r->ports.n && !r->credential)
		add_port(&r->ports, NET_TLS_PORT);
}

/* As it was written: what settle adds is added again. */
static bool is_preset(const struct net_rule *r)
{
	return r->service != NULL;
}

static int decode_rule(
	const struct doc *doc, const json_t *value, struct net_rule *ret, struct err *err)
{
	const char *why;
	int r = bind_decode(&rule_table, doc, value, ret, err);

	if (r < 0)
		return r;
	why = find_contradiction(ret);
	if (why)
		return doc_fail(doc, value, err, "'allow': %s", why);
	settle(ret);
	return 0;
}

/* Each port of a range is listened on from the beginning. */
static size_t count_range_ports(const struct list *list)
{
	const struct net_rule *rules = list->v;
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += rules[i].cidr ? rules[i].ports.n : 0;
	return n;
}

static int decode_rules(const struct doc *doc, const json_t *value, void *p, struct err *err)
{
	struct list *list = p;
	size_t i;
	json_t *item;
	int r = 0;

	if (!json_is_array(value))
		return doc_fail(doc, value, err, "'allow': expected a list");
	json_array_foreach (value, i, item) {
		struct net_rule *rules;

		if (r < 0)
			break;
		list->v = rules = xrealloc(list->v, list->n + 1, sizeof(*rules));
		bind_init(&rule_table, &rules[list->n]);
		r = decode_rule(doc, item, &rules[list->n++], err);
	}
	if (r == 0 && count_range_ports(list) > NET_MAX_PORTS)
		return doc_fail(doc, value, err,
			"'allow': the entries with 'cidr' list more than 64 ports together");
	return r;
}

static json_t *encode_rules(const void *p)
{
	const struct list *list = p;
	const struct net_rule *rules = list->v;
	json_t *out = json_array();

	for (size_t i = 0; i < list->n; i++) {
		json_t *rule = bind_encode(&rule_table, &rules[i]);

		if (is_preset(&rules[i]))
			json_object_del(rule, "ports");
		json_push(out, rule);
	}
	return out;
}

static void done_rules(void *p)
{
	struct list *list = p;
	struct net_rule *rules = list->v;

	for (size_t i = 0; i < list->n; i++)
		bind_done(&rule_table, &rules[i]);
	free(list->v);
	*list = (struct list){ 0 };
}

static json_t *schema_rules(void)
{
	json_t *rule = bind_schema(&rule_table);

	json_put(rule, "oneOf",
		json_pack("[{s:[s]}, {s:[s,s]}, {s:[s,s]}]", "required", "host", "required", "cidr",
			"ports", "required", "service", "as"));
	return json_pack("{s:s, s:o}", "type", "array", "items", rule);
}

const struct bind_custom net_rules = { decode_rules, encode_rules, done_rules, schema_rules };

void net_rules_copy(const struct list *from, struct list *to)
{
	auto_json json_t *json = encode_rules(from);

	/* What was read once reads again. */
	if (decode_rules(NULL, json, to, NULL) < 0)
		abort();
}

bool net_rule_has_port(const struct net_rule *rule, uint16_t port)
{
	return has_port(&rule->ports, port);
}

bool net_rule_wants_tls(const struct net_rule *rule, uint16_t port)
{
	return rule->tls == NET_TLS_ON ||
	       (rule->host && rule->tls == NET_TLS_443 && port == NET_TLS_PORT);
}

const char *net_rule_name(const struct net_rule *rule)
{
	return rule->host ? rule->host : rule->as;
}

uint16_t net_rule_service_port(const struct net_rule *rule)
{
	return (uint16_t)strtoul(strrchr(rule->service, ':') + 1, NULL, 10);
}

const char *net_rule_text(const struct net_rule *rule)
{
	return rule->host ? rule->host : rule->cidr ? rule->cidr : rule->service;
}
