/* fuzz_netrule.c: bytes as the network rules of a profile. What is taken means something, and reads back as it was. */
#include <string.h>

#include "base/netrule.h"
#include "tests/fuzz/fuzz.h"

struct holder {
	struct list allow;
};

static const struct bind_field fields[] = {
	{ .key = "allow", .type = BIND_CUSTOM, .at = 0, .custom = &net_rules, .help = "" },
};
static BIND_TABLE(table, struct holder, "network", fields, NULL);

static void check_name(const char *name)
{
	size_t skip = strncmp(name, "*.", 2) ? 0 : 2;
	struct hostname again;
	auto_free char *child = xasprintf("x.%s", name + skip);

	must(hostname_check_rule(name, NULL) == 0);
	must(hostname_read(name + skip, strlen(name + skip), &again) == 0);
	must(!strcmp(again.text, name + skip));
	must(hostname_matches(name, name + skip) == !skip);
	must(hostname_matches(name, child) == !!skip);
}

/* The first and the last address are in it; what differs in a bit of the mask is not. */
static void check_range(const char *text)
{
	struct cidr range;
	struct in6_addr a;

	must(cidr_read(text, &range, NULL) == 0 && range.bits <= 128);
	a = range.address;
	must(cidr_has(&range, &a));
	for (unsigned int i = 0; i < 128; i++) {
		a = range.address;
		a.s6_addr[i / 8] ^= 0x80 >> i % 8;
		must(cidr_has(&range, &a) == (i >= range.bits) ||
			(i >= range.bits && IN6_IS_ADDR_V4MAPPED(&a)));
	}
}

static void check_rule(const struct net_rule *r)
{
	must(!!r->host + !!r->cidr + !!r->service == 1 && !r->service == !r->as);
	must(r->ports.n ? r->ports.n <= NET_MAX_PORTS : !!r->credential);
	for (size_t i = 0; i < r->ports.n; i++)
		must(r->ports.v[i] && net_rule_has_port(r, r->ports.v[i]));
	must(!r->credential ||
		(r->host && *r->host != '*' && !net_rule_has_port(r, NET_HTTP_PORT)));
	must(r->host || (!r->private && !net_rule_wants_tls(r, NET_TLS_PORT)));
	must(!r->service || net_rule_has_port(r, net_rule_service_port(r)));
	if (net_rule_name(r))
		check_name(net_rule_name(r));
	if (r->cidr)
		check_range(r->cidr);
}

static void check(const struct holder *h)
{
	const struct net_rule *rules = h->allow.v;
	auto_json json_t *written = bind_encode(&table, h), *copied = NULL;
	struct holder copy = { { 0 } };

	for (size_t i = 0; i < h->allow.n; i++)
		check_rule(&rules[i]);
	fuzz_again(&table, h, written);
	net_rules_copy(&h->allow, &copy.allow);
	copied = bind_encode(&table, &copy);
	must(json_equal(written, copied));
	bind_done(&table, &copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_buf struct buf input = BUF_INIT;
	auto_doc struct doc *doc = NULL;
	struct holder h;
	struct err err = { "" };

	buf_add(&input, data, size);
	if (doc_parse(buf_str(&input), input.len, "f", &doc, &err) < 0)
		return 0;
	if (fuzz_bind(&table, doc, &h))
		check(&h);
	bind_done(&table, &h);
	return 0;
}
