#include "tests/unit/audit_kit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/tile.h"
#include "base/io.h"

static void expect_bad(const struct kit *k, const char *file, const char *problem)
{
	struct verify_report report = kit_verify(k);

	ok(!report.good, problem);
	assert_string_equal(report.file, file);
	if (!strstr(report.problem.text, problem))
		fail_msg("expected '%s', got '%s'", problem, report.problem.text);
}

static void expect_bad_entry(const struct kit *k, uint64_t entry)
{
	struct verify_report report = kit_verify(k);

	ok(!report.good && report.has_entry, report.problem.text);
	assert_int_equal(report.entry, entry);
}

/* Flips a bit of every step-th byte of a file, and says which entry that hits. */
static void flip(const struct kit *k, const char *path, size_t step, uint64_t (*entry)(size_t at))
{
	auto_fd int fd = openat(k->scratch.fd, path, O_RDWR | O_CLOEXEC);
	off_t size = lseek(fd, 0, SEEK_END);

	ok(size > 0, path);
	for (off_t i = 0; i < size; i += (off_t)step) {
		char was, changed;

		ok(pread(fd, &was, 1, i) == 1, path);
		changed = (char)(was ^ 0x20);
		ok(pwrite(fd, &changed, 1, i) == 1, path);
		if (entry)
			expect_bad_entry(k, entry((size_t)i));
		else
			ok(!kit_verify(k).good, path);
		ok(pwrite(fd, &was, 1, i) == 1, path);
	}
}

/* Entries of the test are as long as their number makes them. */
static uint64_t entry_in(uint64_t first, size_t at)
{
	auto_buf struct buf bytes = BUF_INIT;

	for (; bytes.len <= at; first++)
		kit_add_entry(&bytes, first);
	return first - 1;
}

static uint64_t entry_in_bundle_0(size_t at)
{
	return entry_in(0, at);
}

static uint64_t entry_in_bundle_1(size_t at)
{
	return entry_in(256, at);
}

static uint64_t hash_in_tile_0(size_t at)
{
	return at / MERKLE_HASH;
}

static uint64_t hash_in_tile_1(size_t at)
{
	return 256 + at / MERKLE_HASH;
}

static void test_five(void **state)
{
	auto_kit struct kit k;
	char path[80];

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 5, 1) == 0, k.err.text);
	kit_expect(&k, 5);
	flip(&k, "log/checkpoint", 1, NULL);
	flip(&k, "log/tile/entries/000.p/5", 1, entry_in_bundle_0);
	flip(&k, "log/tile/0/000.p/5", 1, hash_in_tile_0);
	for (int w = 1; w < 5; w++) {
		snprintf(path, sizeof(path), "log/tile/entries/000.p/%d", w);
		flip(&k, path, 1, NULL);
		snprintf(path, sizeof(path), "log/tile/0/000.p/%d", w);
		flip(&k, path, 1, NULL);
	}
	kit_expect(&k, 5);
}

/* As C2SP signed-note has it; whoever can write the file can do this. */
static void test_unknown_signer(void **state)
{
	static const unsigned char bogus[64] = { 1 };
	auto_kit struct kit k;
	auto_buf struct buf note = BUF_INIT;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 5, 5) == 0, k.err.text);
	kit_read(&k, "log/checkpoint", &note);
	note_add_sig(&note, "nobody.example", 0x01020304, bogus, sizeof(bogus));
	kit_write(&k, "log/checkpoint", note.data, note.len);
	kit_expect(&k, 5);
	note_add_sig(&note, KIT_NAME, signer_vkey(k.signer)->id, bogus, sizeof(bogus));
	kit_write(&k, "log/checkpoint", note.data, note.len);
	expect_bad(&k, "checkpoint", "wrong");
}

static void test_three_hundred(void **state)
{
	auto_kit struct kit k;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 300, 300) == 0, k.err.text);
	flip(&k, "log/tile/entries/000", 1, entry_in_bundle_0);
	flip(&k, "log/tile/0/000", 1, hash_in_tile_0);
	flip(&k, "log/tile/entries/001.p/44", 1, entry_in_bundle_1);
	flip(&k, "log/tile/0/001.p/44", 1, hash_in_tile_1);
	flip(&k, "log/tile/1/000.p/1", 1, NULL);
	kit_expect(&k, 300);
}

