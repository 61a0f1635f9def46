#include "gate/dns.h"

#include <stdio.h>
#include <string.h>

/* Bits of the second word of the header. */
enum {
	IS_ANSWER = 0x8000,
	OPCODE = 0x7800,
	RECURSION_DESIRED = 0x0100,
	RECURSION_AVAILABLE = 0x0080,
	CLASS_IN = 1,
	CLASS_ANY = 255,
	LABEL_TYPE = 0xc0,
	EDNS_SIZE = 1232,
};

struct reader {
	const unsigned char *data;
	size_t len, at;
};

static uint16_t word_at(const unsigned char *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static bool read_word(struct reader *r, uint16_t *ret)
{
	if (r->len - r->at < 2)
		return false;
	*ret = word_at(r->data + r->at);
	r->at += 2;
	return true;
}

/* A dot in a label is none between labels, and is shown so. */
static void show(struct dns_query *q, size_t *at, unsigned char c)
{
	bool plain = c > ' ' && c < 127 && c != '.' && c != '\\';
	int n = snprintf(q->shown + *at, sizeof(q->shown) - *at, plain ? "%c" : "\\%03u", c);

	*at += (size_t)n;
}

/* Labels of a name, up to the empty one. Text grows with each; false: the message is malformed. */
static bool read_labels(struct reader *r, struct dns_query *q, struct hostname *text,
	size_t *ret_len, bool *ret_odd)
{
	size_t shown = 0, n = 0;

	for (;;) {
		size_t label = r->at < r->len ? r->data[r->at++] : LABEL_TYPE;

		if (!label)
			break;
		if (label & LABEL_TYPE || label > r->len - r->at || n + !!n + label > HOSTNAME_MAX)
			return false;
		if (n) {
			text->text[n++] = '.';
			q->shown[shown++] = '.';
		}
		for (size_t i = 0; i < label; i++) {
			unsigned char c = r->data[r->at++];

			*ret_odd = *ret_odd || c == '.' || !c;
			text->text[n++] = (char)c;
			show(q, &shown, c);
		}
	}
	q->shown[shown] = '\0';
	*ret_len = n;
	return true;
}

static bool read_name(struct reader *r, struct dns_query *q)
{
	struct hostname text;
	size_t n = 0;
	bool odd = false;

	if (!read_labels(r, q, &text, &n, &odd))
		return false;
	if (!n)
		strcpy(q->shown, ".");
	if (odd || !n || hostname_read(text.text, n, &q->name) < 0)
		q->name.text[0] = '\0';
	return true;
}

static bool read_question(struct reader *r, struct dns_query *q)
{
	size_t begin = r->at;

	if (!read_name(r, q) || !read_word(r, &q->type) || !read_word(r, &q->class))
		return false;
	q->question_len = r->at - begin;
	memcpy(q->question, r->data + begin, q->question_len);
	return true;
}

/* The one record that a query has to carry is OPT, which belongs to the root. */
static bool is_opt(const struct reader *r)
{
	return r->len - r->at >= 11 && !r->data[r->at] && word_at(r->data + r->at + 1) == DNS_OPT;
}

int dns_read(const unsigned char *message, size_t len, struct dns_query *ret)
{
	struct reader r = { message, len, DNS_HEADER };

	memset(ret, 0, sizeof(*ret));
	if (len < DNS_HEADER || word_at(message + 2) & IS_ANSWER)
		return -EINVAL;
	ret->id = word_at(message);
	ret->flags = word_at(message + 2);
	if (ret->flags & OPCODE)
		return DNS_NOTIMP;
	if (word_at(message + 4) != 1 || word_at(message + 6) || !read_question(&r, ret))
		return DNS_FORMERR;
	ret->edns = word_at(message + 10) && is_opt(&r);
	return ret->class == CLASS_IN || ret->class == CLASS_ANY ? DNS_OK : DNS_REFUSED;
}

struct writer {
	unsigned char *out;
	size_t len;
};

static void put(struct writer *w, const void *data, size_t len)
{
	memcpy(w->out + w->len, data, len);
	w->len += len;
}

static void put_word(struct writer *w, unsigned int word)
{
	const unsigned char bytes[] = { (unsigned char)(word >> 8), (unsigned char)word };

	put(w, bytes, sizeof(bytes));
}

static void put_address(struct writer *w, const struct in6_addr *address)
{
	bool ipv4 = IN6_IS_ADDR_V4MAPPED(address);
	size_t len = ipv4 ? 4 : 16;

	put_word(w, LABEL_TYPE << 8 | DNS_HEADER); /* the name of the question */
	put_word(w, ipv4 ? DNS_A : DNS_AAAA);
	put_word(w, CLASS_IN);
	put_word(w, 0);
	put_word(w, DNS_TTL);
	put_word(w, (unsigned int)len);
	put(w, address->s6_addr + 16 - len, len);
}

static void put_opt(struct writer *w)
{
	put(w, "", 1);
	put_word(w, DNS_OPT);
	put_word(w, EDNS_SIZE);
	put_word(w, 0);
	put_word(w, 0);
	put_word(w, 0);
}

size_t dns_write(const struct dns_query *query, const struct dns_answer *answer,
	unsigned char out[DNS_MAX_ANSWER])
{
	struct writer w = { out, 0 };

	put_word(&w, query->id);
	put_word(&w, IS_ANSWER | (query->flags & (OPCODE | RECURSION_DESIRED)) |
			     RECURSION_AVAILABLE | (unsigned int)answer->code);
	put_word(&w, query->question_len ? 1 : 0);
	put_word(&w, answer->address ? 1 : 0);
	put_word(&w, 0);
	put_word(&w, query->edns ? 1 : 0);
	put(&w, query->question, query->question_len);
	if (answer->address)
		put_address(&w, answer->address);
	if (query->edns)
		put_opt(&w);
	return w.len;
}

const char *dns_type_name(uint16_t type, char out[16])
{
	static const struct {
		uint16_t type;
		const char *name;
	} names[] = { { DNS_A, "A" }, { DNS_AAAA, "AAAA" }, { 2, "NS" }, { 5, "CNAME" },
		{ 6, "SOA" }, { 12, "PTR" }, { 15, "MX" }, { 16, "TXT" }, { 33, "SRV" },
		{ 35, "NAPTR" }, { 64, "SVCB" }, { 65, "HTTPS" }, { 255, "ANY" }, { 257, "CAA" } };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].type == type)
			return names[i].name;
	snprintf(out, 16, "TYPE%u", type);
	return out;
}
