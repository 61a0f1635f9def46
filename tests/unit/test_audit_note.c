#include "tests/unit/check.h"

#include <string.h>

#include "audit/note.h"
#include "audit/sign.h"

/* Published vectors of Go's note package. */
static const char foo_vkey[] =
	"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
static const char foo_note[] =
	"This is an example message.\n"
	"\n"
	"\xe2\x80\x94 example.com/foo "
	"Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
static const char neumann_skey[] =
	"PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
static const char neumann_vkey[] =
	"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char neumann_text[] = "If you think cryptography is the answer to your problem,\n"
				   "then you don't know what your problem is.\n";
static const char neumann_sig[] =
	"\xe2\x80\x94 PeterNeumann "
	"x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

/* A line that another key might have signed: key id 01020304, signature 'AAAA'. */
static const char other_sig[] = "\xe2\x80\x94 somebody.else AQIDBEFBQUE=\n";

static int verify(const char *data, size_t len, const char *vkey)
{
	auto_note struct note note = { .text = NULL };
	struct vkey key;
	int r;

	ok(vkey_parse(vkey, &key, NULL) == 0, vkey);
	r = note_parse(data, len, &note, NULL);
	return r < 0 ? r : note_verify(&note, &key, NULL);
}

static void test_published(void **state)
{
	auto_note struct note note = { .text = NULL };

	(void)state;
	ok(verify(foo_note, strlen(foo_note), foo_vkey) == 0, "the published note is good");
	ok(note_parse(foo_note, strlen(foo_note), &note, NULL) == 0 && note.n == 1,
		"one signature");
	ok(note.text_len == strlen("This is an example message.\n"), "the text has its newline");
	ok(note.sigs[0].id == 0x530d903a && note.sigs[0].len == 64, "key id and signature");
	ok(verify(foo_note, strlen(foo_note), neumann_vkey) == -ENOKEY,
		"another key signed nothing");
}

static void test_sign(void **state)
{
	auto_signer struct signer *s = NULL;
	auto_buf struct buf out = BUF_INIT, want = BUF_INIT, vkey = BUF_INIT;

	(void)state;
	ok(signer_parse(neumann_skey, &s, NULL) == 0, "the published private key is read");
	vkey_add(&vkey, signer_vkey(s));
	assert_string_equal(vkey.data, neumann_vkey);
	ok(signer_add_note(s, neumann_text, strlen(neumann_text), &out, NULL) == 0, "it signs");
	buf_addf(&want, "%s\n%s", neumann_text, neumann_sig);
	assert_string_equal(out.data, want.data);
	ok(verify(out.data, out.len, neumann_vkey) == 0, "what it signs is good");
}

static void test_secret_line(void **state)
{
	unsigned char seed[SIGN_SEED] = { 1, 2, 3 };
	auto_signer struct signer *s = NULL, *again = NULL;
	auto_buf struct buf line = BUF_INIT;

	(void)state;
	ok(signer_new("a/b", seed, &s, NULL) == 0, "a key");
	signer_add_secret(&line, "a/b", seed, signer_vkey(s));
	ok(signer_parse(line.data, &again, NULL) == 0, "the line is read back");
	ok(!memcmp(signer_vkey(again), signer_vkey(s), sizeof(struct vkey)), "the same key");
	line.data[line.len - 3] ^= 1;
	signer_free(again);
	again = NULL;
	ok(signer_parse(line.data, &again, NULL) == -EINVAL, "another key than the key id says");
	ok(signer_parse(neumann_vkey, &again, NULL) == -EINVAL, "a public key is no private one");
}

static void test_others(void **state)
{
	auto_buf struct buf note = BUF_INIT;

	(void)state;
	buf_adds(&note, "This is an example message.\n\n");
	for (int i = 0; i < 16; i++)
		buf_adds(&note, other_sig);
	buf_adds(&note, strchr(foo_note, '\n') + 2);
	ok(verify(note.data, note.len, foo_vkey) == 0,
		"sixteen signatures of others are passed over");
	buf_adds(&note, other_sig);
	ok(verify(note.data, note.len, foo_vkey) == 0, "before ours and behind");
}

