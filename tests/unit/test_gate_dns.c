#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <string.h>

#include "gate/dns.h"

/* Two bytes of a message. */
#define W(n) (char)((n) >> 8), (char)((n)&0xff)

/* A query as resolvers write it: header, question, whatever comes after. */
static size_t make(unsigned char *out, const char *question, size_t len, uint16_t type)
{
	const unsigned char head[] = { 0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0 };
	const unsigned char tail[] = { (unsigned char)(type >> 8), (unsigned char)type, 0, 1 };

	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), question, len);
	memcpy(out + sizeof(head) + len, tail, sizeof(tail));
	return sizeof(head) + len + sizeof(tail);
}

#define MAKE(out, name, type) make(out, name, sizeof(name), type)

static const char www[] = "\3www\7eXample\3COM";

/* What an answer says, read by other means than what wrote it. */
struct said {
	uint16_t id, flags, counts[4], type, class;
	char name[256];
	bool has_address, has_opt;
	uint32_t ttl;
	uint16_t address_type, address_len;
	unsigned char address[16];
};

static uint16_t word(const unsigned char **p)
{
	uint16_t n = (uint16_t)((*p)[0] * 256 + (*p)[1]);

	*p += 2;
	return n;
}

static const unsigned char *read_name(const unsigned char *p, char *name)
{
	size_t n = 0;

	while (*p) {
		size_t len = *p++;

		ok(len < 64 && n + len + 1 < 256, "a label");
		memcpy(name + n, p, len);
		n += len;
		name[n++] = '.';
		p += len;
	}
	name[n] = '\0';
	return p + 1;
}

static const unsigned char *read_address(
	const unsigned char *p, const unsigned char *end, struct said *s)
{
	ok(end - p >= 12 && word(&p) == 0xc00c, "the record is of the question's name");
	s->address_type = word(&p);
	ok(word(&p) == 1, "of class IN");
	s->ttl = (uint32_t)word(&p) << 16;
	s->ttl |= word(&p);
	s->address_len = word(&p);
	ok(s->address_len <= 16 && end - p >= s->address_len, "it is whole");
	memcpy(s->address, p, s->address_len);
	s->has_address = true;
	return p + s->address_len;
}

static void read_answer(const unsigned char *p, size_t len, struct said *s)
{
	const unsigned char *end = p + len;

	ok(len >= 12 && len <= DNS_MAX_ANSWER, "an answer has a header, and a bound");
	*s = (struct said){ 0 };
	s->id = word(&p);
	s->flags = word(&p);
	for (int i = 0; i < 4; i++)
		s->counts[i] = word(&p);
	if (s->counts[0]) {
		p = read_name(p, s->name);
		s->type = word(&p);
		s->class = word(&p);
	}
	if (s->counts[1])
		p = read_address(p, end, s);
	if (s->counts[3]) {
		ok(end - p == 11 && !*p++ && word(&p) == 41 && word(&p) >= 512, "OPT");
		p += 6;
		s->has_opt = true;
	}
	ok(p == end && s->counts[0] <= 1 && s->counts[1] <= 1 && !s->counts[2] && s->counts[3] <= 1,
		"and nothing more");
}

static void answer(const struct dns_query *q, enum dns_code code, const char *ipv, struct said *s)
{
	struct in6_addr address = { .s6_addr = { [10] = 0xff, [11] = 0xff } };
	struct dns_answer a = { code, ipv ? &address : NULL };
	unsigned char out[DNS_MAX_ANSWER];

	if (ipv && inet_pton(AF_INET, ipv, address.s6_addr + 12) != 1)
		ok(inet_pton(AF_INET6, ipv, &address) == 1, "an address");
	read_answer(out, dns_write(q, &a, out), s);
	ok(s->id == q->id && s->flags & 0x8000 && (s->flags & 15) == code,
		"an answer to that query, with the code");
}

static void test_plain(void **state)
{
	unsigned char m[512];
	size_t n = MAKE(m, www, DNS_A);
	struct dns_query q;
	struct said s;

	(void)state;
	ok(dns_read(m, n, &q) == DNS_OK && q.id == 0x1234 && q.type == DNS_A && !q.edns, "read");
	assert_string_equal(q.name.text, "www.example.com");
	assert_string_equal(q.shown, "www.eXample.COM");
	answer(&q, DNS_OK, "198.18.0.2", &s);
	ok(s.has_address && s.address_type == 1 && s.address_len == 4 && s.ttl == DNS_TTL &&
			!memcmp(s.address, "\306\22\0\2", 4),
		"an address");
	ok(!strcmp(s.name, "www.eXample.COM.") && s.type == 1 && s.class == 1 && !s.has_opt,
		"and the question as it was asked");
	ok((s.flags & 0x0180) == 0x0180 && !(s.flags & 0x0660), "recursion was had, no more said");
	answer(&q, DNS_NXDOMAIN, NULL, &s);
	ok(!s.has_address && !strcmp(s.name, "www.eXample.COM."), "or there is no such name");
}

