#include "tests/unit/check.h"

#include <stdio.h>
#include <string.h>

#include "gate/book.h"

static uint16_t port_443[] = { 443 }, port_22[] = { 22, 443 };

static const struct net_rule rules[] = {
	{ .host = (char *)"one.example", .ports = { port_443, 1 } },
	{ .cidr = (char *)"10.0.0.0/8", .ports = { port_22, 2 } },
	{ .host = (char *)"*.example", .ports = { port_22, 2 } },
	{ .service = (char *)"localhost:22", .as = (char *)"db.internal", .ports = { port_22, 1 } },
	{ .host = (char *)"api.example", .credential = (char *)"key" },
};

static struct entry *find(struct book *book, const char *name)
{
	int error = -1;
	struct entry *entry = book_find(book, name, &error);

	ok(error == 0, "the book is not full");
	return entry;
}

static void test_numbers(void **state)
{
	auto_book struct book *book = book_new(rules, ARRAY_SIZE(rules));
	struct entry *one = find(book, "one.example"), *a = find(book, "a.example");

	(void)state;
	ok(one && a && one->number == STANDIN_FIRST && a->number == STANDIN_FIRST + 1,
		"numbers are given in turn");
	for (int i = 0; i < 5000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "n%d.example", i);
		ok(find(book, name)->number == (unsigned int)(STANDIN_FIRST + 2 + i), "the next");
	}
	ok(find(book, "one.example") == one && one->number == STANDIN_FIRST &&
			find(book, "a.example") == a && a->number == STANDIN_FIRST + 1,
		"an entry stays where it is, and so does its number");
}

static void test_listed(void **state)
{
	auto_book struct book *book = book_new(rules, ARRAY_SIZE(rules));

	(void)state;
	ok(!find(book, "example") && !find(book, "example.com") && !find(book, "10.0.0.1") &&
			!find(book, "localhost") && !find(book, "") && !find(book, "internal"),
		"what no rule lists has no entry");
	ok(find(book, "a.b.example") && find(book, "db.internal"), "wildcards and services have");
	ok(find(book, "x.example")->number == STANDIN_FIRST + 2, "refused names use up no number");
}

static void test_rules(void **state)
{
	auto_book struct book *book = book_new(rules, ARRAY_SIZE(rules));
	const struct entry *one = find(book, "one.example"), *api = find(book, "api.example");
	const struct entry *db = find(book, "db.internal");

	(void)state;
	ok(one->n_rules == 2 && one->rules[0] == &rules[0] && one->rules[1] == &rules[2],
		"an entry has its rules in their order");
	ok(entry_rule(one, 443) == &rules[0] && entry_rule(one, 22) == &rules[2] &&
			!entry_rule(one, 80),
		"the first that lists the port counts");
	ok(entry_rule(api, 80) == &rules[4] && entry_rule(api, 443) == &rules[2],
		"a credential has port 80");
	ok(db->n_rules == 1 && entry_rule(db, 22) == &rules[3] && !entry_rule(db, 443),
		"a service");
}

static void test_full(void **state)
{
	auto_book struct book *book = book_new(rules, ARRAY_SIZE(rules));
	int error = 0;
	char name[32];

	(void)state;
	for (int i = 0; i < STANDIN_END - STANDIN_FIRST; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		ok(book_find(book, name, &error), "there is room");
	}
	ok(!book_find(book, "more.example", &error) && error == -ENOSPC, "then the book is full");
	ok(!book_find(book, "unlisted", &error) && error == 0, "others are still not listed");
	ok(book_find(book, "n0.example", &error) && error == 0, "what is in it is found");
	ok(standin_number(&(struct in6_addr){ 0 }) == 0, "and no other address has a number");
}

static void test_standins(void **state)
{
	static const unsigned int numbers[] = { STANDIN_SELF, STANDIN_FIRST, 255, 256, 65535, 65536,
		STANDIN_END - 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct in6_addr ipv4 = standin_ipv4(numbers[i]), ipv6 = standin_ipv6(numbers[i]);

		ok(standin_number(&ipv4) == numbers[i] && standin_number(&ipv6) == numbers[i],
			"an address has the number that it stands for");
		ok(cidr_has(&standin_ipv4_range, &ipv4) && cidr_has(&standin_ipv6_range, &ipv6) &&
				!address_is_public(&ipv4) && !address_is_public(&ipv6),
			"and is nobody's");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("a name keeps its number", test_numbers),
		TEST("only names that a rule lists are in the book", test_listed),
		TEST("the first rule with the port counts", test_rules),
		TEST("a full book takes no name but forgets none", test_full),
		TEST("stand-in addresses and numbers belong together", test_standins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
