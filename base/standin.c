#include "base/standin.h"

#include <arpa/inet.h>
#include <string.h>

const struct cidr standin_ipv4_range = { { .s6_addr = { [10] = 0xff, 0xff, 198, 18 } }, 96 + 15 };
const struct cidr standin_ipv6_range = { { .s6_addr = { 0xfd, 0x72, 0x65, 0x6d, 0x69, 0x74 } },
	64 };

static struct in6_addr numbered(const struct cidr *range, unsigned int number)
{
	struct in6_addr address = range->address;
	uint32_t low;

	memcpy(&low, address.s6_addr + 12, sizeof(low));
	low = htonl(ntohl(low) + number);
	memcpy(address.s6_addr + 12, &low, sizeof(low));
	return address;
}

struct in6_addr standin_ipv4(unsigned int number)
{
	return numbered(&standin_ipv4_range, number);
}

struct in6_addr standin_ipv6(unsigned int number)
{
	return numbered(&standin_ipv6_range, number);
}

unsigned int standin_number(const struct in6_addr *address)
{
	bool ipv4 = cidr_has(&standin_ipv4_range, address);
	const struct cidr *range = ipv4 ? &standin_ipv4_range : &standin_ipv6_range;
	uint32_t low, first;

	if (!cidr_has(range, address))
		return 0;
	memcpy(&low, address->s6_addr + 12, sizeof(low));
	memcpy(&first, range->address.s6_addr + 12, sizeof(first));
	return ntohl(low) - ntohl(first);
}
