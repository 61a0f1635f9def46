/* log_look(), which is for who has no right to write, and what verification makes of it. */
#include "tests/unit/audit_kit.h"

#include <fcntl.h>
#include <string.h>

static void remove_file(struct kit *k, const char *path)
{
	ok(unlinkat(k->scratch.fd, path, 0) == 0, path);
}

static void test_look(void **state)
{
	auto_kit struct kit k;
	auto_pending struct pending rest = PENDING_INIT;
	auto_buf struct buf head = BUF_INIT;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 10, 10) == 0, k.err.text);
	kit_expect_look(&k, "one", 10, true);
	kit_read(&k, "log/checkpoint", &head);
	ok(kit_grow(&k, "one", 10, 12, 2) == 0, k.err.text);
	kit_write(&k, "log/checkpoint", head.data, head.len);
	kit_expect_look(&k, "one", 12, false);
	kit_expect_look(&k, "two", 12, false);
	ok(kit_grow(&k, "one", 12, 12, 1) == 0, k.err.text);
	kit_expect_look(&k, "one", 12, true);
	kit_expect_look(&k, "two", 12, true);
	remove_file(&k, "log.journal");
	ok(log_look(k.dir, signer_vkey(k.signer), "one", &rest, NULL) == -ENOENT,
		"a copy has no journal");
	remove_file(&k, "log.lock");
	ok(log_look(k.dir, signer_vkey(k.signer), "one", &rest, NULL) == -ENOENT, "nor a lock");
}

/* What is in its place is verified as it is there, not as the journal would have it. */
static void test_look_again(void **state)
{
	auto_kit struct kit k;
	auto_pending struct pending rest = PENDING_INIT;
	auto_buf struct buf bytes = BUF_INIT;
	struct verify_options o = { .dir = k.dir, .rest = &rest };
	struct verify_report report;

	(void)state;
	kit_open(&k);
	o.vkey = signer_vkey(k.signer);
	ok(kit_grow(&k, "one", 0, 300, 300) == 0, k.err.text);
	kit_read(&k, "log/tile/entries/000", &bytes);
	bytes.data[bytes.len - 1] ^= 1;
	kit_write(&k, "log/tile/entries/000", bytes.data, bytes.len);
	ok(log_look(k.dir, o.vkey, "one", &rest, &k.err) == 0 && pending_is_empty(&rest),
		"nothing is to be done");
	ok(verify_log(&o, &report, NULL) == 0 && !report.good && report.entry == 255,
		"so a changed byte is found");
}

/* Somebody puts it in its place, and more, while it is being verified. */
static void test_look_overtaken(void **state)
{
	auto_kit struct kit k;
	auto_pending struct pending rest = PENDING_INIT;
	auto_buf struct buf head = BUF_INIT;
	struct verify_options o = { .dir = k.dir, .rest = &rest };
	struct verify_report report;

	(void)state;
	kit_open(&k);
	o.vkey = signer_vkey(k.signer);
	ok(kit_grow(&k, "one", 0, 10, 10) == 0, k.err.text);
	kit_read(&k, "log/checkpoint", &head);
	ok(kit_grow(&k, "one", 10, 12, 2) == 0, k.err.text);
	kit_write(&k, "log/checkpoint", head.data, head.len);
	ok(log_look(k.dir, o.vkey, "one", &rest, &k.err) == 0 && !pending_is_empty(&rest),
		"something is to be done");
	ok(kit_grow(&k, "one", 12, 700, 50) == 0, k.err.text);
	ok(verify_log(&o, &report, NULL) == 0, "there is a log");
	if (!report.good)
		fail_msg("%s: %s", report.file, report.problem.text);
	assert_int_equal(report.head.size, 700);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("who only looks writes nothing and sees what is to be finished", test_look),
		TEST("what is in its place is still verified byte for byte", test_look_again),
		TEST("a log that goes on meanwhile is verified all the same", test_look_overtaken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
