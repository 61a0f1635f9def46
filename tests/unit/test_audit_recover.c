/* Crashes are played by putting files back to what they may be after one. */
#include "tests/unit/audit_kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Calls fn with the path of each file below a directory of the scratch directory. */
static void each_file(struct kit *k, const char *dir, void (*fn)(struct kit *k, const char *path))
{
	int fd = openat(k->scratch.fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fdopendir(fd);
	struct dirent *e;

	ok(d, dir);
	while ((e = readdir(d))) {
		auto_free char *path = xasprintf("%s/%s", dir, e->d_name);

		if (e->d_name[0] == '.')
			continue;
		if (e->d_type == DT_DIR)
			each_file(k, path, fn);
		else
			fn(k, path);
	}
	closedir(d);
}

static void remove_file(struct kit *k, const char *path)
{
	ok(unlinkat(k->scratch.fd, path, 0) == 0, path);
}

static void empty_file(struct kit *k, const char *path)
{
	kit_write(k, path, "", 0);
}

static void zero_file(struct kit *k, const char *path)
{
	auto_buf struct buf bytes = BUF_INIT;

	kit_read(k, path, &bytes);
	memset(bytes.data, 0, bytes.len);
	kit_write(k, path, bytes.data, bytes.len);
}

static void halve_file(struct kit *k, const char *path)
{
	auto_buf struct buf bytes = BUF_INIT;

	kit_read(k, path, &bytes);
	kit_write(k, path, bytes.data, bytes.len / 2);
}

static void change_end(struct kit *k, const char *path)
{
	auto_buf struct buf bytes = BUF_INIT;

	kit_read(k, path, &bytes);
	bytes.data[bytes.len - 1] ^= 1;
	kit_write(k, path, bytes.data, bytes.len);
}

typedef void (*damage)(struct kit *k, const char *path);
static const damage damages[] = { remove_file, empty_file, zero_file, halve_file };

/* The process died after the journal had the batch: the old files, and some of the new ones. */
static void test_killed(void **state)
{
	static const char *const old[] = { "log/checkpoint", "log/tile/entries/000.p/254",
		"log/tile/0/000.p/254" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		struct buf was[ARRAY_SIZE(old)] = { BUF_INIT };
		auto_kit struct kit k;

		kit_open(&k);
		ok(kit_grow(&k, "one", 0, 254, 254) == 0, k.err.text);
		for (size_t j = 0; j < ARRAY_SIZE(old); j++)
			kit_read(&k, old[j], &was[j]);
		ok(kit_grow(&k, "one", 254, 260, 6) == 0, k.err.text);
		ok(mkdirat(k.scratch.fd, "log/tile/0/000.p", 0755) == 0 &&
				mkdirat(k.scratch.fd, "log/tile/entries/000.p", 0755) == 0,
			"directories");
		for (size_t j = 0; j < ARRAY_SIZE(old); j++) {
			kit_write(&k, old[j], was[j].data, was[j].len);
			buf_done(&was[j]);
		}
		damages[i](&k, "log/tile/entries/000");
		damages[i](&k, "log/tile/0/001.p/4");
		kit_expect_look(&k, "one", 260, false);
		ok(kit_grow(&k, "one", 260, 261, 1) == 0, k.err.text);
		kit_expect(&k, 261);
	}
}

/* The power went: what was not synced since the journal began, at 300, may be in any state. */
static void power_cut(damage hurt, bool head_too)
{
	auto_kit struct kit k;

	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 300, 100) == 0 && kit_grow(&k, "two", 300, 300, 1) == 0,
		k.err.text);
	ok(kit_grow(&k, "two", 300, 320, 7) == 0 && kit_grow(&k, "two", 320, 800, 240) == 0,
		k.err.text);
	if (head_too)
		hurt(&k, "log/checkpoint");
	hurt(&k, "log/tile/entries/001");
	hurt(&k, "log/tile/0/001");
	hurt(&k, "log/tile/entries/002");
	hurt(&k, "log/tile/0/002");
	hurt(&k, "log/tile/entries/003.p/32");
	hurt(&k, "log/tile/0/003.p/32");
	hurt(&k, "log/tile/1/000.p/3");
	kit_write(&k, "log/tile/entries/001.p/51", "torn", 4);
	kit_expect_look(&k, "three", 800, false);
	ok(kit_grow(&k, "three", 800, 801, 1) == 0, k.err.text);
	kit_expect(&k, 801);
	ok(kit_grow(&k, "", 801, 802, 1) == 0, "also when the boot has no name");
	kit_expect(&k, 802);
}

static void test_power_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		power_cut(damages[i], true);
		power_cut(damages[i], false);
	}
}

static void test_everything_unsynced(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		auto_kit struct kit k;

		kit_open(&k);
		ok(kit_grow(&k, "one", 0, 777, 50) == 0, k.err.text);
		each_file(&k, "log", damages[i]);
		kit_expect_look(&k, "two", 777, false);
		ok(kit_grow(&k, "two", 777, 778, 1) == 0, k.err.text);
		kit_expect(&k, 778);
	}
}