static void test_seven_hundred(void **state)
{
	static const char *const paths[] = { "log/tile/entries/000", "log/tile/entries/001",
		"log/tile/entries/002.p/188", "log/tile/entries/002.p/48", "log/tile/0/000",
		"log/tile/0/001", "log/tile/0/002.p/188", "log/tile/0/002.p/118",
		"log/tile/1/000.p/1", "log/tile/1/000.p/2" };
	auto_kit struct kit k;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 700, 70) == 0, k.err.text);
	kit_expect(&k, 700);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		flip(&k, paths[i], 61, NULL);
	kit_expect(&k, 700);
}

/* The files that a log of 300 entries must have. */
static const char *const needed[] = { "log/checkpoint", "log/tile/entries/000",
	"log/tile/entries/001.p/44", "log/tile/0/000", "log/tile/0/001.p/44",
	"log/tile/1/000.p/1" };

static void test_removed(void **state)
{
	auto_kit struct kit k;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 300, 300) == 0, k.err.text);
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		auto_buf struct buf bytes = BUF_INIT;

		kit_read(&k, needed[i], &bytes);
		ok(unlinkat(k.scratch.fd, needed[i], 0) == 0, needed[i]);
		expect_bad(&k, needed[i] + strlen("log/"), "missing");
		kit_write(&k, needed[i], bytes.data, bytes.len);
	}
	kit_expect(&k, 300);
}

static void test_lengths(void **state)
{
	auto_kit struct kit k;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 300, 300) == 0, k.err.text);
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		auto_buf struct buf bytes = BUF_INIT;

		kit_read(&k, needed[i], &bytes);
		kit_write(&k, needed[i], bytes.data, bytes.len - 1);
		ok(!kit_verify(&k).good, "one byte less");
		kit_write(&k, needed[i], bytes.data, bytes.len / 2);
		ok(!kit_verify(&k).good, "half of it");
		kit_write(&k, needed[i], "", 0);
		ok(!kit_verify(&k).good, "nothing of it");
		buf_addc(&bytes, '\0');
		kit_write(&k, needed[i], bytes.data, bytes.len);
		ok(!kit_verify(&k).good, "one byte more");
		kit_write(&k, needed[i], bytes.data, bytes.len - 1);
	}
	kit_expect(&k, 300);
}

static void test_strays(void **state)
{
	static const char *const strays[] = { "log/readme", "log/checkpoint.tmp", "log/tile/0/002",
		"log/tile/0/001", "log/tile/0/001.p/45", "log/tile/0/000.p/256",
		"log/tile/0/000.p/x", "log/tile/entries/002.p/1", "log/tile/entries/001.p/45",
		"log/tile/1/000", "log/tile/1/000.p/2", "log/tile/2", "log/tile/entries/x",
		"log/tile/0/0000", "log/tile/README", "log/tile/8" };
	auto_kit struct kit k;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 300, 300) == 0, k.err.text);
	ok(mkdirat(k.scratch.fd, "log/tile/0/000.p", 0755) == 0 &&
			mkdirat(k.scratch.fd, "log/tile/entries/002.p", 0755) == 0,
		"directories");
	kit_expect(&k, 300);
	for (size_t i = 0; i < ARRAY_SIZE(strays); i++) {
		auto_buf struct buf bytes = BUF_INIT;

		kit_read(&k, "log/tile/0/001.p/44", &bytes);
		kit_write(&k, strays[i], bytes.data, bytes.len);
		ok(!kit_verify(&k).good, strays[i]);
		ok(unlinkat(k.scratch.fd, strays[i], 0) == 0, strays[i]);
	}
	kit_expect(&k, 300);
}

static void test_other_kinds(void **state)
{
	auto_kit struct kit k;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 300, 300) == 0, k.err.text);
	ok(mkdirat(k.scratch.fd, "log/extra", 0755) == 0, "directory");
	expect_bad(&k, "extra", "no directory of a log has such a name");
	ok(unlinkat(k.scratch.fd, "log/extra", AT_REMOVEDIR) == 0, "it goes");
	ok(mkfifoat(k.scratch.fd, "log/fifo", 0600) == 0, "fifo");
	expect_bad(&k, "fifo", "neither a file nor a directory");
	ok(unlinkat(k.scratch.fd, "log/fifo", 0) == 0, "it goes");
	/* Same bytes, but through a link, which may lead anywhere tomorrow. */
	ok(renameat(k.scratch.fd, "log/tile/0/000", k.scratch.fd, "elsewhere") == 0 &&
			symlinkat("../../../elsewhere", k.scratch.fd, "log/tile/0/000") == 0,
		"symlink");
	expect_bad(&k, "tile/0/000", "");
	ok(unlinkat(k.scratch.fd, "log/tile/0/000", 0) == 0 &&
			mkfifoat(k.scratch.fd, "log/tile/0/000", 0600) == 0,
		"fifo");
	expect_bad(&k, "tile/0/000", "not a regular file");
}

