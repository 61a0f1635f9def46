#include "tests/unit/audit_kit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "audit/key.h"

static void test_sizes(void **state)
{
	static const uint64_t sizes[] = { 1, 2, 3, 254, 255, 256, 257, 258, 511, 512, 513, 65535,
		65536, 65537, 65792 };
	auto_kit struct kit k;
	uint64_t size = 0;

	(void)state;
	kit_open(&k);
	kit_expect(&k, 0);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		ok(kit_grow(&k, "one", size, sizes[i], sizes[i]) == 0, k.err.text);
		size = sizes[i];
		kit_expect(&k, size);
	}
}

static void test_batches(void **state)
{
	unsigned char root[MERKLE_HASH];
	uint64_t batch;

	(void)state;
	for (batch = 1; batch <= 700; batch = batch * 3 + 1) {
		auto_kit struct kit k;
		struct verify_report report;

		kit_open(&k);
		ok(kit_grow(&k, "one", 0, 700, batch) == 0, k.err.text);
		report = kit_verify(&k);
		ok(report.good && report.head.size == 700, report.problem.text);
		if (batch == 1)
			memcpy(root, report.head.root, sizeof(root));
		ok(!memcmp(root, report.head.root, sizeof(root)),
			"batches leave no trace in the root");
	}
}

static void test_refused_batches(void **state)
{
	auto_kit struct kit k;
	auto_log struct log *l = NULL;
	struct checkpoint head;

	(void)state;
	kit_open(&k);
	ok(log_open(k.dir, k.signer, "one", &l, &k.err) == 0, k.err.text);
	ok(log_append(l, (struct bundle){ NULL, 0 }, &head, &k.err) == -EINVAL, "no entry");
	ok(log_append(l, (struct bundle){ "\0\2a", 3 }, &head, &k.err) == -EINVAL, "half an entry");
	kit_expect(&k, 0);
	ok(kit_add(&k, l, 0, 1) == 0, k.err.text);
	kit_expect(&k, 1);
}

static void test_extremes(void **state)
{
	auto_kit struct kit k;
	auto_log struct log *l = NULL;
	auto_buf struct buf entries = BUF_INIT;
	struct checkpoint head;

	(void)state;
	kit_open(&k);
	ok(log_open(k.dir, k.signer, "one", &l, &k.err) == 0, k.err.text);
	for (int i = 0; i < 260; i++)
		buf_add(&entries, "\0\0", 2);
	ok(log_append(l, (struct bundle){ entries.data, entries.len }, &head, &k.err) == 0,
		"empty ones");
	buf_truncate(&entries, 0);
	for (int i = 0; i < 3; i++) {
		buf_add(&entries, "\xff\xff", 2);
		for (int j = 0; j < 65535; j++)
			buf_addc(&entries, (char)(j % 251));
	}
	ok(log_append(l, (struct bundle){ entries.data, entries.len }, &head, &k.err) == 0,
		"large ones");
	kit_expect(&k, 263);
}

static void test_other_key(void **state)
{
	auto_kit struct kit k;
	auto_signer struct signer *other = NULL;
	unsigned char seed[SIGN_SEED] = { 77 };
	struct log *l;

	(void)state;
	kit_open(&k);
	ok(signer_new(KIT_NAME, seed, &other, NULL) == 0, "another key of the same name");
	ok(log_open(k.dir, other, "one", &l, &k.err) == -EUCLEAN, "the same boot");
	ok(log_open(k.dir, other, "two", &l, &k.err) == -EUCLEAN, "another boot");
}

static void test_two_at_once(void **state)
{
	auto_kit struct kit k;
	auto_log struct log *a = NULL, *b = NULL;

	(void)state;
	kit_open(&k);
	ok(log_open(k.dir, k.signer, "one", &a, &k.err) == 0, k.err.text);
	ok(log_open(k.dir, k.signer, "one", &b, &k.err) == 0, k.err.text);
	for (uint64_t i = 0; i < 5200; i += 40) {
		ok(kit_add(&k, a, i, 10) == 0, k.err.text);
		ok(kit_add(&k, b, i + 10, 30) == 0, k.err.text);
		/*
		 * Both empty the journal in turn, at 4096 entries, and the other one must notice.
		 */
		ok(log_trim(i % 80 ? a : b, &k.err) == 0, k.err.text);
	}
	kit_expect(&k, 5200);
}

static uint64_t file_size(const struct kit *k, const char *path)
{
	struct stat st;

	return fstatat(k->scratch.fd, path, &st, 0) == 0 ? (uint64_t)st.st_size : 0;
}

