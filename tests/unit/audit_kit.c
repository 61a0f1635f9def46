#include "tests/unit/audit_kit.h"

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
