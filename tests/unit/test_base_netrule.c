#include "tests/unit/check.h"

#include <string.h>

#include "base/netrule.h"

struct holder {
	struct list allow;
};

static const struct bind_field fields[] = {
	{ .key = "allow", .type = BIND_CUSTOM, .at = 0, .custom = &net_rules, .help = "" },
};
static BIND_TABLE(table, struct holder, "network", fields, NULL);

static int read_rules(const char *text, struct holder *ret, struct err *err)
{
	auto_doc struct doc *doc = NULL;

	bind_init(&table, ret);
	ok(doc_parse(text, strlen(text), "p", &doc, err) == 0, "it is YAML");
	return bind_decode(&table, doc, doc_root(doc), ret, err);
}

static void refuse(const char *rule, const char *said)
{
	auto_free char *text = xasprintf("allow:\n  - %s\n", rule);
	struct holder h;
	struct err err = { "" };

	if (read_rules(text, &h, &err) != -EINVAL)
		fail_msg("taken: %s", rule);
	bind_done(&table, &h);
	assert_string_equal(err.text, said);
}

/* The only rule of a text; h is the caller's. */
static const struct net_rule *take(const char *rule, struct holder *h)
{
	auto_free char *text = xasprintf("allow:\n  - %s\n", rule);
	struct err err = { "" };

	if (read_rules(text, h, &err) < 0)
		fail_msg("refused: %s: %s", rule, err.text);
	ok(h->allow.n == 1, "one rule");
	return h->allow.v;
}

static void test_contradictions(void **state)
{
	static const char one[] =
		"p:2:5: 'allow': expected exactly one of 'host', 'cidr' and 'service'";
	static const char together[] = "p:2:5: 'allow': 'service' and 'as' belong together";
	static const char hosts[] =
		"p:2:5: 'allow': 'private', 'tls' and 'credential' are for a 'host'";

	(void)state;
	refuse("{ports: [1]}", one);
	refuse("{host: a.b, cidr: 10.0.0.0/8, ports: [1]}", one);
	refuse("{host: a.b, service: 'localhost:1', as: c}", one);
	refuse("{cidr: 10.0.0.0/8, service: 'localhost:1', as: c, ports: [1]}", one);
	refuse("{cidr: 10.0.0.0/8}", "p:2:5: 'allow': 'cidr' needs 'ports'");
	refuse("{service: 'localhost:1'}", together);
	refuse("{host: a.b, as: c}", together);
	refuse("{cidr: 10.0.0.0/8, ports: [1], as: c}", together);
	refuse("{cidr: 10.0.0.0/8, ports: [1], private: true}", hosts);
	refuse("{cidr: 10.0.0.0/8, ports: [1], tls: true}", hosts);
	refuse("{cidr: 10.0.0.0/8, ports: [1], tls: false}", hosts);
	refuse("{cidr: 10.0.0.0/8, ports: [1], credential: k}", hosts);
	refuse("{service: 'localhost:1', as: c, private: true}", hosts);
	refuse("{service: 'localhost:1', as: c, tls: true}", hosts);
	refuse("{service: 'localhost:1', as: c, credential: k}", hosts);
	refuse("{service: 'localhost:1', as: c, ports: [1]}",
		"p:2:5: 'allow': 'service' says its port: leave out 'ports'");
	refuse("{host: '*.a.b', credential: k}",
		"p:2:5: 'allow': a credential is for one host: write its whole name");
	refuse("{host: a.b, credential: k, ports: [443, 80]}",
		"p:2:5: 'allow': port 80 is the credential's own: leave it out of 'ports'");
}