/* A public key of small order, for which one signature fits every text: some libraries take it. */
static void test_small_order(void **state)
{
	static const unsigned char identity[VKEY_BYTES] = { 1 };
	unsigned char sig[SIGN_BYTES] = { 1 };
	auto_buf struct buf note = BUF_INIT, line = BUF_INIT;
	struct vkey vkey;

	(void)state;
	ok(vkey_make("a/b", identity, &vkey, NULL) == 0, "a key of that form");
	vkey_add(&line, &vkey);
	buf_adds(&note, "any text\n\n");
	note_add_sig(&note, "a/b", vkey.id, sig, sizeof(sig));
	ok(verify(note.data, note.len, buf_str(&line)) == -EKEYREJECTED, "it signs nothing");
}

/* The same point, with the group's order added to the scalar: another signature for the same text. */
static void test_malleable(void **state)
{
	static const unsigned char order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
		0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10 };
	unsigned char sig[SIGN_BYTES];
	auto_note struct note parsed = { .text = NULL };
	auto_buf struct buf note = BUF_INIT;
	unsigned int carry = 0;

	(void)state;
	ok(note_parse(foo_note, strlen(foo_note), &parsed, NULL) == 0, "a note");
	memcpy(sig, note_sig_bytes(&parsed, &parsed.sigs[0]), sizeof(sig));
	for (int i = 0; i < 32; i++) {
		carry += sig[32 + i] + order[i];
		sig[32 + i] = (unsigned char)carry;
		carry >>= 8;
	}
	buf_add(&note, parsed.text, parsed.text_len);
	buf_addc(&note, '\n');
	note_add_sig(&note, "example.com/foo", parsed.sigs[0].id, sig, sizeof(sig));
	ok(verify(note.data, note.len, foo_vkey) == -EKEYREJECTED, "only one form counts");
}

/* What the signature covers, and the signature itself, bit by bit. */
static void test_changed(void **state)
{
	size_t len = strlen(foo_note);

	(void)state;
	for (size_t i = 0; i < len; i++) {
		auto_buf struct buf note = BUF_INIT;

		buf_add(&note, foo_note, len);
		note.data[i] ^= 1;
		ok(verify(note.data, note.len, foo_vkey) < 0, "no byte can be changed");
	}
}

static void test_wrong_known(void **state)
{
	auto_buf struct buf note = BUF_INIT;
	const char *sig = strchr(foo_note, '\n') + 2;

	(void)state;
	buf_adds(&note, foo_note);
	buf_adds(&note, sig);
	ok(verify(note.data, note.len, foo_vkey) == 0, "the same signature twice is good");
	note.data[note.len - 20] = note.data[note.len - 20] == 'A' ? 'B' : 'A';
	ok(verify(note.data, note.len, foo_vkey) == -EKEYREJECTED,
		"a wrong one beside a good one is not");
}

static void test_malformed(void **state)
{
	static const char *const bad[] = { "", "\n", "\n\n", "text\n", "text\n\n", "text",
		"text\n\nsig\n", "text\n\n\xe2\x80\x94 name AQIDBEFB", /* no newline at the end */
		"text\n\n\xe2\x80\x94 name AQIDBA==\n", /* a key id and nothing else */
		"text\n\n\xe2\x80\x94 name AQID\n", "text\n\n\xe2\x80\x94 name !!!!\n",
		"text\n\n\xe2\x80\x94 na+me AQIDBEFB\n", "text\n\n\xe2\x80\x94  AQIDBEFB\n",
		"text\n\n\xe2\x80\x94 na\xc2\xa0me AQIDBEFB\n",
		"text\n\n\xe2\x80\x94 name  AQIDBEFB\n", "text\n\n\xe2\x80\x94 name AQIDBEFB \n",
		"text\n\n\xe2\x80\x94 name\n", "text\n\n- name AQIDBEFB\n",
		"text\n\n\xe2\x80\x94name AQIDBEFB\n", "te\tt\n\n\xe2\x80\x94 name AQIDBEFB\n",
		"te\rt\n\n\xe2\x80\x94 name AQIDBEFB\n", "te\xff\n\n\xe2\x80\x94 name AQIDBEFB\n",
		"text\n\xe2\x80\x94 name AQIDBEFB\n",
		"text\n\n\xe2\x80\x94 name AQIDBEFB\nmore\n" };
	struct note note;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ok(note_parse(bad[i], strlen(bad[i]), &note, NULL) == -EINVAL, bad[i]);
	ok(note_parse("te\0t\n\n\xe2\x80\x94 name AQIDBEFB\n", 26, &note, NULL) == -EINVAL,
		"a NUL");
}

