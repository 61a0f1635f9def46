#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/hostname.h"

static bool reads(const char *s, size_t len, const char *as)
{
	struct hostname name = { "untouched" };
	int r = hostname_read(s, len, &name);

	return as ? r == 0 && !strcmp(name.text, as) : r == -EINVAL;
}

/* A name of len bytes, of labels of at most 63. */
static void fill(char *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = i % 64 == 63 ? '.' : 'a';
	out[len] = '\0';
}

static void test_fold(void **state)
{
	(void)state;
	ok(reads("www.Example.COM", 15, "www.example.com"), "letters are folded");
	ok(reads("a.b.", 4, "a.b"), "one dot at the end is dropped");
	ok(reads("_dmarc.x-1.example", 18, "_dmarc.x-1.example"), "underscores and hyphens stay");
	ok(reads("xn--bcher-kva.example", 21, "xn--bcher-kva.example"), "A-labels are names");
	ok(reads("example.comX", 11, "example.com"), "nothing beyond the length is read");
}

static void test_lengths(void **state)
{
	char name[300];

	(void)state;
	fill(name, 63);
	ok(reads(name, 63, name), "a label may have 63 bytes");
	memset(name, 'a', 64);
	ok(reads(name, 64, NULL), "but not 64");
	fill(name, 253);
	ok(reads(name, 253, name), "a name may have 253 bytes");
	fill(name, 254);
	ok(reads(name, 254, NULL), "but not 254");
	fill(name, 253);
	strcat(name, ".");
	ok(reads(name, 254, NULL) == false, "a dot at the end is not counted");
	strcat(name, ".");
	ok(reads(name, 255, NULL), "nor are two taken");
}