static void test_values(void **state)
{
	static const char *const ports[] = { "0", "65536", "-1", "''", "http", "1.5", "'080'",
		"' 80'", "0x50", "[80]", "{a: 80}", "99999999999999999999", "80-90" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		auto_free char *rule = xasprintf("{host: a.b, ports: [%s]}", ports[i]);

		refuse(rule, "p:2:25: 'ports': expected port numbers from 1 to 65535");
	}
	refuse("{host: a.b, ports: 443}",
		"p:2:24: 'ports': expected a list of 1 to 64 port numbers");
	refuse("{host: a.b, ports: []}",
		"p:2:24: 'ports': expected a list of 1 to 64 port numbers");
	refuse("{host: a.b, tls: yes}", "p:2:22: 'tls': expected true or false");
	refuse("{host: a.b, tls: 1}", "p:2:22: 'tls': expected true or false");
	refuse("{host: a.b, tls: TRUE}", "p:2:22: 'tls': expected true or false");
	refuse("{host: 10.0.0.1}", "p:2:12: 'host': '10.0.0.1' is an address: use 'cidr'");
	refuse("{host: 'a b'}", "p:2:12: 'host': 'a b' is no host name: expected NAME or '*.NAME'");
	refuse("{cidr: 10.0.0.1/8, ports: [1]}",
		"p:2:12: 'cidr': '10.0.0.1/8' has bits beyond its mask");
	refuse("{service: 'localhost:0', as: c}",
		"p:2:15: 'service': 'localhost:0': expected 'localhost:PORT'");
	refuse("{service: 'localhost:1x', as: c}",
		"p:2:15: 'service': 'localhost:1x': expected 'localhost:PORT'");
	refuse("{service: '127.0.0.1:80', as: c}",
		"p:2:15: 'service': '127.0.0.1:80': expected 'localhost:PORT'");
	refuse("{service: 'localhost:1', as: '*.c'}", "p:2:34: 'as': '*.c': expected a name");
	refuse("{service: 'localhost:1', as: 1.2.3.4}",
		"p:2:34: 'as': '1.2.3.4' is an address: use 'cidr'");
	refuse("a.b", "p:2:5: expected a map: network rule");
	refuse("{host: a.b, budget: {out: x}}",
		"p:2:31: 'out': 'x' is not a size: expected digits and k, m, g or t");
}

/* A rule of this kind with n ports. */
static void add_rule(struct buf *out, const char *kind, int first, int n)
{
	buf_addf(out, "  - {%s, ports: [%d", kind, first);
	for (int i = 1; i < n; i++)
		buf_addf(out, ", %d", first + i);
	buf_adds(out, "]}\n");
}

static void check_many(const char *one, const char *two, int n, const char *said)
{
	auto_buf struct buf text = BUF_INIT;
	struct holder h;
	struct err err = { "" };

	buf_adds(&text, "allow:\n");
	add_rule(&text, one, 1, n);
	add_rule(&text, two, 1001, 64);
	if (read_rules(buf_str(&text), &h, &err) != (*said ? -EINVAL : 0))
		fail_msg("%s: %s", one, err.text);
	bind_done(&table, &h);
	assert_string_equal(err.text, said);
}

static void test_many(void **state)
{
	static const char host[] = "host: a.b", range[] = "cidr: fd00::/8";

	(void)state;
	check_many(host, host, 64, "");
	check_many(host, range, 64, "");
	check_many(host, host, 65, "p:2:24: 'ports': expected a list of 1 to 64 port numbers");
	check_many(range, range, 1,
		"p:2:3: 'allow': the entries with 'cidr' list more than 64 ports together");
}

static void test_lists(void **state)
{
	static const char text[] = "allow: a.b\n";
	struct holder h;
	struct err err = { "" };

	(void)state;
	ok(read_rules(text, &h, &err) == -EINVAL, "a word is no list");
	bind_done(&table, &h);
	assert_string_equal(err.text, "p:1:8: 'allow': expected a list");
	ok(read_rules("allow: [{host: a.b}, {host: c.d}, {}, {host: e.f}]", &h, &err) == -EINVAL,
		"one bad rule is enough");
	bind_done(&table, &h);
	assert_string_equal(
		err.text, "p:1:35: 'allow': expected exactly one of 'host', 'cidr' and 'service'");
	ok(read_rules("allow: []", &h, &err) == 0 && h.allow.n == 0, "no rules at all");
	bind_done(&table, &h);
}

