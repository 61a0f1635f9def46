#include "tests/unit/audit_kit.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "audit/key.h"

static char *key_path(const struct kit *k)
{
	return xasprintf("%s/key", k->scratch.path);
}

static int create(const char *path, const char *name, struct signer **ret, struct err *err)
{
	auto_secret struct buf secret = BUF_INIT;
	auto_signer struct signer *s = NULL;
	int r = key_make(name, &secret, &s, err);

	if (r == 0)
		r = key_write(path, &secret, err);
	if (r == 0)
		*ret = steal_pointer(&s);
	return r;
}

static void test_roundtrip(void **state)
{
	auto_kit struct kit k;
	auto_signer struct signer *made = NULL, *read = NULL, *other = NULL;
	auto_free char *path = NULL, *second = NULL;
	struct stat st;

	(void)state;
	kit_open(&k);
	path = key_path(&k);
	second = xasprintf("%s2", path);
	ok(create(path, "a/b", &made, &k.err) == 0, k.err.text);
	ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600, "for the owner alone");
	ok(key_read(path, &read, &k.err) == 0, k.err.text);
	ok(!memcmp(signer_vkey(made), signer_vkey(read), sizeof(struct vkey)), "the same key");
	ok(create(second, "a/b", &other, &k.err) == 0, k.err.text);
	ok(memcmp(signer_vkey(made)->key, signer_vkey(other)->key, VKEY_BYTES) != 0,
		"no two keys are the same");
}

static void test_exclusive(void **state)
{
	auto_kit struct kit k;
	auto_free char *path = NULL, *text = NULL;
	struct signer *s;

	(void)state;
	kit_open(&k);
	path = key_path(&k);
	kit_write(&k, "key", "mine", 4);
	ok(create(path, "a/b", &s, &k.err) == -EEXIST, "a file");
	text = scratch_get(&k.scratch, "key");
	assert_string_equal(text, "mine");
	ok(unlinkat(k.scratch.fd, "key", 0) == 0 && symlinkat("nowhere", k.scratch.fd, "key") == 0,
		"link");
	ok(create(path, "a/b", &s, &k.err) == -EEXIST, "a symlink, wherever it leads");
}

static void test_modes(void **state)
{
	static const mode_t bad[] = { 0640, 0604, 0660, 0601, 0620, 0644, 0777 };
	auto_kit struct kit k;
	auto_signer struct signer *s = NULL;
	auto_free char *path = NULL;
	struct signer *none;

	(void)state;
	kit_open(&k);
	path = key_path(&k);
	ok(create(path, "a/b", &s, &k.err) == 0, k.err.text);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		ok(chmod(path, bad[i]) == 0, "mode");
		ok(key_read(path, &none, &k.err) == -EPERM, "others may have it");
	}
	ok(chmod(path, 0400) == 0, "mode");
	signer_free(s);
	s = NULL;
	ok(key_read(path, &s, &k.err) == 0, "less is fine");
}

static void test_owner(void **state)
{
	auto_kit struct kit k;
	auto_signer struct signer *s = NULL;
	auto_free char *path = NULL;
	struct signer *none;

	(void)state;
	kit_open(&k);
	path = key_path(&k);
	ok(create(path, "a/b", &s, &k.err) == 0, k.err.text);
	if (geteuid() != 0) {
		/* cmocka's own skip() counts as a failure under prove. */
		fprintf(stderr, "skipped: only root can give a file away\n");
		return;
	}
	ok(chown(path, 12345, 12345) == 0, "give it away");
	ok(key_read(path, &none, &k.err) == -EPERM, "another user's");
}

static void test_not_keys(void **state)
{
	static const char *const bad[] = {
		"", "\n", "PRIVATE+KEY+", "PRIVATE+KEY+a/b+00000000+AQ==",
		"PRIVATE+KEY+PeterNeumann+c74f20a4+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n",
		"PRIVATE+KEY+PeterNeumann+c74f20a3+AoEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n"
	};
	auto_kit struct kit k;
	auto_free char *path = NULL;
	struct signer *s;

	(void)state;
	kit_open(&k);
	path = key_path(&k);
	ok(key_read(path, &s, &k.err) == -ENOENT, "no file");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		kit_write(&k, "key", bad[i], strlen(bad[i]));
		ok(fchmodat(k.scratch.fd, "key", 0600, 0) == 0, "mode");
		ok(key_read(path, &s, &k.err) == -EINVAL, bad[i]);
	}
	ok(unlinkat(k.scratch.fd, "key", 0) == 0 && mkfifoat(k.scratch.fd, "key", 0600) == 0,
		"fifo");
	ok(key_read(path, &s, &k.err) == -EPERM, "a fifo does not hold us up");
}

/* The line "VmFlags:" of the mapping that the address lies in. */
static char *flags_of(const void *p)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	bool found = false;
	char *line = NULL;
	size_t room = 0;
	uintptr_t at = (uintptr_t)p, from, to;

	ok(f, "the kernel says what is mapped");
	while (getline(&line, &room, f) > 0) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2)
			found = at >= from && at < to;
		else if (found && !strncmp(line, "VmFlags:", 8))
			break;
	}
	fclose(f);
	return line;
}

/* Not where there is a limit, or where a sanitizer answers for the kernel. */
static bool can_lock(void)
{
	long page = sysconf(_SC_PAGESIZE);
	void *p = mmap(
		NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	auto_free char *flags = NULL;
	bool locked;

	ok(p != MAP_FAILED, "a page");
	locked = mlock(p, (size_t)page) == 0;
	flags = flags_of(p);
	locked = locked && strstr(flags, " lo");
	munmap(p, (size_t)page);
	return locked;
}

static void test_memory(void **state)
{
	static const unsigned char seed[SIGN_SEED] = { 1 };
	auto_signer struct signer *s = NULL;
	auto_free char *flags = NULL;

	(void)state;
	ok(signer_new("a/b", seed, &s, NULL) == 0, "a key");
	flags = flags_of(signer_vkey(s));
	ok(strstr(flags, " dd"), "no core dump has it");
	if (can_lock())
		ok(strstr(flags, " lo"), "it is not swapped out");
	else
		fprintf(stderr, "skipped: memory can't be locked here\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("a new key is the owner's alone and is read back", test_roundtrip),
		TEST("a key is never written over anything", test_exclusive),
		TEST("a key that others may read or write is refused", test_modes),
		TEST("a key of another user is refused", test_owner),
		TEST("what is not a key is refused", test_not_keys),
		TEST("the memory of a key is locked and not dumped", test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
