/*
 * dns.h: what the cage's resolver says (RFC 1035, RFC 2308, RFC 6891).
 *
 * Queries come from the job and are hostile; nothing of them but the question goes into an answer. Names are never
 * compressed where they are read, so that reading takes one pass.
 */
#ifndef REMIT_GATE_DNS_H
#define REMIT_GATE_DNS_H

#include "base/hostname.h"

enum {
	DNS_HEADER = 12,
	DNS_MAX_QUERY = 4096,
	DNS_MAX_ANSWER = 512, /* header, question, one record, OPT: always less */
	DNS_TTL = 60, /* seconds */
};

enum dns_type { DNS_A = 1, DNS_AAAA = 28, DNS_OPT = 41 };

enum dns_code {
	DNS_OK = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5
};

struct dns_query {
	uint16_t id, flags, type, class;
	bool edns;
	unsigned char question[HOSTNAME_MAX + 2 + 4]; /* as it came */
	size_t question_len;
	struct hostname name; /* "" for a name that can be none of a host */
	char shown[HOSTNAME_MAX * 4 +
		   1]; /* the name with what is odd of it escaped, for the record */
};

/*
 * Reads one message. DNS_OK, or the code to answer with; -EINVAL for what deserves no answer: too short for a header, or
 * itself an answer. What of ret is not known is zero.
 */
int dns_read(const unsigned char *message, size_t len, struct dns_query *ret) MUST_USE;

/* What the answer carries: nothing, or one address of the type that was asked for. */
struct dns_answer {
	enum dns_code code;
	const struct in6_addr *address; /* NULL: none */
};

/* Writes an answer; its length, at most DNS_MAX_ANSWER. */
size_t dns_write(const struct dns_query *query, const struct dns_answer *answer,
	unsigned char out[DNS_MAX_ANSWER]);

/* The mnemonic of a type that clients use, or "TYPE123" in out (RFC 3597). */
const char *dns_type_name(uint16_t type, char out[16]);

#endif
