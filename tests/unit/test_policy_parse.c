#include <dirent.h>
#include <fcntl.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/text.h"
#include "tests/unit/policy_case.h"

#define VALID "tests/data/valid/policy/"
#define INVALID "tests/data/invalid/policy/"

static void read_text(const char *path, struct buf *out)
{
	struct err err = { "" };

	if (file_read(AT_FDCWD, path, 1 << 20, out, &err) < 0)
		fail_msg("%s", err.text);
}

static int parse(const char *path, const char *name, struct policy **ret, struct err *err)
{
	auto_buf struct buf text = BUF_INIT;

	read_text(path, &text);
	return policy_parse(buf_str(&text), text.len, name, POLICY_OPERATOR, ret, err);
}

static void must_parse(const char *dir, const char *name)
{
	auto_free char *path = xasprintf("%s%s", dir, name);
	struct policy *p CLEANUP(cleanup_policy_free) = NULL;
	struct err err = { "" };

	if (parse(path, name, &p, &err) < 0)
		fail_msg("%s", err.text);
}

static void must_fail(const char *dir, const char *name)
{
	auto_free char *path = xasprintf("%s%s", dir, name);
	auto_free char *stem = xstrndup(path, strlen(path) - strlen(".yaml"));
	auto_free char *expected = xasprintf("%s.expected", stem);
	auto_buf struct buf sentence = BUF_INIT, found = BUF_INIT;
	struct policy *p = NULL;
	struct err err = { "" };

	read_text(expected, &sentence);
	ok(parse(path, name, &p, &err) == -EINVAL && !p, "it is refused, and nothing is returned");
	buf_addf(&found, "%s\n", err.text);
	if (strcmp(buf_str(&found), buf_str(&sentence)) != 0)
		fail_msg("expected %sfound %s", buf_str(&sentence), buf_str(&found));
}

static size_t each(const char *dir, void (*fn)(const char *dir, const char *name))
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	size_t n = 0;

	ok(d, "the samples are there");
	while ((entry = readdir(d))) {
		if (!text_ends(entry->d_name, ".yaml"))
			continue;
		fn(dir, entry->d_name);
		n++;
	}
	closedir(d);
	return n;
}

static void valid(void **state)
{
	(void)state;
	ok(each(VALID, must_parse) >= 5, "there are samples");
	ok(each("profiles/policies/", must_parse) >= 1, "and what is shipped");
}

static void invalid(void **state)
{
	(void)state;
	ok(each(INVALID, must_fail) >= 80, "there are samples");
}

static void checks(void **state)
{
	struct policy *p CLEANUP(cleanup_policy_free) = NULL;
	const struct policy_check *c;
	struct err err = { "" };
	size_t n;

	(void)state;
	ok(parse(VALID "full.yaml", "full", &p, &err) == 0, "the sample is read");
	c = policy_checks(p, &n);
	ok(n == 2, "both are there");
	ok(case_same(c[0].name, "tests") && case_same(c[0].run, "make check"), "in full");
	ok(c[0].timeout == 600000, "with a timeout");
	ok(case_same(c[1].name, "lint") && case_same(c[1].run, "make lint"), "and written short");
	ok(c[1].timeout == 0, "without one");
	ok(case_same(policy_name(p), "full"), "the policy knows its name");
}

static void digest(void **state)
{
	static const char text[] = "version: 1\ndefault: human\n";
	struct policy *p CLEANUP(cleanup_policy_free) = NULL;
	struct err err = { "" };
	char hex[SHA256_HEX + 1];

	(void)state;
	ok(policy_parse(text, sizeof(text) - 1, "x", POLICY_OPERATOR, &p, &err) == 0, "it is read");
	sha256_hex(text, sizeof(text) - 1, hex);
	ok(case_same(policy_digest(p), hex), "the digest is of the text");
}

/* The text that add makes n of is read; one more is refused, and the message ends so. */
static void bound(void (*add)(struct buf *text, int n), int n, const char *end)
{
	for (int more = 0; more < 2; more++) {
		auto_buf struct buf text = BUF_INIT;
		struct policy *p CLEANUP(cleanup_policy_free) = NULL;
		struct err err = { "" };
		int r;

		buf_adds(&text, "version: 1\ndefault: human\n");
		add(&text, n + more);
		r = policy_parse(buf_str(&text), text.len, "x", POLICY_OPERATOR, &p, &err);
		if (r != (more ? -EINVAL : 0) || (more && !text_ends(err.text, end)))
			fail_msg("%d: expected '%s', found '%s'", n + more, end, err.text);
	}
}

static void add_rules(struct buf *text, int n)
{
	buf_adds(text, "rules:\n");
	for (int i = 0; i < n; i++)
		buf_addf(text, "- { id: r%d, when: { paths: [a] }, verdict: deny }\n", i);
}

static void add_people(struct buf *text, int n)
{
	buf_adds(text, "groups: { all: [");
	for (int i = 0; i < n; i++)
		buf_addf(text, "p%d, ", i);
	buf_adds(text, "] }\n");
}

static void add_from(struct buf *text, int n)
{
	buf_adds(text, "groups:\n");
	for (int i = 0; i < n; i++)
		buf_addf(text, "  g%d: [p]\n", i);
	buf_adds(text, "rules:\n- id: a\n  when: { paths: [a] }\n  verdict: human\n");
	buf_adds(text, "  approvals: { from: [");
	for (int i = 0; i < n; i++)
		buf_addf(text, "g%d, ", i);
	buf_adds(text, "] }\n");
}

static void add_id(struct buf *text, int n)
{
	buf_addf(text, "rules: [ { id: %0*d, when: { paths: [a] }, verdict: deny } ]\n", n, 0);
}

static void add_because(struct buf *text, int n)
{
	buf_addf(text, "rules: [ { id: a, when: { paths: [a] }, verdict: deny, because: %0*d } ]\n",
		n, 0);
}

static void bounds(void **state)
{
	(void)state;
	bound(add_rules, 4096, "4097 entries: expected at most 4096");
	bound(add_people, 256, "group 'all' has 257 people: expected at most 256");
	bound(add_from, 10, "'from': 11 groups: expected at most 10");
	bound(add_id, 64, "a letter or digit first, at most 64");
	bound(add_because, 1000, "expected 1 to 1000 bytes, found 1001");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("what is well formed is read", valid),
		TEST("what is malformed is refused with place, fault and remedy", invalid),
		TEST("checks are read in full and short", checks),
		TEST("the digest is of the text that was read", digest),
		TEST("more than anybody writes is refused", bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