static void test_defaults(void **state)
{
	struct holder h;
	const struct net_rule *r = take("host: a.b", &h);

	(void)state;
	ok(r->ports.n == 1 && r->ports.v[0] == 443, "port 443");
	ok(r->tls == NET_TLS_443 && net_rule_wants_tls(r, 443) && !net_rule_wants_tls(r, 444),
		"TLS on port 443 alone");
	ok(!r->private && !r->credential && !r->budget.out && !r->budget.at_once, "no more");
	ok(!strcmp(net_rule_name(r), "a.b") && !strcmp(net_rule_text(r), "a.b"), "its name");
	bind_done(&table, &h);
	r = take("{host: a.b, tls: true, ports: [25, '26', 25, 443]}", &h);
	ok(r->ports.n == 3 && r->ports.v[0] == 25 && r->ports.v[1] == 26 && r->ports.v[2] == 443,
		"numbers and words; each port once");
	ok(net_rule_wants_tls(r, 25) && net_rule_has_port(r, 26) && !net_rule_has_port(r, 27),
		"TLS on all of them");
	bind_done(&table, &h);
	r = take("{host: a.b, tls: false}", &h);
	ok(r->tls == NET_TLS_OFF && !net_rule_wants_tls(r, 443), "or on none");
	bind_done(&table, &h);
	r = take("{host: a.b, credential: k}", &h);
	ok(r->ports.n == 0 && !net_rule_has_port(r, 443),
		"a credential brings no port but its own");
	bind_done(&table, &h);
}

static void test_names(void **state)
{
	struct holder h;
	const struct net_rule *r = take("host: '*.Example.COM.'", &h);

	(void)state;
	assert_string_equal(r->host, "*.example.com");
	bind_done(&table, &h);
	r = take("{service: 'localhost:5432', as: DB.Internal.}", &h);
	assert_string_equal(r->as, "db.internal");
	assert_string_equal(net_rule_name(r), "db.internal");
	assert_string_equal(net_rule_text(r), "localhost:5432");
	ok(net_rule_service_port(r) == 5432 && r->ports.n == 1 && net_rule_has_port(r, 5432) &&
			!net_rule_wants_tls(r, 443),
		"a service has the port that it says");
	bind_done(&table, &h);
	r = take("{service: 'localhost:443', as: c}", &h);
	ok(!net_rule_wants_tls(r, 443), "without TLS, even on port 443");
	bind_done(&table, &h);
	r = take("{cidr: 10.0.0.0/8, ports: [443]}", &h);
	ok(!net_rule_name(r) && !strcmp(net_rule_text(r), "10.0.0.0/8") &&
			!net_rule_wants_tls(r, 443),
		"a range has no name, so no TLS to it");
	bind_done(&table, &h);
}

static const char all[] =
	"allow:\n"
	"  - host: a.b\n"
	"  - {host: '*.C.d', ports: [22, 443], tls: true, private: true}\n"
	"  - {host: a.b, tls: false, budget: {at_once: 2, connections: 3, out: 4k, in: 5m}}\n"
	"  - {cidr: fd00::/8, ports: [1, 65535]}\n"
	"  - {service: 'localhost:80', as: web}\n"
	"  - {host: api.e, credential: k}\n"
	"  - {host: api.e, credential: k, ports: [443]}\n";

static void test_round(void **state)
{
	struct holder h, copy = { { 0 } }, back;
	auto_json json_t *first = NULL, *second = NULL, *third = NULL;

	(void)state;
	ok(read_rules(all, &h, NULL) == 0 && h.allow.n == 7, "read");
	first = bind_encode(&table, &h);
	bind_init(&table, &back);
	ok(bind_decode(&table, NULL, first, &back, NULL) == 0, "read back");
	second = bind_encode(&table, &back);
	ok(json_equal(first, second), "the same");
	net_rules_copy(&h.allow, &copy.allow);
	third = bind_encode(&table, &copy);
	ok(json_equal(first, third), "so is a copy");
	net_rules_copy(&h.allow, &copy.allow);
	ok(copy.allow.n == 14 && net_rule_has_port(&((struct net_rule *)copy.allow.v)[11], 80),
		"which is added to what was there");
	bind_done(&table, &h);
	bind_done(&table, &back);
	ok(((struct net_rule *)copy.allow.v)[2].budget.in == 5 << 20, "and does not borrow");
	bind_done(&table, &copy);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("a rule that contradicts itself is refused with its place",
			test_contradictions),
		TEST("a value that can't be is refused with its place", test_values),
		TEST("ports are bounded in number", test_many),
		TEST("rules are a list, and all of them must be good", test_lists),
		TEST("what a rule leaves out has its preset", test_defaults),
		TEST("names are folded, and services have one", test_names),
		TEST("rules read back as they were, and copies are the same", test_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