/* The two entries have the same length, so that only their order changes. */
static void test_reordered(void **state)
{
	auto_kit struct kit k;
	auto_buf struct buf a = BUF_INIT, b = BUF_INIT, bundle = BUF_INIT, hashes = BUF_INIT;
	size_t at;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 300, 300) == 0, k.err.text);
	kit_add_entry(&a, 21);
	kit_add_entry(&b, 22);
	kit_read(&k, "log/tile/entries/000", &bundle);
	kit_read(&k, "log/tile/0/000", &hashes);
	at = (size_t)((char *)memmem(bundle.data, bundle.len, a.data, a.len) - bundle.data);
	memcpy(bundle.data + at, b.data, b.len);
	memcpy(bundle.data + at + b.len, a.data, a.len);
	kit_write(&k, "log/tile/entries/000", bundle.data, bundle.len);
	expect_bad_entry(&k, 21);
	/* With their hashes swapped as well, the level above knows. */
	memcpy(a.data, hashes.data + 21 * MERKLE_HASH, 16);
	for (size_t i = 0; i < MERKLE_HASH; i++) {
		char c = hashes.data[21 * MERKLE_HASH + i];

		hashes.data[21 * MERKLE_HASH + i] = hashes.data[22 * MERKLE_HASH + i];
		hashes.data[22 * MERKLE_HASH + i] = c;
	}
	kit_write(&k, "log/tile/0/000", hashes.data, hashes.len);
	expect_bad(&k, "tile/1/000.p/1", "over entries 0 to 255");
}

/* Every tile made to fit: only the signature is left to tell. */
static void test_rewritten(void **state)
{
	auto_kit struct kit k, other;
	auto_buf struct buf head = BUF_INIT;

	(void)state;
	kit_open(&k);
	kit_open(&other);
	ok(kit_grow(&k, "one", 0, 300, 300) == 0 && kit_grow(&other, "one", 1, 301, 300) == 0,
		"grow");
	kit_read(&k, "log/checkpoint", &head);
	kit_write(&other, "log/checkpoint", head.data, head.len);
	expect_bad(&other, "", "which is not the signed one");
}

static void test_old_state(void **state)
{
	auto_kit struct kit k;
	auto_buf struct buf head = BUF_INIT;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 10, 10) == 0, k.err.text);
	kit_read(&k, "log/checkpoint", &head);
	ok(kit_grow(&k, "one", 10, 20, 10) == 0, k.err.text);
	kit_write(&k, "log/checkpoint", head.data, head.len);
	expect_bad(&k, "tile/entries/000.p/20", "a log of 10 entries has no such file");
	ok(unlinkat(k.scratch.fd, "log/tile/entries/000.p/20", 0) == 0 &&
			unlinkat(k.scratch.fd, "log/tile/0/000.p/20", 0) == 0,
		"take the newer files away");
	kit_expect(&k, 10); /* a limit, told in verify.h: nothing here remembers the newer state */
}

static void test_signatures(void **state)
{
	auto_kit struct kit k;
	auto_buf struct buf head = BUF_INIT, twice = BUF_INIT;
	auto_signer struct signer *other = NULL;
	unsigned char seed[SIGN_SEED] = { 7 };
	struct verify_options o = { .dir = k.dir };
	struct verify_report report;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 3, 3) == 0, k.err.text);
	kit_read(&k, "log/checkpoint", &head);
	ok(signer_new(KIT_NAME, seed, &other, NULL) == 0, "another key of the same name");
	o.vkey = signer_vkey(other);
	ok(verify_log(&o, &report, NULL) == 0 && !report.good, "is not the key that signed");
	assert_string_equal(report.file, "checkpoint");
	buf_add(&twice, head.data, head.len);
	note_add_sig(&twice, KIT_NAME, 0x01020304, "unknown", 7);
	note_add_sig(&twice, "witness.example", signer_vkey(k.signer)->id, "unknown", 7);
	kit_write(&k, "log/checkpoint", twice.data, twice.len);
	kit_expect(&k, 3);
	note_add_sig(&twice, KIT_NAME, signer_vkey(k.signer)->id, "wrong", 5);
	kit_write(&k, "log/checkpoint", twice.data, twice.len);
	expect_bad(&k, "checkpoint", "is wrong");
}

