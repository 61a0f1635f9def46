/*
 * hostname.h: names of hosts as remit compares them, and addresses in text.
 *
 * A name is ASCII in lower case without a dot at its end, at most 253 bytes of labels of 1 to 63 letters, digits,
 * hyphens and underscores (RFC 1035, and RFC 2181 for the underscore). An internationalized name is its A-labels, as
 * RFC 5890 has them: "xn--bcher-kva.example".
 */
#ifndef REMIT_HOSTNAME_H
#define REMIT_HOSTNAME_H

#include <netinet/in.h>

#include "base/err.h"

enum { HOSTNAME_MAX = 253, HOSTNAME_LABEL = 63 };

struct hostname {
	char text[HOSTNAME_MAX + 1];
};

/* Folds letters and drops one dot at the end; -EINVAL for whatever is no name. */
int hostname_read(const char *s, size_t len, struct hostname *ret) MUST_USE;

/* A rule's host: a name, or "*." and a name. Nothing that reads as an address. */
int hostname_check_rule(const char *s, struct err *err) MUST_USE;

/* Whether rule, checked, stands for name: itself, or anything beneath "*.name", at any depth, but not name. */
bool hostname_matches(const char *rule, const char *name) MUST_USE;

/* An address range. IPv4 is kept in its mapped form, ::ffff:a.b.c.d, and bits counts from there: /8 is 104. */
struct cidr {
	struct in6_addr address;
	unsigned int bits;
};

/* "10.0.0.0/8", "fd00::/8", or an address alone; no bits may be set beyond the mask. */
int cidr_read(const char *s, struct cidr *ret, struct err *err) MUST_USE;
bool cidr_has(const struct cidr *range, const struct in6_addr *address) MUST_USE;

/* Whether an address belongs to the whole internet: it is not private, local, multicast or otherwise special. */
bool address_is_public(const struct in6_addr *address) MUST_USE;

/* Between the two forms that sockets have and the one that we keep. */
bool address_from_socket(const struct sockaddr *sa, struct in6_addr *ret, uint16_t *ret_port);
socklen_t address_to_socket(
	const struct in6_addr *address, uint16_t port, struct sockaddr_storage *ret);

/* As text; IPv4 as such. out holds INET6_ADDRSTRLEN bytes. */
const char *address_text(const struct in6_addr *address, char *out);

#endif
