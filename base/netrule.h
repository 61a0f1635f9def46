/* netrule.h: what of the network a profile lists, and a plan carries to the gate. */
#ifndef REMIT_NETRULE_H
#define REMIT_NETRULE_H

#include "base/bind.h"
#include "base/hostname.h"

enum { NET_MAX_PORTS = 64 }; /* of one rule, and of all those with a range of addresses together */

struct ports {
	uint16_t *v;
	size_t n;
};

/* Whether a client must begin with TLS and the name that it connected to. */
enum net_tls { NET_TLS_443, NET_TLS_ON, NET_TLS_OFF };

/* 0: no bound. */
struct net_budget {
	uint64_t at_once, connections;
	uint64_t out, in; /* bytes that the job sends and gets */
};

/* Exactly one of host, cidr and service is there. */
struct net_rule {
	char *host; /* hostname_check_rule */
	char *cidr; /* cidr_read */
	char *service; /* "localhost:PORT", of the host */
	char *as; /* the name that a service has in the cage */
	struct ports
		ports; /* what a job may connect to; never empty once read, but under a credential */
	unsigned int tls; /* enum net_tls */
	bool private; /* the name may stand for addresses that are not public */
	char *credential; /* its name; the job speaks HTTP to port 80, and the gate HTTPS to the host */
	struct net_budget budget;
};

/* A field of struct list of struct net_rule. */
extern const struct bind_custom net_rules;
extern const struct bind_table net_budget_table;

/* Adds copies of what is in from, as net_rules read it, to to. */
void net_rules_copy(const struct list *from, struct list *to);

bool net_rule_has_port(const struct net_rule *rule, uint16_t port);
bool net_rule_wants_tls(const struct net_rule *rule, uint16_t port);

/* The name in the cage of what a rule lists; NULL for a range of addresses. */
const char *net_rule_name(const struct net_rule *rule);

/* Of a service: the port of the host's loopback. */
uint16_t net_rule_service_port(const struct net_rule *rule);

/* How a person would call it: its host, range or service. */
const char *net_rule_text(const struct net_rule *rule);

/* On NET_HTTP_PORT the host of a credential is spoken to in plain HTTP. */
enum { NET_HTTP_PORT = 80, NET_TLS_PORT = 443, DNS_PORT = 53 };

#endif