static void test_edns(void **state)
{
	/* As c-ares asks: EDNS with a cookie; and glibc with "options edns0 trust-ad". */
	static const char cares[] = { 0, W(41), W(1232), 0, 0, W(0), W(12), W(10), W(8), 1, 2, 3, 4,
		5, 6, 7, 8 };
	static const char glibc[] = { 0, W(41), W(1200), 0, 0, W(0), W(0) };
	unsigned char m[512];
	size_t n = MAKE(m, www, DNS_AAAA);
	struct dns_query q;
	struct said s;

	(void)state;
	m[11] = 1;
	memcpy(m + n, cares, sizeof(cares));
	ok(dns_read(m, n + sizeof(cares), &q) == DNS_OK && q.edns && q.type == DNS_AAAA, "c-ares");
	answer(&q, DNS_OK, "fd72:656d:6974::2", &s);
	ok(s.has_opt && s.has_address && s.address_type == 28 && s.address_len == 16 &&
			!memcmp(s.address, "\375remit\0\0\0\0\0\0\0\0\0\2", 15),
		"IPv6, and EDNS is answered with EDNS");
	m[3] = 0x20;
	memcpy(m + n, glibc, sizeof(glibc));
	ok(dns_read(m, n + sizeof(glibc), &q) == DNS_OK && q.edns, "glibc");
	for (size_t cut = 0; cut < sizeof(glibc); cut++)
		ok(dns_read(m, n + cut, &q) == DNS_OK && !q.edns, "half an OPT is none");
	m[n] = 1;
	ok(dns_read(m, n + sizeof(glibc), &q) == DNS_OK && !q.edns, "nor one of a name");
}

static void test_types(void **state)
{
	static const uint16_t types[] = { 65, 64, 33, 16, 15, 5, 2, 6, 255, 12, 0, 65535 };
	unsigned char m[512];
	struct dns_query q;
	struct said s;
	char out[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		size_t n = MAKE(m, www, types[i]);

		ok(dns_read(m, n, &q) == DNS_OK && q.type == types[i], "any type is read");
		answer(&q, DNS_OK, NULL, &s);
		ok(!s.counts[1] && s.type == types[i], "and answered with nothing");
	}
	assert_string_equal(dns_type_name(65, out), "HTTPS");
	assert_string_equal(dns_type_name(28, out), "AAAA");
	assert_string_equal(dns_type_name(65535, out), "TYPE65535");
}

static int code_with(size_t at, unsigned char value)
{
	unsigned char m[512];
	size_t n = MAKE(m, www, DNS_A);
	struct dns_query q;
	struct said s;
	int r;

	m[at] = value;
	r = dns_read(m, n, &q);
	if (r > 0)
		answer(&q, (enum dns_code)r, NULL, &s);
	return r;
}

static void test_header(void **state)
{
	(void)state;
	ok(code_with(2, 0x81) == -EINVAL, "an answer is not answered");
	ok(code_with(2, 0x08) == DNS_NOTIMP && code_with(2, 0x28) == DNS_NOTIMP &&
			code_with(2, 0x78) == DNS_NOTIMP,
		"nor is anything but a query done");
	ok(code_with(5, 0) == DNS_FORMERR && code_with(5, 2) == DNS_FORMERR &&
			code_with(4, 1) == DNS_FORMERR,
		"one question it is");
	ok(code_with(7, 1) == DNS_FORMERR, "and no answers");
	ok(code_with(12 + sizeof(www) + 3, 3) == DNS_REFUSED, "class CH is refused");
	ok(code_with(12 + sizeof(www) + 3, 255) == DNS_OK, "class ANY is not");
	ok(code_with(2, 0) == DNS_OK, "recursion need not be desired");
}

static void test_truncated(void **state)
{
	unsigned char m[512];
	size_t n = MAKE(m, www, DNS_A);
	struct dns_query q;
	struct said s;

	(void)state;
	for (size_t len = 0; len < n; len++) {
		/* The right length, so that sanitizers see what is read beyond. */
		auto_free unsigned char *copy = xmemdup(m, len ? len : 1);
		int r = dns_read(copy, len, &q);

		if (r != (len < DNS_HEADER ? -EINVAL : DNS_FORMERR))
			fail_msg("%zu bytes: %d", len, r);
		if (r < 0)
			continue;
		answer(&q, DNS_FORMERR, NULL, &s);
		ok(!s.counts[0] && q.id == 0x1234, "half a question is not echoed");
	}
	ok(dns_read(m, n, &q) == DNS_OK, "the whole is a query");
}

static int read_question(const char *name, size_t len, struct dns_query *q)
{
	unsigned char m[1024];
	size_t n = make(m, name, len, DNS_A);

	return dns_read(m, n, q);
}