static void test_trim(void **state)
{
	auto_kit struct kit k;
	auto_log struct log *l = NULL;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 4000, 500) == 0, k.err.text);
	ok(log_open(k.dir, k.signer, "one", &l, &k.err) == 0, k.err.text);
	ok(log_trim(l, &k.err) == 0 && file_size(&k, "log.journal") > 50000, "not yet");
	ok(kit_add(&k, l, 4000, 500) == 0, k.err.text);
	ok(log_trim(l, &k.err) == 0 && file_size(&k, "log.journal") < 1000, "beyond 4096 entries");
	ok(kit_add(&k, l, 4500, 1) == 0, k.err.text);
	kit_expect(&k, 4501);
}

/* As when emptying fails time and again: there is an end to growing without it. */
static void test_bound(void **state)
{
	auto_kit struct kit k;
	auto_log struct log *l = NULL;
	auto_buf struct buf entries = BUF_INIT;
	struct checkpoint head;

	(void)state;
	kit_open(&k);
	ok(log_open(k.dir, k.signer, "one", &l, &k.err) == 0, k.err.text);
	for (int i = 0; i < 10 * 65537; i++)
		buf_addc(&entries, (char)0xff);
	for (int i = 0; i < 12; i++) {
		ok(log_append(l, (struct bundle){ entries.data, entries.len }, &head, &k.err) == 0,
			k.err.text);
		ok(file_size(&k, "log.journal") < 6 << 20, "the journal has a bound");
	}
	kit_expect(&k, 120);
}

/* The files of the size that the journal begins at are needed after a power cut: see log.c. */
static void test_partials(void **state)
{
	auto_kit struct kit k;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 100, 10) == 0, k.err.text);
	ok(file_size(&k, "log/tile/0/000.p/10") && file_size(&k, "log/tile/entries/000.p/90"),
		"the partial files of published sizes stay");
	ok(kit_grow(&k, "two", 100, 101, 1) == 0, "another boot begins a new journal, at 100");
	ok(kit_grow(&k, "two", 101, 256, 31) == 0, k.err.text);
	ok(!file_size(&k, "log/tile/0/000.p/10") && !file_size(&k, "log/tile/entries/000.p/132"),
		"they go once the full one is there");
	ok(file_size(&k, "log/tile/0/000.p/100") && file_size(&k, "log/tile/entries/000.p/100"),
		"but for those that the journal goes on from");
	kit_expect(&k, 256);
	ok(kit_grow(&k, "three", 256, 257, 1) == 0, k.err.text);
	ok(!file_size(&k, "log/tile/0/000.p/100") && !file_size(&k, "log/tile/entries/000.p/100"),
		"which go with the journal");
	kit_expect(&k, 257);
}

/*
 * A limit on file sizes stands for a full disk: the journal's record fits and the bundle does not.
 */
static void test_undo(void **state)
{
	auto_kit struct kit k;
	auto_log struct log *l = NULL;
	struct rlimit small, all;
	uint64_t journal;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 255, 255) == 0 && kit_grow(&k, "two", 255, 255, 1) == 0,
		k.err.text);
	ok(log_open(k.dir, k.signer, "two", &l, &k.err) == 0, k.err.text);
	journal = file_size(&k, "log.journal");
	signal(SIGXFSZ, SIG_IGN);
	ok(getrlimit(RLIMIT_FSIZE, &all) == 0, "limit");
	small = all;
	small.rlim_cur = 3000;
	ok(setrlimit(RLIMIT_FSIZE, &small) == 0, "limit");
	ok(kit_add(&k, l, 255, 3) == -EFBIG, "a full bundle does not fit");
	ok(setrlimit(RLIMIT_FSIZE, &all) == 0, "limit");
	kit_expect(&k, 255);
	assert_int_equal(file_size(&k, "log.journal"), journal);
	ok(kit_add(&k, l, 255, 3) == 0, "with room again it does");
	kit_expect(&k, 258);
}

/* A tile that can't be written after others could: what was written goes again. */
static void test_undo_removes(void **state)
{
	auto_kit struct kit k;
	auto_log struct log *l = NULL;

	(void)state;
	kit_open(&k);
	ok(kit_grow(&k, "one", 0, 255, 255) == 0, k.err.text);
	ok(log_open(k.dir, k.signer, "one", &l, &k.err) == 0, k.err.text);
	kit_write(&k, "log/tile/1", "", 0);
	ok(kit_add(&k, l, 255, 3) == -ENOTDIR, "a directory can't be made where a file is");
	ok(unlinkat(k.scratch.fd, "log/tile/1", 0) == 0, "the file goes");
	kit_expect(&k, 255);
	ok(kit_add(&k, l, 255, 3) == 0, k.err.text);
	kit_expect(&k, 258);
}

