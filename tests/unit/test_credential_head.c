#include "tests/unit/check.h"

#include <string.h>

#include "base/httppath.h"
#include "credential/head.h"
#include "credential/queue.h"

static bool flawed(const char *path)
{
	return httppath_find_flaw(path, strlen(path)) != NULL;
}

static void test_paths(void **state)
{
	static const char *const good[] = { "/", "/a", "/a/", "/a/b.c", "/a/..b", "/a/.b/c",
		"/a%20b", "/a;b=c", "/%41", "/a/...", "/a:b@c!$&'()*+,=~" };
	static const char *const bad[] = { "", "a", "*", "//", "/a//b", "/.", "/..", "/a/./b",
		"/a/../b", "/a/..", "/a/.", "/%2e", "/%2E%2e/", "/a%2fb", "/a%5Cb", "/a\\b", "/%00",
		"/%0d", "/%252e", "/%", "/%4", "/%zz", "/a b", "/a\tb", "/\x80", "/a?b", "/a#b" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		ok(!flawed(good[i]), good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ok(flawed(bad[i]), "what can be read in two ways has a flaw");
}

static bool matches(const char *pattern, const char *path)
{
	return httppath_check_pattern(pattern, NULL) == 0 &&
	       httppath_matches(pattern, path, strlen(path));
}

static void test_patterns(void **state)
{
	(void)state;
	ok(matches("/a", "/a") && !matches("/a", "/a/") && !matches("/a", "/ab"),
		"a path is whole");
	ok(matches("/a/*", "/a/") && matches("/a/*", "/a/b/c") && !matches("/a/*", "/a"),
		"a star at the end is whatever follows");
	ok(matches("/a*", "/a") && matches("/a*", "/ab/c") && matches("/*", "/x"),
		"also within a segment");
	ok(httppath_check_pattern("/a/*/b", NULL) < 0 && httppath_check_pattern("*", NULL) < 0 &&
			httppath_check_pattern("/../*", NULL) < 0,
		"stars elsewhere and flaws are refused");
}

static bool finds(const char *target, const char *path)
{
	const char *found = head_find_path(target, "api.example");

	return path ? found && !strcmp(found, path) : !found;
}

static void test_targets(void **state)
{
	(void)state;
	ok(finds("/a?b//c", "/a?b//c") && finds("http://api.example/x", "/x") &&
			finds("HTTP://API.example:80/x?y", "/x?y"),
		"targets of the host are found");
	ok(finds("http://other.example/x", NULL) && finds("http://api.example", NULL) &&
			finds("http://api.example:81/", NULL) &&
			finds("http://u@api.example/", NULL) &&
			finds("https://api.example/", NULL) && finds("api.example:443", NULL) &&
			finds("*", NULL) && finds("", NULL) && finds("/a#b", NULL) &&
			finds("/a b", NULL) && finds("/\xc3\xa4", NULL) && finds(NULL, NULL),
		"all others are not");
	ok(head_is_host("Api.Example.:80", "api.example") &&
			head_is_host("api.example", "api.example"),
		"a host is compared as names are");
	ok(!head_is_host("api.example:443", "api.example") && !head_is_host("", "api.example") &&
			!head_is_host("api.example.evil", "api.example"),
		"with its port");
}

static void test_headers(void **state)
{
	auto_free char *line = head_add_secret("x-k: a {secret} b", "S");

	(void)state;
	ok(head_is_hop("Connection") && head_is_hop("proxy-anything") && head_is_hop("Te") &&
			head_is_hop("transfer_encoding") && !head_is_hop("accept"),
		"headers of one hop are known");
	ok(head_lists(" close,\tX-Hop , y", "x-hop") && head_lists("a,b", "b") &&
			!head_lists("ab", "a") && !head_lists("", "") && !head_lists("a", "ab"),
		"so are those that Connection lists");
	ok(head_is_same("X_Api-Key", "x-api-key: v", 9) &&
			!head_is_same("x-api-ke", "x-api-key", 9) &&
			!head_is_same("x-api-keys", "x-api-key", 9),
		"a name is the same in either case, and with underscores");
	ok(!strcmp(line, "x-k: a S b"), "the secret takes its place");
	ok(head_is_value("a\tb\xff") && !head_is_value("a\rb") && !head_is_value("\x7f"),
		"a value has no control bytes");
}

static void test_rules(void **state)
{
	struct credential any = { 0 }, some = { .methods = { (char *[]){ (char *)"GET" }, 1 },
		.paths = { (char *[]){ (char *)"/a/*" }, 1 } };

	(void)state;
	ok(!head_judge(&any, "DELETE", "/x/../y"), "without lists all passes");
	ok(head_judge(&any, "TRACE", "/") && head_judge(&any, "connect", "/") &&
			head_judge(&any, "A B", "/"),
		"but TRACE, CONNECT and what is no method");
	ok(!head_judge(&some, "GET", "/a/b?../..") && head_judge(&some, "get", "/a/b") &&
			head_judge(&some, "GET", "/b") && head_judge(&some, "GET", "/a/../b"),
		"with lists what is listed passes");
}

static void test_queue(void **state)
{
	static char in[QUEUE_SIZE], out[QUEUE_SIZE];
	struct queue q = { 0 };
	bool same = true;

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (char)(i * 7 + i / 251);
	ok(queue_take(&q, out, 1) == 0, "nothing is in an empty queue");
	for (size_t step = 1; step < sizeof(in); step = step * 3 + 1) {
		same = same && queue_put(&q, in, step) == step && queue_put(&q, in, 5) <= 5;
		same = same && queue_take(&q, out, step) == step && !memcmp(in, out, step);
		queue_take(&q, out, sizeof(out));
	}
	ok(same, "what is put in comes out, also around the end");
	ok(queue_put(&q, in, sizeof(in)) == sizeof(in) && queue_put(&q, in, 1) == 0 &&
			queue_room(&q) == 0,
		"it takes so much and no more");
	queue_done(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("paths that everybody reads alike", test_paths),
		TEST("patterns of paths", test_patterns),
		TEST("targets and hosts", test_targets),
		TEST("headers", test_headers),
		TEST("methods and paths of a rule", test_rules),
		TEST("queues", test_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