static void test_pointers(void **state)
{
	static const char self[] = "\300\14", tail[] = "\3www\300\14", far[] = "\377\377",
			  forty[] = "\100abc", eighty[] = "\200abc";
	struct dns_query q;

	(void)state;
	ok(read_question(self, 2, &q) == DNS_FORMERR && read_question(tail, 6, &q) == DNS_FORMERR &&
			read_question(far, 2, &q) == DNS_FORMERR,
		"pointers are not followed");
	ok(read_question(forty, 5, &q) == DNS_FORMERR &&
			read_question(eighty, 5, &q) == DNS_FORMERR,
		"nor are other kinds of labels taken");
	for (int kind = 0x40; kind < 0x100; kind++) {
		char name[300];

		memset(name, 'a', sizeof(name));
		name[0] = (char)kind;
		name[kind + 1] = '\0';
		ok(read_question(name, (size_t)kind + 2, &q) == DNS_FORMERR,
			"not even where as many bytes follow");
	}
}

static void test_odd(void **state)
{
	static const struct {
		const char *name;
		size_t len;
		const char *shown;
	} odd[] = {
		{ "\13www.example\3com", 17, "www\\046example.com" },
		{ "\4www.\7example\3com", 18, "www\\046.example.com" },
		{ "\4.www\7example\3com", 18, "\\046www.example.com" },
		{ "\3www\7example\4com.", 18, "www.example.com\\046" },
		{ "\4www\0\7example\3com", 18, "www\\000.example.com" },
		{ "\3www\7example\4com\0", 18, "www.example.com\\000" },
		{ "\3w\nw\3com", 9, "w\\010w.com" },
		{ "\3w\33w\3com", 9, "w\\027w.com" },
		{ "\3w w\3com", 9, "w\\032w.com" },
		{ "\3w\\w\3com", 9, "w\\092w.com" },
		{ "\1*\3com", 7, "*.com" },
		{ "\4caf\351\3com", 10, "caf\\233.com" },
		{ "", 1, "." },
	};
	struct dns_query q;
	struct said s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		if (read_question(odd[i].name, odd[i].len, &q) != DNS_OK || *q.name.text)
			fail_msg("%zu: not odd", i);
		assert_string_equal(q.shown, odd[i].shown);
		answer(&q, DNS_NXDOMAIN, NULL, &s);
		ok(s.counts[0] == 1, "the question is echoed as it came");
	}
}

/* Labels of 63 bytes c, and one that makes len in all, with the dots between. */
static size_t long_name(char *out, size_t len, char c)
{
	size_t n = 0;

	while (len) {
		size_t label = len > 63 ? 63 : len;

		out[n++] = (char)label;
		memset(out + n, c, label);
		n += label;
		len -= label;
		len -= len ? 1 : 0;
	}
	out[n++] = '\0';
	return n;
}

static void test_long(void **state)
{
	char name[400];
	struct dns_query q;
	struct said s;

	(void)state;
	ok(read_question(name, long_name(name, 253, 'a'), &q) == DNS_OK &&
			strlen(q.name.text) == 253,
		"the longest name");
	q.edns = true;
	answer(&q, DNS_OK, "fd00::1", &s);
	ok(s.has_address && s.has_opt && strlen(s.name) == 254, "fits an answer with all there is");
	ok(read_question(name, long_name(name, 253, '\n'), &q) == DNS_OK && !*q.name.text &&
			strlen(q.shown) == 250 * 4 + 3,
		"and can be shown when all of it is odd");
	ok(read_question(name, long_name(name, 254, 'a'), &q) == DNS_FORMERR &&
			read_question(name, long_name(name, 380, 'a'), &q) == DNS_FORMERR,
		"no longer one");
}

static void test_many_labels(void **state)
{
	char name[600];
	size_t n = 0;
	struct dns_query q;

	(void)state;
	for (; n < 254; n += 2)
		memcpy(name + n, "\1a", 2);
	name[n] = '\0';
	ok(read_question(name, n + 1, &q) == DNS_OK && strlen(q.name.text) == 253 &&
			q.question_len == 255 + 4,
		"as many labels as there may be");
	for (; n < 520; n += 2)
		memcpy(name + n, "\1a", 2);
	name[n] = '\0';
	ok(read_question(name, n + 1, &q) == DNS_FORMERR, "and no more");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("a query is read, and its answer echoes it", test_plain),
		TEST("EDNS is answered with EDNS", test_edns),
		TEST("types other than addresses have empty answers", test_types),
		TEST("only a query of one question in class IN is served", test_header),
		TEST("a message that was cut anywhere is malformed", test_truncated),
		TEST("a question with a pointer is malformed", test_pointers),
		TEST("dots, NUL and control bytes in labels make no host's name", test_odd),
		TEST("names of 253 bytes are read and answered, longer ones malformed", test_long),
		TEST("a name has at most 127 labels", test_many_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
