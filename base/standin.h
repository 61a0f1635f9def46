/*
 * standin.h: the addresses that stand for names in a cage.
 *
 * Names are numbered, and a number has one address of either family, from ranges that are local to the cage's loopback:
 * nothing that is sent to them leaves it.
 */
#ifndef REMIT_STANDIN_H
#define REMIT_STANDIN_H

#include "base/hostname.h"

/* The number of the cage's own resolver, and from which to before which those of names are. */
enum { STANDIN_SELF = 1, STANDIN_FIRST = 2, STANDIN_END = STANDIN_FIRST + (16 << 10) };

extern const struct cidr
	standin_ipv4_range; /* 198.18.0.0/15, for benchmarks by RFC 2544: nobody's */
extern const struct cidr standin_ipv6_range; /* fd72:656d:6974::/64 */

struct in6_addr standin_ipv4(unsigned int number);
struct in6_addr standin_ipv6(unsigned int number);

/* The number that an address stands for, or 0. */
unsigned int standin_number(const struct in6_addr *address);

#endif