/* The partial file may go while it is being looked for; but only because the log has grown. */
static void test_full_for_partial(void **state)
{
	auto_kit struct kit k;
	auto_buf struct buf bytes = BUF_INIT;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 300, 300) == 0, k.err.text);
	kit_read(&k, "log/tile/0/001.p/44", &bytes);
	while (bytes.len < TILE_BYTES)
		buf_addc(&bytes, 'x');
	kit_write(&k, "log/tile/0/001", bytes.data, bytes.len);
	ok(unlinkat(k.scratch.fd, "log/tile/0/001.p/44", 0) == 0, "remove");
	expect_bad(&k, "tile/0/001.p/44", "missing");
}

static void test_partials_of_full(void **state)
{
	auto_kit struct kit k;
	auto_buf struct buf bytes = BUF_INIT;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 100, 100) == 0 && kit_grow(&k, "two", 100, 300, 200) == 0,
		k.err.text);
	kit_read(&k, "log/tile/entries/000.p/100", &bytes);
	kit_expect(&k, 300);
	flip(&k, "log/tile/entries/000.p/100", 17, NULL);
	flip(&k, "log/tile/0/000.p/100", 17, NULL);
	kit_write(&k, "log/tile/entries/000.p/99", bytes.data, bytes.len);
	expect_bad(&k, "tile/entries/000.p/99", "it is not the beginning of the wider one");
}

/* A log whose bytes never change: what is written today must be what was written then. */
static void test_golden(void **state)
{
	static const char *const files[] = { "log/checkpoint", "log/tile/entries/000",
		"log/tile/entries/001.p/3", "log/tile/0/000", "log/tile/0/001.p/3",
		"log/tile/1/000.p/1" };
	struct verify_options o = { .dir = "tests/data/log/259" };
	struct verify_report report;
	auto_kit struct kit k;
	struct vkey vkey;

	(void)state;
	kit_open(&k);
	ok(vkey_read("tests/data/log/259.vkey", &vkey, &k.err) == 0, k.err.text);
	o.vkey = &vkey;
	ok(verify_log(&o, &report, &k.err) == 0 && report.good, report.problem.text);
	ok(kit_grow(&k, "one", 0, 259, 259) == 0, k.err.text);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *path = xasprintf(
			"tests/data/log/259/%s", files[i] + strlen("log/"));
		auto_buf struct buf now = BUF_INIT, then = BUF_INIT;

		kit_read(&k, files[i], &now);
		ok(file_read(AT_FDCWD, path, 1 << 20, &then, &k.err) == 0, k.err.text);
		ok(now.len == then.len && !memcmp(now.data, then.data, now.len), files[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("any byte changed in a log of 5 entries is found, and where", test_five),
		TEST("a signature of somebody else in the checkpoint does not matter, a wrong one of ours does",
			test_unknown_signer),
		TEST("any byte changed in a log of 300 entries is found, and where",
			test_three_hundred),
		TEST("bytes changed in a log of 700 entries are found", test_seven_hundred),
		TEST("a file that is missing is named", test_removed),
		TEST("a file that is shorter or longer is found", test_lengths),
		TEST("a file that no log of that size has is found", test_strays),
		TEST("links, fifos and directories have no place in a log", test_other_kinds),
		TEST("entries in another order are found", test_reordered),
		TEST("entries and tiles that all fit, but are not what was signed, are found",
			test_rewritten),
		TEST("an older checkpoint with the newer files is found", test_old_state),
		TEST("only the key's own signature counts, and it must be right", test_signatures),
		TEST("a full tile stands in for a partial one only when the log has grown",
			test_full_for_partial),
		TEST("old partial files beside full ones are checked, too", test_partials_of_full),
		TEST("the bytes of a log are those that they always were", test_golden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