static void test_split(void **state)
{
	static const char text[] = "a\n\nb\n\n\xe2\x80\x94 name AQIDBEFB\n";
	auto_note struct note note = { .text = NULL };

	(void)state;
	ok(note_parse(text, strlen(text), &note, NULL) == 0,
		"an empty line may be part of the text");
	assert_int_equal(note.text_len, strlen("a\n\nb\n"));
}

static void test_long(void **state)
{
	auto_buf struct buf text = BUF_INIT;
	struct note note;

	(void)state;
	while (text.len <= NOTE_MAX_BYTES)
		buf_adds(&text, "line\n");
	buf_addf(&text, "\n%s", other_sig);
	ok(note_parse(text.data, text.len, &note, NULL) == -EINVAL, "there is a bound");
}

static void test_names(void **state)
{
	static const char *const good[] = { "a", "example.com/foo", "gr\xc3\xbc\xc3\x9f",
		"\xe2\x80\x94" };
	static const char *const bad[] = { "", "a b", "a+b", "a\tb", "a\nb", "a\xc2\x85",
		"a\xe3\x80\x80", "a\xe2\x80\x8a", "a\xe2\x80\xa9", "\xff", "a\x7f", "a\x01" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		ok(note_is_name(good[i], strlen(good[i])), good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ok(!note_is_name(bad[i], strlen(bad[i])), bad[i]);
}

static void test_vkeys(void **state)
{
	static const char *const bad[] = { "", "+", "++", "name", "name+530d903a", "name+530d903a+",
		"+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", /* no name */
		"example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", /* id */
		"example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", /* name */
		"example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", /* type */
		"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2l", /* key */
		"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2kAA==",
		"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n\n",
		"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k ",
		"example.com/foo+530d90+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		"a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k" };
	auto_buf struct buf text = BUF_INIT;
	struct vkey v;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ok(vkey_parse(bad[i], &v, NULL) == -EINVAL, bad[i]);
	ok(vkey_parse(foo_vkey, &v, NULL) == 0, "the published one");
	vkey_add(&text, &v);
	assert_string_equal(text.data, foo_vkey);
	buf_addc(&text, '\n');
	ok(vkey_parse(text.data, &v, NULL) == 0, "with a newline, as a file has it");
}

static void test_long_name(void **state)
{
	unsigned char key[VKEY_BYTES] = { 0 };
	char name[VKEY_MAX_NAME + 2];
	struct vkey v;

	(void)state;
	memset(name, 'n', sizeof(name));
	name[VKEY_MAX_NAME + 1] = '\0';
	ok(vkey_make(name, key, &v, NULL) == -EINVAL, "256 bytes are too long");
	name[VKEY_MAX_NAME] = '\0';
	ok(vkey_make(name, key, &v, NULL) == 0, "255 are not");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("a note that others signed is verified", test_published),
		TEST("signing gives the published signature", test_sign),
		TEST("a private key is written and read as one line", test_secret_line),
		TEST("signatures of unknown keys do not matter", test_others),
		TEST("a key of small order signs nothing", test_small_order),
		TEST("a signature has one form", test_malleable),
		TEST("a note with any bit changed is refused", test_changed),
		TEST("a wrong signature of a known key is refused though another is good",
			test_wrong_known),
		TEST("what is not a note is refused", test_malformed),
		TEST("the last empty line ends the text", test_split),
		TEST("a note has a bound", test_long),
		TEST("names of keys have no blanks, pluses and control characters", test_names),
		TEST("a public key with anything wrong is refused", test_vkeys),
		TEST("the name of a key has a bound", test_long_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