static void create(const struct kit *k, char (*paths)[80], struct log_paths *ret)
{
	snprintf(paths[0], sizeof(paths[0]), "%s/state/log/", k->scratch.path);
	snprintf(paths[1], sizeof(paths[1]), "%s/state/keys/log", k->scratch.path);
	snprintf(paths[2], sizeof(paths[2]), "%s/state/log.vkey", k->scratch.path);
	*ret = (struct log_paths){ paths[0], paths[1], paths[2] };
}

static void test_create(void **state)
{
	auto_kit struct kit k;
	char names[3][80];
	struct log_paths paths;
	struct verify_report report;
	struct vkey vkey;
	struct stat st;

	(void)state;
	kit_open(&k);
	create(&k, names, &paths);
	ok(log_create(&paths, "test.example/new", "one", &k.err) == 0, k.err.text);
	ok(stat(paths.key, &st) == 0 && (st.st_mode & 07777) == 0600,
		"the key is the owner's alone");
	ok(stat(paths.vkey, &st) == 0 && (st.st_mode & 07777) == 0644, "the public one is not");
	ok(vkey_read(paths.vkey, &vkey, &k.err) == 0, k.err.text);
	ok(verify_log(&(struct verify_options){ .dir = paths.dir, .vkey = &vkey }, &report, NULL) ==
				0 &&
			report.good && report.head.size == 0,
		"an empty log is a good log");
	ok(log_create(&paths, "test.example/new", "one", &k.err) == -EEXIST, "not twice");
	ok(vkey_read(paths.vkey, &vkey, &k.err) == 0 &&
			verify_log(&(struct verify_options){ .dir = paths.dir, .vkey = &vkey },
				&report, NULL) == 0 &&
			report.good,
		"and nothing was touched");
}

static void test_create_refused(void **state)
{
	auto_kit struct kit k;
	char names[3][80];
	struct log_paths paths;

	(void)state;
	kit_open(&k);
	create(&k, names, &paths);
	ok(log_create(&paths, "a name", "one", &k.err) == -EINVAL, "a bad name");
	ok(mkdirat(k.scratch.fd, "state", 0755) == 0, "directory");
	kit_write(&k, "state/log.vkey", "mine", 4);
	ok(log_create(&paths, "test.example/new", "one", &k.err) == -EEXIST,
		"a file is in the way");
	assert_int_equal(file_size(&k, "state/log.vkey"), 4);
	ok(access(paths.key, F_OK) < 0 && access(paths.dir, F_OK) < 0,
		"nothing is left of the rest");
	ok(unlinkat(k.scratch.fd, "state/log.vkey", 0) == 0, "it goes");
	ok(log_create(&paths, "test.example/new", "one", &k.err) == 0, k.err.text);
}

static void remove_files(const struct kit *k, const char *const *names)
{
	for (; *names; names++)
		ok(unlinkat(k->scratch.fd, *names,
			   strcmp(*names, "state/log") ? 0 : AT_REMOVEDIR) == 0,
			*names);
}

/* The last files that are made, as if it had been killed before. */
static void test_create_again(void **state)
{
	static const char *const missing[][6] = {
		{ "state/log.vkey" }, { "state/log.vkey", "state/log/checkpoint" },
		{ "state/log.vkey", "state/log/checkpoint", "state/log" },
		{ "state/log.vkey", "state/log/checkpoint", "state/keys/log" },
		{ "state/log.vkey", "state/log/checkpoint", "state/keys/log", "state/log" },
		{ "state/log.vkey", "state/log/checkpoint", "state/keys/log", "state/log.journal" }
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(missing); i++) {
		auto_kit struct kit k;
		char names[3][80];
		struct log_paths paths;
		auto_signer struct signer *signer = NULL;
		auto_log struct log *l = NULL;
		struct vkey vkey;

		kit_open(&k);
		create(&k, names, &paths);
		ok(log_create(&paths, "test.example/new", "one", &k.err) == 0, k.err.text);
		remove_files(&k, missing[i]);
		ok(log_create(&paths, "test.example/new", "one", &k.err) == 0, k.err.text);
		ok(log_create(&paths, "test.example/new", "one", &k.err) == -EEXIST,
			"now it is made");
		ok(vkey_read(paths.vkey, &vkey, &k.err) == 0 &&
				key_read(paths.key, &signer, &k.err) == 0 &&
				!memcmp(&vkey, signer_vkey(signer), sizeof(vkey)),
			"the keys are a pair");
		ok(log_open(paths.dir, signer, "one", &l, &k.err) == 0, k.err.text);
		ok(kit_add(&k, l, 0, 1) == 0, k.err.text);
	}
}

