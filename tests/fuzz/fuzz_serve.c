/*
 * fuzz_serve.c: bytes as a stream of requests to a log that is made for them. Every request gets its answer,
 * and the log that comes of it verifies and has what was answered with "ok", and nothing else.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "audit/journal.h"
#include "audit/read.h"
#include "audit/serve.h"
#include "audit/verify.h"
#include "base/io.h"
#include "base/logwire.h"
#include "tests/fuzz/fuzz.h"

static const char origin[] = "fuzz.example/log";

enum { ANSWERS_MAX = 1 << 24 };

static const struct signer *signer(void)
{
	static const unsigned char seed[SIGN_SEED] = { 1 };
	static struct signer *s;

	must(s || signer_new(origin, seed, &s, NULL) == 0);
	return s;
}

static void make_log(const char *dir)
{
	int scratch = fuzz_scratch()->fd;
	struct checkpoint head = { .size = 0 };
	struct merkle empty = { .size = 0 };
	auto_store struct store s = STORE_INIT;
	auto_buf struct buf note = BUF_INIT;

	must(tree_remove(scratch, "log", NULL) == 0 && mkdirat(scratch, "log", 0700) == 0);
	strcpy(head.origin, origin);
	merkle_root(&empty, head.root);
	must(store_open(dir, &s, NULL) == 0 && store_enter(&s, NULL) == 0);
	must(checkpoint_sign(&head, signer(), &note, NULL) == 0);
	must(journal_create(&s, 0, &note, "boot", NULL) == 0);
	must(store_put(&s, STORE_CHECKPOINT, note.data, note.len, NULL) == 0);
}

static int memory_of(const void *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	must(fd >= 0 && io_write_all(fd, data, size) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void warn(const struct err *err)
{
	(void)err;
	abort();
}

static int answer_all(const char *dir, const uint8_t *data, size_t size, struct buf *answers)
{
	auto_fd int in = memory_of(data, size), out = memory_of("", 0);
	auto_log struct log *log = NULL;
	struct err err = { "" };
	int r;

	must(log_open(dir, signer(), "boot", &log, &err) == 0);
	r = serve(log, in, out, warn, &err);
	must(r == 0 || r == -EPROTO);
	must(lseek(out, 0, SEEK_SET) == 0 && io_read_all(out, ANSWERS_MAX, answers) == 0);
	return r;
}

/* The log as its directory says it is. */
struct found {
	struct reader *reader;
	struct verify_report report;
	uint64_t n; /* entries that were answered for */
};

static void open_found(const char *dir, struct found *f)
{
	struct verify_options o = { .dir = dir, .vkey = signer_vkey(signer()) };

	f->n = 0;
	must(verify_log(&o, &f->report, NULL) == 0 && f->report.good);
	must(reader_open(dir, &f->reader, NULL) == 0);
}

/* One request, which is whole, and the line that answers it. */
static void check_request(struct found *f, struct bundle body, const char *line)
{
	struct logwire_answer a = { .origin = NULL };
	uint64_t n = 0;
	struct entry said, logged;
	bool good = bundle_count(body, &n) == 0 && n;
	int r = logwire_parse_answer(line, &a, NULL);

	must(r == (good ? 0 : -EREMOTEIO));
	if (!good)
		return;
	must(a.first == f->n && a.size >= a.first + n && !strcmp(a.origin, origin));
	while (bundle_next(&body, &said) > 0) {
		must(reader_get(f->reader, f->n++, &logged, NULL) == 0);
		must(logged.len == said.len && !memcmp(logged.data, said.data, said.len));
	}
	logwire_answer_done(&a);
}

/* Takes one request off; false when none is whole. Too large a one has an answer too, when all of it is there. */
static bool next_request(struct bundle *rest, struct bundle *ret)
{
	size_t count = rest->left < LOGWIRE_COUNT ? 0 : logwire_count(rest->p);

	if (rest->left < LOGWIRE_COUNT || rest->left - LOGWIRE_COUNT < count)
		return false;
	*ret = (struct bundle){ rest->p + LOGWIRE_COUNT, count };
	rest->p += LOGWIRE_COUNT + count;
	rest->left -= LOGWIRE_COUNT + count;
	return true;
}

static void check(const char *dir, struct bundle rest, char *answers, int r)
{
	struct found f;
	struct bundle body;

	open_found(dir, &f);
	while (next_request(&rest, &body)) {
		char *line = strsep(&answers, "\n");

		must(line);
		check_request(&f, body, line);
	}
	if (rest.left >= LOGWIRE_COUNT && logwire_count(rest.p) > LOGWIRE_MAX_REQUEST)
		must(strsep(&answers, "\n"));
	else
		must(r == (rest.left ? -EPROTO : 0));
	must(!answers || !*answers);
	must(f.n == f.report.head.size && f.n == reader_head(f.reader)->size);
	reader_close(f.reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *dir = xasprintf("%s/log", fuzz_scratch()->path);
	auto_buf struct buf answers = BUF_INIT;
	int r;

	make_log(dir);
	r = answer_all(dir, data, size, &answers);
	check(dir, (struct bundle){ (const char *)data, size }, answers.data, r);
	return 0;
}
