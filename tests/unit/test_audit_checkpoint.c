#include "tests/unit/check.h"

#include <string.h>

#include "audit/sign.h"

#define ROOT "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static void test_roundtrip(void **state)
{
	struct checkpoint c = { .origin = "test.example/log", .size = 18446744073709551615ULL },
			  again;
	auto_buf struct buf text = BUF_INIT;

	(void)state;
	ok(base64_decode(ROOT, strlen(ROOT), &text) == 0, "root");
	memcpy(c.root, text.data, sizeof(c.root));
	buf_truncate(&text, 0);
	checkpoint_add(&text, &c);
	assert_string_equal(text.data, "test.example/log\n18446744073709551615\n" ROOT "\n");
	ok(checkpoint_parse(text.data, text.len, &again, NULL) == 0, "it is read back");
	ok(!memcmp(&c, &again, sizeof(c)), "the same");
}

static void test_extensions(void **state)
{
	static const char text[] = "o\n7\n" ROOT "\nextension\nanother\n";
	struct checkpoint c;

	(void)state;
	ok(checkpoint_parse(text, strlen(text), &c, NULL) == 0 && c.size == 7, "lines may follow");
}

static void test_malformed(void **state)
{
	static const char *const bad[] = { "", "\n", "o\n", "o\n7\n", "o\n7\n" ROOT,
		"\n7\n" ROOT "\n", "o\n\n" ROOT "\n", "o\n7\n\n", "o\n07\n" ROOT "\n",
		"o\n+7\n" ROOT "\n", "o\n-7\n" ROOT "\n", "o\n7 \n" ROOT "\n", "o\n 7\n" ROOT "\n",
		"o\n0x7\n" ROOT "\n", "o\n18446744073709551616\n" ROOT "\n",
		"o\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n", "o\n7\n" ROOT "AAAA\n",
		"o\n7\n47DEQpj8HBSa\n", "o\n7\n" ROOT "\n\nextension\n", "o\n7\n" ROOT "\n\n",
		"o\n7\n" ROOT "\nextension" };
	struct checkpoint c = { .size = 99 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ok(checkpoint_parse(bad[i], strlen(bad[i]), &c, NULL) < 0, bad[i]);
	ok(checkpoint_parse("o\n7\0\n" ROOT "\n", 5 + sizeof(ROOT), &c, NULL) < 0, "a NUL");
	ok(c.size == 99, "untouched on failure");
}

/* A note signed by a key of that name over a checkpoint of that origin. */
static void sign(const char *name, const char *origin, struct buf *note, struct vkey *ret)
{
	unsigned char seed[SIGN_SEED] = { 9 };
	auto_signer struct signer *s = NULL;
	struct checkpoint c = { .size = 3 };

	strcpy(c.origin, origin);
	ok(signer_new(name, seed, &s, NULL) == 0 && checkpoint_sign(&c, s, note, NULL) == 0,
		"sign");
	*ret = *signer_vkey(s);
}

static void test_open(void **state)
{
	auto_buf struct buf note = BUF_INIT, other = BUF_INIT;
	struct vkey vkey, other_vkey;
	struct checkpoint c;

	(void)state;
	sign("log", "log", &note, &vkey);
	ok(checkpoint_open(note.data, note.len, &vkey, &c, NULL) == 0 && c.size == 3,
		"signed, read");
	sign("log", "another", &other, &other_vkey);
	ok(checkpoint_open(other.data, other.len, &vkey, &c, NULL) == -EINVAL, "another log's");
	buf_truncate(&other, 0);
	sign("another", "another", &other, &other_vkey);
	ok(checkpoint_open(other.data, other.len, &vkey, &c, NULL) == -ENOKEY, "another key's");
	ok(checkpoint_open(note.data, note.len - 1, &vkey, &c, NULL) == -EINVAL, "cut short");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("a checkpoint is written and read back", test_roundtrip),
		TEST("lines of extensions are accepted", test_extensions),
		TEST("what is not a checkpoint is refused", test_malformed),
		TEST("only the log's own checkpoint, signed by its key, is opened", test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
