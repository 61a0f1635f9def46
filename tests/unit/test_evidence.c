#include "tests/unit/check.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runner/evidence.h"
#include "tests/unit/scratch.h"

enum { MAX_SYNCED = 64 };

/* Which directories were synced: our fsync() stands in for the C library's in this program. */
static ino_t synced[MAX_SYNCED];
static size_t n_synced;

int fsync(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && n_synced < MAX_SYNCED)
		synced[n_synced++] = st.st_ino;
	return (int)syscall(SYS_fsync, fd);
}

static bool is_synced(const struct scratch *s, const char *name)
{
	struct stat st;

	ok(fstatat(s->fd, name, &st, 0) == 0, name);
	for (size_t i = 0; i < n_synced; i++)
		if (synced[i] == st.st_ino)
			return true;
	return false;
}

static void test_names(void **state)
{
	auto_scratch struct scratch s;
	struct ctx ctx = { .state = NULL };
	struct evidence e;
	char digest[SHA256_HEX + 1];
	auto_free char *path = NULL;

	(void)state;
	scratch_open(&s);
	path = xasprintf("%s/state", s.path);
	ctx.state = path;
	n_synced = 0;
	ok(evidence_open(&ctx, s.path, &e, NULL) == 0, "a place for evidence");
	ok(evidence_put(&e, "bytes", 5, digest, NULL) == 0 && evidence_sync(&e, NULL) == 0, "put");
	evidence_close(&e);
	ok(is_synced(&s, "state/evidence/sha256"), "the name of the file is durable");
	ok(is_synced(&s, "state/evidence"), "the name of its directory is");
	ok(is_synced(&s, "state"), "and that one's");
	ok(is_synced(&s, "."), "up to what was there before");
}

static void test_kept(void **state)
{
	auto_scratch struct scratch s;
	struct ctx ctx = { .state = NULL };
	struct evidence e;
	char digest[SHA256_HEX + 1];
	auto_buf struct buf got = BUF_INIT;
	auto_free char *file = NULL, *path = NULL;

	(void)state;
	scratch_open(&s);
	path = xasprintf("%s/state", s.path);
	ctx.state = path;
	ok(evidence_open(&ctx, s.path, &e, NULL) == 0, "open");
	ok(evidence_put(&e, "bytes", 5, digest, NULL) == 0 && evidence_sync(&e, NULL) == 0, "put");
	ok(evidence_get(&e, digest, 100, &got, NULL) == 0 && !strcmp(got.data, "bytes"), "get");
	file = xasprintf("state/evidence/sha256/%s", digest);
	scratch_put(&s, file, "other");
	buf_truncate(&got, 0);
	ok(evidence_get(&e, digest, 100, &got, NULL) == -EBADMSG, "what was changed is not given");
	evidence_close(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("new directories of evidence are durable with what is in them", test_names),
		TEST("evidence is given back as it was put", test_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
