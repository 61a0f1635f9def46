#include "tests/unit/audit_kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/journal.h"
#include "base/io.h"

void kit_close(struct kit *k)
{
	signer_free(k->signer);
	scratch_close(&k->scratch);
}

void kit_open(struct kit *k)
{
	unsigned char seed[SIGN_SEED];
	struct checkpoint head = { .origin = KIT_NAME };
	struct merkle empty = { .size = 0 };
	auto_store struct store s = STORE_INIT;
	auto_buf struct buf note = BUF_INIT;

	*k = (struct kit){ .signer = NULL };
	for (size_t i = 0; i < sizeof(seed); i++)
		seed[i] = (unsigned char)(i + 1);
	scratch_open(&k->scratch);
	snprintf(k->dir, sizeof(k->dir), "%s/log", k->scratch.path);
	merkle_root(&empty, head.root);
	ok(mkdir(k->dir, 0755) == 0 && signer_new(KIT_NAME, seed, &k->signer, NULL) == 0 &&
			store_open(k->dir, &s, NULL) == 0 && store_enter(&s, NULL) == 0 &&
			checkpoint_sign(&head, k->signer, &note, NULL) == 0 &&
			journal_create(&s, 0, &note, "one", NULL) == 0 &&
			store_put(&s, STORE_CHECKPOINT, note.data, note.len, NULL) == 0,
		"an empty log can be made");
}

void kit_add_entry(struct buf *out, uint64_t n)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "entry %ju of the test", (uintmax_t)n);

	buf_addc(out, 0);
	buf_addc(out, (char)len);
	buf_add(out, text, (size_t)len);
}

int kit_add(struct kit *k, struct log *l, uint64_t from, uint64_t n)
{
	auto_buf struct buf entries = BUF_INIT;
	struct checkpoint head;

	for (uint64_t i = from; i < from + n; i++)
		kit_add_entry(&entries, i);
	return log_append(l, (struct bundle){ entries.data, entries.len }, &head, &k->err);
}

int kit_grow(struct kit *k, const char *boot, uint64_t from, uint64_t to, uint64_t batch)
{
	auto_log struct log *l = NULL;
	int r = log_open(k->dir, k->signer, boot, &l, &k->err);

	for (; r == 0 && from < to; from += batch)
		r = kit_add(k, l, from, from + batch > to ? to - from : batch);
	return r;
}

struct verify_report kit_verify(const struct kit *k)
{
	struct verify_options o = { .dir = k->dir, .vkey = signer_vkey(k->signer) };
	struct verify_report report;

	ok(verify_log(&o, &report, NULL) == 0, "there is a log to be verified");
	return report;
}

void kit_expect(const struct kit *k, uint64_t size)
{
	struct verify_report report = kit_verify(k);

	if (!report.good)
		fail_msg("%s: %s", report.file, report.problem.text);
	assert_int_equal(report.head.size, size);
}

void kit_read(const struct kit *k, const char *path, struct buf *out)
{
	buf_truncate(out, 0);
	ok(file_read(k->scratch.fd, path, 1 << 26, out, NULL) == 0, path);
}

void kit_write(const struct kit *k, const char *path, const void *data, size_t len)
{
	auto_fd int fd = openat(
		k->scratch.fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ok(fd >= 0 && io_write_all(fd, data, len) == 0, path);
}

/* Names, inodes and bytes of all that is in a directory of the scratch directory. */
static void add_tree(struct kit *k, const char *dir, struct buf *out)
{
	struct dirent **names;
	int n = scandir(dir, &names, NULL, alphasort);

	ok(n >= 0, dir);
	for (int i = 0; i < n; i++) {
		auto_free char *path = xasprintf("%s/%s", dir, names[i]->d_name);
		struct stat st;

		ok(lstat(path, &st) == 0, path);
		buf_addf(out, "%s %ju ", path, (uintmax_t)st.st_ino);
		if (S_ISREG(st.st_mode))
			ok(file_read(AT_FDCWD, path, 1 << 26, out, NULL) == 0, path);
		else if (names[i]->d_name[0] != '.')
			add_tree(k, path, out);
		free(names[i]);
	}
	free(names);
}

void kit_snapshot(struct kit *k, struct buf *out)
{
	buf_truncate(out, 0);
	add_tree(k, k->scratch.path, out);
}

void kit_expect_untouched(struct kit *k, const struct buf *before)
{
	auto_buf struct buf now = BUF_INIT;

	kit_snapshot(k, &now);
	ok(now.len == before->len && !memcmp(now.data, before->data, now.len),
		"no file has been touched");
}

/* Who only looks finds the log good, with or without something to be finished, and touches nothing. */
void kit_expect_look(struct kit *k, const char *boot, uint64_t size, bool settled)
{
	auto_pending struct pending rest = PENDING_INIT;
	auto_buf struct buf before = BUF_INIT;
	struct verify_options o = { .dir = k->dir, .vkey = signer_vkey(k->signer), .rest = &rest };
	struct verify_report report;
	int fd = openat(k->scratch.fd, "log.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	ok(fd >= 0 && close(fd) == 0, "a lock");
	kit_snapshot(k, &before);
	ok(log_look(k->dir, o.vkey, boot, &rest, &k->err) == 0, k->err.text);
	assert_int_equal(pending_is_empty(&rest), settled);
	ok(verify_log(&o, &report, NULL) == 0, "there is a log");
	if (!report.good)
		fail_msg("%s: %s", report.file, report.problem.text);
	assert_int_equal(report.head.size, size);
	kit_expect_untouched(k, &before);
}

/* Neither of the two writes anything or takes the log for one that is in order. */
void kit_expect_refused(struct kit *k, const char *boot, const char *why)
{
	auto_pending struct pending rest = PENDING_INIT;
	auto_buf struct buf before = BUF_INIT;
	struct log *l;
	int fd = openat(k->scratch.fd, "log.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	ok(fd >= 0 && close(fd) == 0, "a lock");
	kit_snapshot(k, &before);
	ok(log_look(k->dir, signer_vkey(k->signer), boot, &rest, &k->err) == -EUCLEAN, why);
	ok(log_open(k->dir, k->signer, boot, &l, &k->err) == -EUCLEAN, why);
	ok(strstr(k->err.text, why), k->err.text);
	kit_expect_untouched(k, &before);
}
