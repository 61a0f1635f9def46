#include "tests/unit/check.h"

#include <string.h>

#include "base/encode.h"

struct vector {
	const char *plain, *coded;
};

/* RFC 4648, section 10. */
static const struct vector base64_vectors[] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
	{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" } };

static void test_base64_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(base64_vectors); i++) {
		const struct vector *v = &base64_vectors[i];
		auto_buf struct buf coded = BUF_INIT, plain = BUF_INIT;

		base64_add(&coded, v->plain, strlen(v->plain));
		assert_string_equal(buf_str(&coded), v->coded);
		ok(base64_decode(v->coded, strlen(v->coded), &plain) == 0, "decodes");
		assert_string_equal(buf_str(&plain), v->plain);
	}
}

static void test_base64_strict(void **state)
{
	static const char *const bad[] = { "Z", "Zg",
		"Zg=", "Zg===", "Zh==", "Zm9=", "====", "=g==", "Z===", "Zg==Zg==", "Zm8=Zm9v",
		"Zm9v\n", "Zm9v ", " Zm9v", "Zm9v====", "Zm-v", "Zm_v", "Z\xc3\xbcv", "Zm9=v",
		"Zg=g" };
	auto_buf struct buf out = BUF_INIT;

	(void)state;
	buf_adds(&out, "kept");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (base64_decode(bad[i], strlen(bad[i]), &out) != -EINVAL || out.len != 4)
			fail_msg("'%s' was taken", bad[i]);
	ok(base64_decode("Zm9v\0AAA", 8, &out) == -EINVAL && out.len == 4, "NUL is no digit");
	assert_string_equal(buf_str(&out), "kept");
}

/* For every length and every byte: what is written is read, and no other spelling of it is. */
static void test_base64_all(void **state)
{
	(void)state;
	for (size_t len = 0; len < 70; len++) {
		auto_buf struct buf coded = BUF_INIT, plain = BUF_INIT;
		unsigned char data[70];

		for (size_t i = 0; i < len; i++)
			data[i] = (unsigned char)(i * 37 + len * 11);
		base64_add(&coded, data, len);
		ok(coded.len == (len + 2) / 3 * 4, "four digits for three bytes");
		ok(base64_decode(coded.data, coded.len, &plain) == 0 && plain.len == len &&
				!memcmp(plain.data, data, len),
			"the bytes come back");
	}
}

static void test_base64_last_digit(void **state)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned int one = 0, two = 0;

	(void)state;
	for (const char *d = digits; *d; d++) {
		auto_buf struct buf out = BUF_INIT;
		char a[] = { 'A', *d, '=', '=' }, b[] = { 'A', 'A', *d, '=' };

		one += base64_decode(a, 4, &out) == 0;
		two += base64_decode(b, 4, &out) == 0;
	}
	ok(one == 4 && two == 16, "of the last digits, those with unused bits are refused");
}

static void test_hex(void **state)
{
	unsigned char data[256], back[256];
	char text[513];

	(void)state;
	for (unsigned int i = 0; i < 256; i++)
		data[i] = (unsigned char)i;
	hex_encode(data, 256, text);
	ok(strlen(text) == 512 && !memcmp(text, "000102", 6) && !strcmp(text + 506, "fdfeff"),
		"lower-case digits");
	ok(hex_decode(text, back, 256) == 0 && !memcmp(data, back, 256), "and back");
	ok(hex_decode("FFfFaB", back, 3) == 0 && !memcmp(back, "\xff\xff\xab", 3), "either case");
	hex_encode("", 0, text);
	ok(!*text && hex_decode("", back, 0) == 0, "nothing is nothing");
}

static void test_hex_strict(void **state)
{
	unsigned char out[4];

	(void)state;
	ok(hex_decode("", out, 1) == -EINVAL && hex_decode("a", out, 1) == -EINVAL &&
			hex_decode("abc", out, 1) == -EINVAL &&
			hex_decode("abcd", out, 1) == -EINVAL,
		"exactly the digits that were asked for");
	ok(hex_decode("0x", out, 1) == -EINVAL && hex_decode("g0", out, 1) == -EINVAL &&
			hex_decode(" 1", out, 1) == -EINVAL &&
			hex_decode("+1", out, 1) == -EINVAL && hex_decode("0g", out, 1) == -EINVAL,
		"and nothing but digits");
}

/* FIPS 180-4, the examples that NIST published with it. */
static const struct vector sha256_vectors[] = {
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
		"cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
};

static void test_sha256(void **state)
{
	char hex[SHA256_HEX + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sha256_vectors); i++) {
		sha256_hex(sha256_vectors[i].plain, strlen(sha256_vectors[i].plain), hex);
		assert_string_equal(hex, sha256_vectors[i].coded);
	}
}

static void test_sha256_parts(void **state)
{
	static const char million[] =
		"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
	unsigned char digest[SHA256_LEN];
	char hex[SHA256_HEX + 1], part[997];
	struct sha256 h;

	(void)state;
	memset(part, 'a', sizeof(part));
	sha256_init(&h);
	for (size_t left = 1000000, n; left; left -= n) {
		n = left < sizeof(part) ? left : sizeof(part);
		sha256_add(&h, part, n);
	}
	sha256_end(&h, digest);
	hex_encode(digest, sizeof(digest), hex);
	assert_string_equal(hex, million);
}

static const struct CMUnitTest tests[] = {
	TEST("base64 agrees with RFC 4648", test_base64_vectors),
	TEST("base64 that is not canonical is refused and adds nothing", test_base64_strict),
	TEST("any bytes of any length go through base64", test_base64_all),
	TEST("unused bits of the last base64 digit are zero", test_base64_last_digit),
	TEST("any byte goes through hexadecimal", test_hex),
	TEST("hexadecimal has the length that was asked for", test_hex_strict),
	TEST("SHA-256 agrees with FIPS 180-4", test_sha256),
	TEST("SHA-256 of parts is SHA-256 of the whole", test_sha256_parts),
};

int main(void)
{
	return cmocka_run_group_tests_name("base/encode", tests, NULL, NULL);
}
