/* fuzz_dns.c: bytes as the message of a client of the cage's resolver, and what it is answered. */
#include <string.h>

#include "gate/dns.h"
#include "tests/fuzz/fuzz.h"

static unsigned int word(const unsigned char *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

/* Length of a question whose labels are none of them pointers. */
static size_t skip_question(const unsigned char *p, size_t len)
{
	size_t at = 0;

	while (at < len && p[at]) {
		must(p[at] < 64);
		at += p[at] + 1U;
	}
	must(at + 5 <= len && at < 255);
	return at + 5;
}

static size_t skip_record(const unsigned char *p, size_t len, const struct dns_answer *a)
{
	bool ipv4 = IN6_IS_ADDR_V4MAPPED(a->address);
	size_t size = ipv4 ? 4 : 16;

	must(len >= 12 + size && word(p) == 0xc00c && word(p + 2) == (ipv4 ? 1 : 28));
	must(word(p + 4) == 1 && word(p + 8) == DNS_TTL && word(p + 10) == size);
	must(!memcmp(p + 12, a->address->s6_addr + 16 - size, size));
	return 12 + size;
}

static void check_answer(const unsigned char *query, size_t len, const struct dns_query *q,
	const struct dns_answer *a)
{
	unsigned char out[DNS_MAX_ANSWER];
	size_t n = dns_write(q, a, out), at = DNS_HEADER;

	must(n >= DNS_HEADER && n <= DNS_MAX_ANSWER && !memcmp(out, query, 2));
	must(out[2] & 0x80 && (out[3] & 15) == a->code && ((out[2] ^ query[2]) & 0x79) == 0);
	must(word(out + 4) == !!q->question_len && word(out + 6) == !!a->address && !word(out + 8));
	if (q->question_len) {
		size_t question = skip_question(out + at, n - at);

		must(question == q->question_len && len >= DNS_HEADER + question);
		must(!memcmp(out + at, query + at, question));
		at += question;
	}
	if (a->address)
		at += skip_record(out + at, n - at, a);
	if (q->edns)
		must(n - at == 11 && !out[at] && word(out + at + 1) == 41);
	must(word(out + 10) == q->edns && at + (q->edns ? 11 : 0) == n);
}

static void check_name(const struct dns_query *q)
{
	struct hostname again;

	must(strlen(q->shown) < sizeof(q->shown));
	for (const char *c = q->shown; *c; c++)
		must(*c > ' ' && *c < 127);
	if (!*q->name.text)
		return;
	must(hostname_read(q->name.text, strlen(q->name.text), &again) == 0);
	must(!strcmp(again.text, q->name.text) && !strcasecmp(q->shown, q->name.text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct in6_addr addresses[] = { { .s6_addr = { [10] = 0xff, 0xff, 198, 18 } },
		{ .s6_addr = { 0xfd, 0x72 } } };
	struct dns_query q;
	struct dns_answer a = { DNS_OK, NULL };
	int r = dns_read(data, size, &q);

	if (r < 0) {
		must(size < DNS_HEADER || data[2] & 0x80);
		return 0;
	}
	check_name(&q);
	a.code = (enum dns_code)r;
	check_answer(data, size, &q, &a);
	for (size_t i = 0; r == DNS_OK && i < ARRAY_SIZE(addresses); i++) {
		a.address = &addresses[i];
		check_answer(data, size, &q, &a);
	}
	return 0;
}