/* What looks like the rest of a making, and is somebody's. */
static void test_create_not_again(void **state)
{
	static const struct {
		const char *missing[4];
		bool grown;
		const char *put;
		bool away; /* the directory itself */
	} rows[] = {
		{ { NULL }, true, NULL, false },
		{ { "state/log.vkey" }, true, NULL, false },
		{ { "state/log.vkey", "state/keys/log" }, false, NULL, false },
		{ { "state/log.vkey", "state/log.journal" }, false, NULL, false },
		{ { "state/log.vkey", "state/keys/log" }, false, "state/keys/log", false },
		{ { "state/log.vkey" }, false, "state/log.journal", false },
		{ { "state/log.vkey" }, false, "state/log/checkpoint", false },
		{ { "state/log.vkey" }, false, "state/log/file", false },
		{ { "state/log.vkey" }, true, NULL, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_kit struct kit k;
		char names[3][80];
		struct log_paths paths;
		auto_signer struct signer *signer = NULL;
		auto_log struct log *l = NULL;
		auto_free char *put = NULL;

		kit_open(&k);
		create(&k, names, &paths);
		ok(log_create(&paths, "test.example/new", "one", &k.err) == 0, k.err.text);
		ok(key_read(paths.key, &signer, &k.err) == 0 &&
				log_open(paths.dir, signer, "one", &l, &k.err) == 0,
			k.err.text);
		ok(!rows[i].grown || kit_add(&k, l, 0, 1) == 0, k.err.text);
		remove_files(&k, rows[i].missing);
		ok(!rows[i].away || renameat(k.scratch.fd, "state/log", k.scratch.fd, "away") == 0,
			"away");
		if (rows[i].put)
			scratch_put(&k.scratch, rows[i].put, "mine");
		ok(log_create(&paths, "test.example/new", "one", &k.err) < 0, "there is something");
		if (rows[i].put)
			put = scratch_get(&k.scratch, rows[i].put);
		ok(!put || !strcmp(put, "mine"), "and it stays");
		ok(!rows[i].grown || file_size(&k, "state/log.journal") > 400,
			"so does the journal");
	}
}

static void test_create_other_key(void **state)
{
	auto_kit struct kit k;
	char names[3][80];
	struct log_paths paths;
	auto_signer struct signer *other = NULL;
	auto_secret struct buf secret = BUF_INIT;
	static const char *const missing[] = { "state/log.vkey", "state/log/checkpoint",
		"state/keys/log", NULL };

	(void)state;
	kit_open(&k);
	create(&k, names, &paths);
	ok(log_create(&paths, "test.example/new", "one", &k.err) == 0, k.err.text);
	remove_files(&k, missing);
	ok(key_make("test.example/new", &secret, &other, &k.err) == 0 &&
			key_write(paths.key, &secret, &k.err) == 0,
		k.err.text);
	ok(log_create(&paths, "test.example/new", "one", &k.err) == -EEXIST, "it signed nothing");
	ok(access(paths.vkey, F_OK) < 0 && file_size(&k, "state/keys/log") == secret.len,
		"nothing is made, and the key stays");
}

static void test_bad_paths(void **state)
{
	static const char *const bad[] = { "", "/", ".", "..", "a/.", "a/..", "nowhere/at/all" };
	auto_kit struct kit k;
	struct log *l;

	(void)state;
	kit_open(&k);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ok(log_open(bad[i], k.signer, "one", &l, &k.err) < 0, bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("a log of every critical size verifies, also over many openings", test_sizes),
		TEST("the same entries in other batches make the same tree", test_batches),
		TEST("a batch without entries, or a broken one, is refused", test_refused_batches),
		TEST("entries may be empty or 65535 bytes long", test_extremes),
		TEST("a log is not opened with another key", test_other_key),
		TEST("two that have the log open see what the other did", test_two_at_once),
		TEST("the journal is emptied when it is long", test_trim),
		TEST("the journal has a bound when nobody empties it", test_bound),
		TEST("partial files stay until they are needed no more", test_partials),
		TEST("a batch that finds no room is undone", test_undo),
		TEST("a batch that fails half way leaves no file", test_undo_removes),
		TEST("a new log is empty, good, and never made over another", test_create),
		TEST("a log that can't be made leaves nothing behind", test_create_refused),
		TEST("a making that was cut short is gone on with", test_create_again),
		TEST("but not when what is there may be somebody's", test_create_not_again),
		TEST("nor when the key is another one", test_create_other_key),
		TEST("a path without a name of its own is refused", test_bad_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
