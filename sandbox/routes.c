#include "sandbox/routes.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "base/standin.h"

enum { LOOPBACK = 1, MAPPED_BITS = 96 };

struct request {
	struct nlmsghdr header;
	union {
		struct ifaddrmsg address;
		struct rtmsg route;
	};
	char attributes[64];
};

static void add_attribute(struct request *r, unsigned short type, const void *data, size_t len)
{
	struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->header.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(len);
	memcpy(RTA_DATA(a), data, len);
	r->header.nlmsg_len = (uint32_t)(NLMSG_ALIGN(r->header.nlmsg_len) + RTA_ALIGN(a->rta_len));
}

/* An address as the kernel has it: 4 bytes or 16. */
struct plain {
	unsigned char family;
	const unsigned char *bytes;
	size_t len;
	unsigned char bits;
};

static struct plain plain_of(const struct cidr *range)
{
	if (IN6_IS_ADDR_V4MAPPED(&range->address))
		return (struct plain){ AF_INET, range->address.s6_addr + 12, 4,
			(unsigned char)(range->bits - MAPPED_BITS) };
	return (struct plain){ AF_INET6, range->address.s6_addr, 16, (unsigned char)range->bits };
}

/* Asks, and waits for what came of it. */
static int ask(int sock, struct request *request)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[256];
	} answer;
	ssize_t n;

	request->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
	if (send(sock, request, request->header.nlmsg_len, 0) < 0)
		return -errno;
	n = recv(sock, &answer, sizeof(answer), 0);
	if (n < 0)
		return -errno;
	return n >= (ssize_t)NLMSG_LENGTH(sizeof(int)) && answer.header.nlmsg_type == NLMSG_ERROR
		       ? answer.error.error
		       : -EPROTO;
}

/* One address with a global scope in either family, so that resolvers believe in both. */
static int add_address(int sock, const struct cidr *own)
{
	struct plain p = plain_of(own);
	struct request r = { .header = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.address)),
				     .nlmsg_type = RTM_NEWADDR } };

	r.address = (struct ifaddrmsg){ .ifa_family = p.family,
		.ifa_prefixlen = p.bits,
		.ifa_flags = IFA_F_NODAD,
		.ifa_scope = RT_SCOPE_UNIVERSE,
		.ifa_index = LOOPBACK };
	add_attribute(&r, IFA_LOCAL, p.bytes, p.len);
	add_attribute(&r, IFA_ADDRESS, p.bytes, p.len);
	return ask(sock, &r);
}

static int add_route(int sock, const struct cidr *range)
{
	struct plain p = plain_of(range);
	const uint32_t out = LOOPBACK;
	struct request r = { .header = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.route)),
				     .nlmsg_type = RTM_NEWROUTE } };

	r.route = (struct rtmsg){ .rtm_family = p.family,
		.rtm_dst_len = p.bits,
		.rtm_table = RT_TABLE_LOCAL,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = p.family == AF_INET ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_LOCAL };
	if (p.bits)
		add_attribute(&r, RTA_DST, p.bytes, p.len);
	add_attribute(&r, RTA_OIF, &out, sizeof(out));
	return ask(sock, &r);
}

/* A kernel without IPv6 has nothing of it to lead anywhere. */
static int allow_missing(const struct cidr *range, int r)
{
	bool ipv6 = !IN6_IS_ADDR_V4MAPPED(&range->address);

	return ipv6 && (r == -EOPNOTSUPP || r == -EAFNOSUPPORT || r == -EACCES) ? 0 : r;
}

static int add_own(int sock)
{
	static const struct cidr *const ranges[] = { &standin_ipv4_range, &standin_ipv6_range };
	const struct in6_addr addresses[] = { standin_ipv4(STANDIN_SELF),
		standin_ipv6(STANDIN_SELF) };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(ranges); i++) {
		const struct cidr own = { addresses[i], 128 };

		r = allow_missing(&own, add_address(sock, &own));
		if (r == 0)
			r = allow_missing(&own, add_route(sock, ranges[i]));
	}
	return r;
}

static int add_ranges(int sock, const struct plan_network *network)
{
	const struct net_rule *rules = network->allow.v;
	struct cidr range;
	int r = 0;

	for (size_t i = 0; r == 0 && i < network->allow.n; i++)
		if (rules[i].cidr) {
			r = cidr_read(rules[i].cidr, &range, NULL);
			if (r == 0)
				r = allow_missing(&range, add_route(sock, &range));
		}
	return r;
}

int routes_add(const struct plan_network *network)
{
	auto_fd int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int r = sock < 0 ? -errno : add_own(sock);

	return r < 0 ? r : add_ranges(sock, network);
}