/* Partial files of earlier sizes are never synced, also not when the journal is emptied. */
static void test_mended(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		auto_kit struct kit k;

		kit_open(&k);
		ok(kit_grow(&k, "one", 0, 600, 9) == 0 && kit_grow(&k, "two", 600, 600, 1) == 0,
			k.err.text);
		damages[i](&k, "log/tile/entries/002.p/10");
		damages[i](&k, "log/tile/0/002.p/82");
		damages[i](&k, "log/tile/1/000.p/1");
		/* A partial file that is gone is not missed. */
		kit_expect_look(&k, "three", 600, damages[i] == remove_file);
		ok(kit_grow(&k, "three", 600, 600, 1) == 0, k.err.text);
		kit_expect(&k, 600);
	}
}

/* The journal's last record cut anywhere, as a crash before its sync leaves it. */
static void test_torn_record(void **state)
{
	auto_kit struct kit k;
	auto_buf struct buf head = BUF_INIT, before = BUF_INIT, after = BUF_INIT, now = BUF_INIT;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 3, 1) == 0, k.err.text);
	kit_read(&k, "log/checkpoint", &head);
	kit_read(&k, "log.journal", &before);
	ok(kit_grow(&k, "one", 3, 4, 1) == 0, k.err.text);
	kit_read(&k, "log.journal", &after);
	for (size_t len = before.len; len < after.len; len += 7) {
		remove_file(&k, "log/tile/entries/000.p/4");
		remove_file(&k, "log/tile/0/000.p/4");
		kit_write(&k, "log/checkpoint", head.data, head.len);
		kit_write(&k, "log.journal", after.data, len);
		kit_expect_look(&k, "one", 3, true);
		ok(kit_grow(&k, "one", 3, 3, 1) == 0, k.err.text);
		kit_read(&k, "log.journal", &now);
		ok(now.len == before.len, "what is torn is cut off");
		kit_expect(&k, 3);
		ok(kit_grow(&k, "one", 3, 4, 1) == 0, k.err.text);
		kit_expect(&k, 4);
	}
}

/* What a whole record says is in the log, though nobody heard so; it is not signed over. */
static void test_same_size_is_signed_once(void **state)
{
	auto_kit struct kit k;
	auto_log struct log *l = NULL;
	auto_buf struct buf head = BUF_INIT, first = BUF_INIT, again = BUF_INIT;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 3, 3) == 0, k.err.text);
	kit_read(&k, "log/checkpoint", &head);
	ok(kit_grow(&k, "one", 3, 4, 1) == 0, k.err.text);
	kit_read(&k, "log/checkpoint", &first);
	kit_write(&k, "log/checkpoint", head.data, head.len);
	ok(log_open(k.dir, k.signer, "one", &l, &k.err) == 0, k.err.text);
	kit_read(&k, "log/checkpoint", &again);
	assert_string_equal(again.data, first.data);
	ok(kit_add(&k, l, 4, 1) == 0, k.err.text);
	kit_expect(&k, 5);
}

/* Whatever an operator may find one day, after which nothing may be signed. */
static void test_damage(void **state)
{
	static const struct {
		const char *file;
		damage hurt;
	} rows[] = { { "log/checkpoint", remove_file }, { "log/checkpoint", empty_file },
		{ "log/checkpoint", halve_file }, { "log.journal", remove_file },
		{ "log.journal", empty_file }, { "log.journal", zero_file },
		{ "log.journal", halve_file }, { "log/tile/0/001.p/44", remove_file },
		{ "log/tile/0/001.p/44", halve_file }, { "log/tile/0/001.p/44", zero_file },
		{ "log/tile/1/000.p/1", remove_file }, { "log/tile/1/000.p/1", zero_file },
		{ "log/tile/entries/001.p/44", remove_file },
		{ "log/tile/entries/001.p/44", empty_file },
		{ "log/tile/entries/001.p/44", halve_file },
		{ "log/tile/entries/001.p/44", zero_file },
		{ "log/tile/entries/001.p/44", change_end }, { "log/tile/0/001.p/44", change_end },
		{ "log/tile/1/000.p/1", change_end } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_kit struct kit k;
		struct log *l;

		kit_open(&k);
		ok(kit_grow(&k, "one", 0, 300, 100) == 0, k.err.text);
		rows[i].hurt(&k, rows[i].file);
		ok(log_open(k.dir, k.signer, "one", &l, &k.err) == -EUCLEAN, rows[i].file);
		ok(strstr(k.err.text, "remit-log verify"), "and it is said what to run");
	}
}

static void test_cosigned(void **state)
{
	auto_kit struct kit k;
	auto_buf struct buf head = BUF_INIT;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 3, 3) == 0, k.err.text);
	kit_read(&k, "log/checkpoint", &head);
	note_add_sig(&head, "witness.example", 0x01020304, "cosignature", 11);
	kit_write(&k, "log/checkpoint", head.data, head.len);
	ok(kit_grow(&k, "one", 3, 4, 1) == 0, k.err.text);
	kit_expect(&k, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("a batch in the journal is put in its place after a kill", test_killed),
		TEST("files that a power cut took or tore are written from the journal",
			test_power_cut),
		TEST("so is all of a log that was never synced", test_everything_unsynced),
		TEST("torn partial files of earlier sizes are mended", test_mended),
		TEST("a torn record was never in the log", test_torn_record),
		TEST("a size that was signed is not signed again", test_same_size_is_signed_once),
		TEST("nothing is added to a damaged log", test_damage),
		TEST("a witness may have signed the checkpoint, too", test_cosigned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