static void test_refused(void **state)
{
	static const char *const bad[] = { "", ".", "..", ".a", "a..b", "a..", "a b", " a", "a\tb",
		"a\nb", "a\x7f", "a\x01", "caf\xc3\xa9.example", "a/b", "a:1", "[::1]", "*.a", "a*",
		"a@b", "a,b", "a%62", "a\\046b", "\xe3\x80\x82" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (!reads(bad[i], strlen(bad[i]), NULL))
			fail_msg("taken: '%s'", bad[i]);
	ok(reads("a\0b", 3, NULL) && reads("\0", 1, NULL) && reads("a\0", 2, NULL),
		"NUL is no part of a name");
	for (int c = 0; c < 256; c++) {
		char one[2] = { (char)c, '\0' };
		bool letter = strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", c | 0x20) ||
			      strchr("0123456789-_", c);

		letter = letter && c && (c >= 'A' || c == '-' || (c >= '0' && c <= '9')) && c < 128;
		if ((hostname_read(one, 1, &(struct hostname){ "" }) == 0) != letter)
			fail_msg("byte %d", c);
	}
}

static void test_rule(void **state)
{
	static const struct {
		const char *rule, *said;
	} bad[] = {
		{ "1.2.3.4", "'1.2.3.4' is an address: use 'cidr'" },
		{ "1.2.3.4.", "'1.2.3.4.' is an address: use 'cidr'" },
		{ "127.1", "'127.1' is an address: use 'cidr'" },
		{ "2130706433", "'2130706433' is an address: use 'cidr'" },
		{ "0x7f.1", "'0x7f.1' is an address: use 'cidr'" },
		{ "0x7f000001", "'0x7f000001' is an address: use 'cidr'" },
		{ "1.0X2", "'1.0X2' is an address: use 'cidr'" },
		{ "0x", "'0x' is an address: use 'cidr'" },
		{ "*.1.2.3.4", "'*.1.2.3.4' is an address: use 'cidr'" },
		{ "example.7", "'example.7' is an address: use 'cidr'" },
		{ "::1", "'::1' is no host name: expected NAME or '*.NAME'" },
		{ "", "'' is no host name: expected NAME or '*.NAME'" },
		{ "*", "'*' is no host name: expected NAME or '*.NAME'" },
		{ "*.", "'*.' is no host name: expected NAME or '*.NAME'" },
		{ "*..a", "'*..a' is no host name: expected NAME or '*.NAME'" },
		{ "*a.example", "'*a.example' is no host name: expected NAME or '*.NAME'" },
		{ "a.*.example", "'a.*.example' is no host name: expected NAME or '*.NAME'" },
		{ "*.*.a", "'*.*.a' is no host name: expected NAME or '*.NAME'" },
		{ "https://a.example",
			"'https://a.example' is no host name: expected NAME or '*.NAME'" },
		{ "a.example:443", "'a.example:443' is no host name: expected NAME or '*.NAME'" },
		{ "b\xc3\xbc"
		  "cher.example",
			"'b\xc3\xbc"
			"cher.example': write it in A-labels, as xn--..." },
	};
	static const char *const good[] = { "a", "Example.COM", "*.example.com", "a.example.",
		"1.example", "4chan.org", "0x7f.example", "xn--p1ai", "*.xn--p1ai", "_a.b" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err err = { "" };

		if (hostname_check_rule(bad[i].rule, &err) != -EINVAL)
			fail_msg("taken: '%s'", bad[i].rule);
		assert_string_equal(err.text, bad[i].said);
	}
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (hostname_check_rule(good[i], NULL) < 0)
			fail_msg("refused: '%s'", good[i]);
}

static void test_matches(void **state)
{
	(void)state;
	ok(hostname_matches("example.com", "example.com"), "a name matches itself");
	ok(!hostname_matches("example.com", "www.example.com"), "and nothing beneath it");
	ok(hostname_matches("*.example.com", "www.example.com"), "a wildcard matches a child");
	ok(hostname_matches("*.example.com", "a.b.c.example.com"), "and at any depth");
	ok(!hostname_matches("*.example.com", "example.com"), "but not the apex");
	ok(!hostname_matches("*.example.com", "evilexample.com"), "nor what ends alike");
	ok(!hostname_matches("*.example.com", "www.example.com.evil.org"), "nor what begins alike");
	ok(!hostname_matches("*.example.com", "com"), "nor a parent");
	ok(!hostname_matches("*.a", ""), "nor the empty name");
}

static void refuse_cidr(const char *s, const char *said)
{
	struct cidr range;
	struct err err = { "" };

	if (cidr_read(s, &range, &err) != -EINVAL)
		fail_msg("taken: '%s'", s);
	assert_string_equal(err.text, said);
}

#define NO_RANGE " is no address range: expected as in 10.0.0.0/8 or fd00::/8"

static void test_cidr_refused(void **state)
{
	static const char *const bad[] = { "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
		"10.0.0.0/+8", "10.0.0.0/ 8", "10.0.0.0/8 ", "10.0.0.0/0x8", "10.0.0.0/8/8",
		"10.0.0.0/0008", "10.0.0/8", "010.0.0.0/8", "10", "fd00::/129", "fd00::/1000",
		"::ffff:10.0.0.0/104", "::ffff:1.2.3.4", "::ffff:0:0/96", "fe80::1%lo", "[::1]",
		"localhost", " 10.0.0.0/8", "10.0.0.0/4294967304",
		"10.0.0.0/18446744073709551624" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_free char *said = xasprintf("'%s'" NO_RANGE, bad[i]);

		refuse_cidr(bad[i], said);
	}
	refuse_cidr("10.0.0.1/8", "'10.0.0.1/8' has bits beyond its mask");
	refuse_cidr("10.0.0.1/31", "'10.0.0.1/31' has bits beyond its mask");
	refuse_cidr("128.0.0.0/0", "'128.0.0.0/0' has bits beyond its mask");
	refuse_cidr("fd00::1/64", "'fd00::1/64' has bits beyond its mask");
	refuse_cidr("fd00:0:0:1::/63", "'fd00:0:0:1::/63' has bits beyond its mask");
}

/* As the gate keeps it: IPv4 in its mapped form. */
static struct in6_addr address(const char *s)
{
	struct in6_addr a = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	if (inet_pton(AF_INET, s, a.s6_addr + 12) != 1 && inet_pton(AF_INET6, s, &a) != 1)
		fail_msg("'%s' is no address", s);
	return a;
}

static bool has(const char *range, const char *s)
{
	struct cidr c;
	struct in6_addr a = address(s);

	ok(cidr_read(range, &c, NULL) == 0, "the range is read");
	return cidr_has(&c, &a);
}

static void test_cidr_has(void **state)
{
	(void)state;
	ok(has("10.0.0.0/8", "10.255.255.255") && !has("10.0.0.0/8", "11.0.0.0") &&
			!has("10.0.0.0/8", "9.255.255.255"),
		"a range ends where its mask says");
	ok(has("10.0.0.8/29", "10.0.0.15") && !has("10.0.0.8/29", "10.0.0.16"),
		"also within a byte");
	ok(has("10.0.0.1", "10.0.0.1") && !has("10.0.0.1", "10.0.0.2"), "an address is alone");
	ok(has("0.0.0.0/0", "255.255.255.255") && has("0.0.0.0/0", "0.0.0.0"), "/0 is all");
	ok(has("fd00::/8", "fdff::1") && !has("fd00::/8", "fc00::1"), "IPv6 too");
	ok(has("::/0", "2600::1") && has("::/0", "::1"), "and all of it");
	ok(has("2001:db8::1", "2001:db8::1") && !has("2001:db8::1", "2001:db8::2"), "or one");
	ok(!has("0.0.0.0/0", "fd00::1"), "IPv6 is in no range of IPv4");
	ok(!has("::/0", "10.0.0.1") && !has("::/64", "10.0.0.1"), "nor IPv4 in one of IPv6");
}

/* The first and last address of each range of the IANA special-purpose registries, and those beside it. */
static const struct {
	const char *first, *last, *before, *after;
} special[] = {
	{ "0.0.0.0", "0.255.255.255", NULL, "1.0.0.0" },
	{ "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0" },
	{ "100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0" },
	{ "127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0" },
	{ "169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0" },
	{ "172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0" },
	{ "192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0" },
	{ "192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0" },
	{ "192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0" },
	{ "198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0" },
	{ "224.0.0.0", "239.255.255.255", "223.255.255.255", NULL },
	{ "240.0.0.0", "255.255.255.255", NULL, NULL },
	{ "::", "::", NULL, NULL },
	{ "::1", "::1", NULL, NULL },
	{ "64:ff9b::", "64:ff9b::ffff:ffff", NULL, NULL },
	{ "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", NULL, NULL },
	{ "100::", "100::ffff:ffff:ffff:ffff", NULL, NULL },
	{ "100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff", NULL, NULL },
	{ "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2000:ffff::", "2001:200::" },
	{ "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", NULL, NULL },
	{ "2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", NULL, NULL },
	{ "2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", NULL, NULL },
	{ "2001:30::", "2001:3f:ffff:ffff:ffff:ffff:ffff:ffff", NULL, NULL },
	{ "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff::", "2003::" },
	{ "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, NULL },
	{ "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, NULL },
	{ "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, NULL },
	{ "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, NULL },
	{ "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, NULL },
	{ "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::2", "2000::", "3fff::" },
};

static bool is_public(const char *s)
{
	struct in6_addr a = address(s);

	return address_is_public(&a);
}

static void test_special(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(special); i++) {
		if (is_public(special[i].first) || is_public(special[i].last))
			fail_msg("%s is held for public", special[i].first);
		if (special[i].before && !is_public(special[i].before))
			fail_msg("%s is not held for public", special[i].before);
		if (special[i].after && !is_public(special[i].after))
			fail_msg("%s is not held for public", special[i].after);
	}
	ok(!is_public("169.254.169.254") && !is_public("100.100.100.200") &&
			!is_public("fd00:ec2::254"),
		"metadata services are not public");
	ok(is_public("203.0.113.5") && is_public("2620:4f:8000::1"), "others are");
}

/* IPv4 within IPv6, in whatever form, gets at nothing that IPv4 itself would not. */
static void test_within(void **state)
{
	static const char *const forms[] = { "::ffff:127.0.0.1", "::127.0.0.1", "::10.0.0.1",
		"64:ff9b::127.0.0.1", "2002:7f00:1::1", "::ffff:0:127.0.0.1",
		"2001:0:7f00:1::", "::ffff:169.254.169.254" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (is_public(forms[i]))
			fail_msg("%s is held for public", forms[i]);
}

static void test_sockets(void **state)
{
	static const char *const texts[] = { "203.0.113.5", "0.0.0.0", "::", "2600::1", "fd00::2" };
	struct sockaddr_storage to;
	struct in6_addr back;
	char out[INET6_ADDRSTRLEN];
	uint16_t port;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct in6_addr a = address(texts[i]);
		bool ipv4 = !strchr(texts[i], ':');

		ok(address_to_socket(&a, 4711, &to) ==
				(ipv4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6)),
			"its length");
		ok(to.ss_family == (ipv4 ? AF_INET : AF_INET6), "its family");
		ok(address_from_socket((struct sockaddr *)&to, &back, &port) && port == 4711 &&
				!memcmp(&a, &back, sizeof(a)),
			"and back");
		assert_string_equal(address_text(&back, out), texts[i]);
	}
	to.ss_family = AF_UNIX;
	ok(!address_from_socket((struct sockaddr *)&to, &back, &port), "others are none");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("letters are folded, and a dot at the end is dropped", test_fold),
		TEST("labels have at most 63 bytes, names 253", test_lengths),
		TEST("only letters, digits, hyphens and underscores make a name", test_refused),
		TEST("a rule is a name or a wildcard, and no address in any spelling", test_rule),
		TEST("a wildcard matches at any depth, but not the apex", test_matches),
		TEST("what is no address range is refused with a sentence", test_cidr_refused),
		TEST("a range has the addresses of its own family", test_cidr_has),
		TEST("no special-purpose range is public, and what lies beside it is",
			test_special),
		TEST("an IPv4 address within one of IPv6 is not public", test_within),
		TEST("addresses go into sockets and back", test_sockets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
