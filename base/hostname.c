#include "base/hostname.h"

#include <arpa/inet.h>
#include <string.h>

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

int hostname_read(const char *s, size_t len, struct hostname *ret)
{
	size_t label = 0;

	if (len && s[len - 1] == '.')
		len--;
	if (!len || len > HOSTNAME_MAX)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		char c = fold(s[i]);

		label = c == '.' ? 0 : label + 1;
		if ((c == '.' && (!i || s[i - 1] == '.')) || (c != '.' && !is_letter(c)) ||
			label > HOSTNAME_LABEL)
			return -EINVAL;
		ret->text[i] = c;
	}
	ret->text[len] = '\0';
	return label ? 0 : -EINVAL;
}

/* A last label of digits alone, or of 0x and more, is how resolvers tell an address from a name. */
static bool is_numeric(const char *name)
{
	const char *last = strrchr(name, '.');

	last = last ? last + 1 : name;
	return !strncmp(last, "0x", 2) || !last[strspn(last, "0123456789")];
}

int hostname_check_rule(const char *s, struct err *err)
{
	const char *name = strncmp(s, "*.", 2) ? s : s + 2;
	struct hostname read;

	for (const char *c = s; *c; c++)
		if ((unsigned char)*c > 127)
			return err_say(err, -EINVAL, "'%s': write it in A-labels, as xn--...", s);
	if (hostname_read(name, strlen(name), &read) < 0)
		return err_say(err, -EINVAL, "'%s' is no host name: expected NAME or '*.NAME'", s);
	if (is_numeric(read.text))
		return err_say(err, -EINVAL, "'%s' is an address: use 'cidr'", s);
	return 0;
}

bool hostname_matches(const char *rule, const char *name)
{
	size_t n = strlen(name), suffix;

	if (strncmp(rule, "*.", 2))
		return !strcmp(rule, name);
	suffix = strlen(++rule);
	return n > suffix && !strcmp(name + n - suffix, rule);
}

static const struct in6_addr mapped = { .s6_addr = { [10] = 0xff, [11] = 0xff } };
enum { MAPPED_BITS = 96 };

static void map(const void *ipv4, struct in6_addr *ret)
{
	*ret = mapped;
	memcpy(ret->s6_addr + 12, ipv4, 4);
}

static bool has_bits(const struct in6_addr *a, const struct in6_addr *b, unsigned int bits)
{
	unsigned int whole = bits / 8, rest = bits % 8;

	return !memcmp(a, b, whole) &&
	       (!rest || !((a->s6_addr[whole] ^ b->s6_addr[whole]) >> (8 - rest)));
}

bool cidr_has(const struct cidr *range, const struct in6_addr *address)
{
	/* No range of IPv6, however wide, has IPv4 in it. */
	return IN6_IS_ADDR_V4MAPPED(&range->address) == IN6_IS_ADDR_V4MAPPED(address) &&
	       has_bits(&range->address, address, range->bits);
}

static int read_address(const char *s, struct in6_addr *ret)
{
	struct in_addr ipv4;

	if (inet_pton(AF_INET6, s, ret) == 1)
		return IN6_IS_ADDR_V4MAPPED(ret) ? -EINVAL : 0;
	if (inet_pton(AF_INET, s, &ipv4) != 1)
		return -EINVAL;
	map(&ipv4, ret);
	return 0;
}

static bool is_clear_beyond(const struct cidr *range)
{
	for (unsigned int i = range->bits; i < 128; i++)
		if (range->address.s6_addr[i / 8] & (0x80 >> i % 8))
			return false;
	return true;
}

static int read_bits(const char *s, unsigned int most, unsigned int *ret)
{
	char *end;
	unsigned long bits = strtoul(s, &end, 10);

	if (*s < '0' || *s > '9' || *end || end - s > 3 || bits > most)
		return -EINVAL;
	*ret = (unsigned int)bits;
	return 0;
}

int cidr_read(const char *s, struct cidr *ret, struct err *err)
{
	const char *slash = strchr(s, '/');
	auto_free char *address = xstrndup(s, slash ? (size_t)(slash - s) : strlen(s));
	unsigned int skipped, bits;
	int r = read_address(address, &ret->address);

	skipped = r == 0 && IN6_IS_ADDR_V4MAPPED(&ret->address) ? MAPPED_BITS : 0;
	bits = 128 - skipped;
	if (r == 0 && slash)
		r = read_bits(slash + 1, bits, &bits);
	ret->bits = bits + skipped;
	if (r < 0)
		return err_say(err, r,
			"'%s' is no address range: expected as in 10.0.0.0/8 or fd00::/8", s);
	if (!is_clear_beyond(ret))
		return err_say(err, -EINVAL, "'%s' has bits beyond its mask", s);
	return 0;
}

/*
 * What the IANA special-purpose registries call not globally reachable, and multicast. Ranges by which IPv4 is reached
 * through IPv6 (NAT64, 6to4, Teredo) are among them: they could carry any of the others. Those for documentation are
 * not: nobody keeps anything there.
 */
bool address_is_public(const struct in6_addr *address)
{
#define V4(a, b, c, d, n)                                                           \
	{                                                                           \
		{ .s6_addr = { [10] = 0xff, 0xff, a, b, c, d } }, MAPPED_BITS + (n) \
	}
	static const struct cidr unicast = { { .s6_addr = { 0x20 } }, 3 };
	static const struct cidr special[] = {
		V4(0, 0, 0, 0, 8), V4(10, 0, 0, 0, 8),
		V4(100, 64, 0, 0, 10), /* carriers' NAT, and metadata services */
		V4(127, 0, 0, 0, 8), V4(169, 254, 0, 0, 16), /* link-local, and metadata services */
		V4(172, 16, 0, 0, 12), V4(192, 0, 0, 0, 24), V4(192, 88, 99, 0, 24), /* 6to4 */
		V4(192, 168, 0, 0, 16),
		V4(198, 18, 0, 0, 15), /* benchmarks: what names stand for inside of a cage */
		V4(224, 0, 0, 0, 3), /* multicast, reserved, broadcast */
		{ { .s6_addr = { 0x20, 0x01 } }, 23 }, /* protocols: Teredo, ORCHID, benchmarks */
		{ { .s6_addr = { 0x20, 0x02 } }, 16 }, /* 6to4 */
	};
#undef V4

	for (size_t i = 0; i < ARRAY_SIZE(special); i++)
		if (cidr_has(&special[i], address))
			return false;
	return IN6_IS_ADDR_V4MAPPED(address) || cidr_has(&unicast, address);
}

bool address_from_socket(const struct sockaddr *sa, struct in6_addr *ret, uint16_t *ret_port)
{
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;

		map(&in->sin_addr, ret);
		*ret_port = ntohs(in->sin_port);
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)sa;

		*ret = in6->sin6_addr;
		*ret_port = ntohs(in6->sin6_port);
		return true;
	}
	return false;
}

socklen_t address_to_socket(
	const struct in6_addr *address, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in *in = (void *)ret;
	struct sockaddr_in6 *in6 = (void *)ret;

	memset(ret, 0, sizeof(*ret));
	if (IN6_IS_ADDR_V4MAPPED(address)) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, address->s6_addr + 12, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	in6->sin6_addr = *address;
	return sizeof(*in6);
}

const char *address_text(const struct in6_addr *address, char *out)
{
	if (IN6_IS_ADDR_V4MAPPED(address))
		return inet_ntop(AF_INET, address->s6_addr + 12, out, INET6_ADDRSTRLEN);
	return inet_ntop(AF_INET6, address, out, INET6_ADDRSTRLEN);
}
