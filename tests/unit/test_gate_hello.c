#include "tests/unit/check.h"

#include <openssl/ssl.h>
#include <string.h>

#include "base/buf.h"
#include "gate/hello.h"

enum { RECORD = 5 };

/* What a client of libssl says first. versions 0: whatever it likes. */
static void make(struct buf *out, const char *name, int version)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(context);
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long n;

	ok(context && ssl && bio, "a client");
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), bio);
	if (name)
		ok(SSL_set_tlsext_host_name(ssl, name) == 1, "with a name");
	if (version)
		ok(SSL_set_min_proto_version(ssl, version) == 1 &&
				SSL_set_max_proto_version(ssl, version) == 1,
			"of one version");
	ok(SSL_connect(ssl) < 0, "which waits for an answer");
	n = BIO_get_mem_data(bio, &data);
	ok(n > RECORD && data[0] == 0x16, "has said something");
	buf_add(out, data, (size_t)n);
	SSL_free(ssl);
	SSL_CTX_free(context);
}

/* What comes of data when it arrives in parts of step bytes. */
static int give_to(
	struct hello_context *context, const void *data, size_t len, size_t step, char *name)
{
	struct hello *hello = hello_new(context);
	struct hostname read = { "untouched" };
	int r = -EAGAIN;

	for (size_t at = 0; at < len && r == -EAGAIN; at += step)
		r = hello_add(
			hello, (const char *)data + at, len - at < step ? len - at : step, &read);
	ok(r == 0 || !strcmp(read.text, "untouched"), "a name comes with success alone");
	strcpy(name, read.text);
	hello_free(hello);
	return r;
}

static int give(const struct buf *b, size_t step, char *name)
{
	struct hello_context *context = hello_context_new();
	int r = give_to(context, b->data, b->len, step, name);

	hello_context_free(context);
	return r;
}

static int named(const char *name, int version, char *ret)
{
	auto_buf struct buf b = BUF_INIT;

	make(&b, name, version);
	return give(&b, b.len, ret);
}

static void test_names(void **state)
{
	char name[HOSTNAME_MAX + 1];

	(void)state;
	ok(named("www.example.com", 0, name) == 0 && !strcmp(name, "www.example.com"), "a name");
	ok(named("www.example.com", TLS1_2_VERSION, name) == 0 && !strcmp(name, "www.example.com"),
		"with TLS 1.2");
	ok(named("www.example.com", TLS1_3_VERSION, name) == 0 && !strcmp(name, "www.example.com"),
		"with TLS 1.3");
	ok(named("WWW.Example.COM", 0, name) == 0 && !strcmp(name, "www.example.com"), "folded");
	ok(named(NULL, 0, name) == -ENOENT && named(NULL, TLS1_2_VERSION, name) == -ENOENT,
		"none at all");
	ok(named("www.example.com.", 0, name) == -EINVAL, "no dot at its end, by RFC 6066");
	ok(named("www example", 0, name) == -EINVAL && named("*.example.com", 0, name) == -EINVAL &&
			named("caf\xc3\xa9.example", 0, name) == -EINVAL &&
			named("a..b", 0, name) == -EINVAL,
		"and only a host's name");
}

static void test_split(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct hello_context *context = hello_context_new();
	char name[HOSTNAME_MAX + 1];

	(void)state;
	for (size_t v = 0; v < ARRAY_SIZE(versions); v++) {
		auto_buf struct buf b = BUF_INIT;

		make(&b, "www.example.com", versions[v]);
		ok(give_to(context, b.data, b.len, 1, name) == 0 &&
				!strcmp(name, "www.example.com"),
			"byte by byte");
		for (size_t at = 1; at < b.len; at++) {
			ok(give_to(context, b.data, at, at, name) == -EAGAIN, "a part is no hello");
			ok(give_to(context, b.data, b.len, at, name) == 0 &&
					!strcmp(name, "www.example.com"),
				"in two parts");
		}
	}
	hello_context_free(context);
}

/* The same handshake message in records of at most n bytes. */
static void split_records(const struct buf *b, size_t n, struct buf *out)
{
	for (size_t at = RECORD; at < b->len; at += n) {
		size_t len = b->len - at < n ? b->len - at : n;
		const char head[RECORD] = { 0x16, 3, 1, (char)(len >> 8), (char)len };

		buf_add(out, head, sizeof(head));
		buf_add(out, b->data + at, len);
	}
}

static void test_records(void **state)
{
	auto_buf struct buf b = BUF_INIT;
	char name[HOSTNAME_MAX + 1];

	(void)state;
	make(&b, "www.example.com", 0);
	for (size_t n = 6; n < b.len; n += 7) {
		auto_buf struct buf split = BUF_INIT;

		split_records(&b, n, &split);
		ok(give(&split, split.len, name) == 0 && !strcmp(name, "www.example.com") &&
				give(&split, 3, name) == 0 && !strcmp(name, "www.example.com"),
			"a hello in many records is read");
	}
}

/* A hello whose name of ten bytes is replaced by these, with the lengths before it. */
static int patched(const char patch[15])
{
	auto_buf struct buf b = BUF_INIT;
	char name[HOSTNAME_MAX + 1], *at;

	make(&b, "qqqqqqqqqq", 0);
	at = memmem(b.data, b.len, "qqqqqqqqqq", 10);
	ok(at, "its place");
	memcpy(at - 5, patch, 15);
	return give(&b, b.len, name);
}

static void test_lists(void **state)
{
	(void)state;
	ok(patched("\0\15\0\0\12aaaa.bbbbb") == 0, "patched as it was, it is good");
	ok(patched("\0\15\0\0\3aaa\0\0\4bbbb") == -EINVAL, "two names are one too many");
	ok(patched("\0\15\0\0\12aaaaa\0bbbb") == -EINVAL, "NUL is in no name");
	ok(patched("\0\15\1\0\12aaaaaaaaaa") == -EINVAL, "nor another kind of name");
	ok(patched("\0\15\0\0\11aaaaaaaaaa") == -EINVAL &&
			patched("\0\15\0\0\13aaaaaaaaaa") == -EINVAL &&
			patched("\0\15\0\377\377aaaaaaaaaa") == -EINVAL &&
			patched("\0\15\0\0\0aaaaaaaaaa") == -EINVAL,
		"the name's length must fit");
	ok(patched("\0\14\0\0\12aaaaaaaaaa") == -EINVAL &&
			patched("\0\16\0\0\12aaaaaaaaaa") == -EINVAL,
		"and so must the list's");
}

static int say(const void *data, size_t len, size_t step)
{
	const struct buf b = { (char *)(void *)data, len, len };
	char name[HOSTNAME_MAX + 1];

	return give(&b, step, name);
}

static void test_junk(void **state)
{
	static const char
		ssh[] = "SSH-2.0-OpenSSH_9.6\r\n",
		http[] = "GET / HTTP/1.1\r\n\r\n", alert[] = "\25\3\1\0\2\2\50",
		app[] = "\27\3\3\0\5aaaaa", finished[] = "\26\3\1\0\4\24\0\0\0",
		empty[] = "\26\3\1\0\0",
		ssl2[] = "\200\56\1\3\3\0\25\0\0\0\20\1\0\200\3\0\200\7\0\300\6\0\100\2\0\200"
			 "\4\0\200123456789abcdef0123456789";
	unsigned char zeros[64] = { 0 };

	(void)state;
	ok(say(ssh, sizeof(ssh) - 1, 99) == -EPROTO && say(ssh, sizeof(ssh) - 1, 1) == -EPROTO,
		"ssh");
	ok(say(http, sizeof(http) - 1, 99) == -EPROTO && say(http, sizeof(http) - 1, 1) == -EPROTO,
		"HTTP");
	ok(say(alert, sizeof(alert) - 1, 99) == -EPROTO &&
			say(app, sizeof(app) - 1, 99) == -EPROTO &&
			say(finished, sizeof(finished) - 1, 99) == -EPROTO,
		"TLS that is no hello");
	ok(say(empty, sizeof(empty) - 1, 99) == -EPROTO || say(empty, 5, 99) == -EAGAIN, "nothing");
	ok(say(zeros, sizeof(zeros), 64) == -EPROTO, "zeros");
	ok(say(ssl2, sizeof(ssl2) - 1, 99) == -ENOENT || say(ssl2, sizeof(ssl2) - 1, 99) == -EPROTO,
		"a hello of SSL 2 has no name");
}

/* A hello that says it is 100000 bytes long. */
static void test_long(void **state)
{
	enum { PART = 16 << 10, PARTS = 4 };
	static const char head[] = "\26\3\1\100\0", message[] = "\1\1\206\240\3\3";
	struct hello_context *context = hello_context_new();
	struct hello *hello = hello_new(context);
	auto_buf struct buf b = BUF_INIT;
	struct hostname name;
	size_t given = 0;
	int r = -EAGAIN;

	(void)state;
	for (int i = 0; i < PARTS + 1; i++) {
		auto_free char *zeros = xcalloc(1, PART);

		buf_add(&b, head, 5);
		memcpy(zeros, message, i ? 0 : 6);
		buf_add(&b, zeros, PART);
	}
	for (; r == -EAGAIN && given < b.len; given += 1000)
		r = hello_add(hello, b.data + given, 1000, &name);
	ok(r == -EPROTO && given <= HELLO_MAX + 1000 && given > HELLO_MAX - 1000,
		"a hello is taken up to a bound");
	hello_free(hello);
	buf_truncate(&b, 0);
	make(&b, "www.example.com", 0);
	buf_reserve(&b, HELLO_MAX);
	memset(b.data + b.len, 0, HELLO_MAX);
	hello = hello_new(context);
	ok(hello_add(hello, b.data, HELLO_MAX + 1, &name) == -EPROTO, "whatever it is");
	hello_free(hello);
	hello_context_free(context);
}

static void test_after(void **state)
{
	struct hello_context *context = hello_context_new();
	auto_buf struct buf b = BUF_INIT;
	char name[HOSTNAME_MAX + 1];

	(void)state;
	make(&b, "www.example.com", 0);
	for (int i = 0; i < 40; i++) {
		ok(give_to(context, "GET / HTTP/1.1\r\n", 16, 16, name) == -EPROTO, "a bad one");
		ok(give_to(context, b.data, b.len, 100, name) == 0, "changes nothing for the next");
	}
	hello_free(hello_new(context));
	hello_free(NULL);
	hello_context_free(context);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("the name that a client asks for is read", test_names),
		TEST("a hello may be split at every byte", test_split),
		TEST("a hello may come in many records", test_records),
		TEST("a list that is not of one name is refused", test_lists),
		TEST("what is no hello of TLS is refused", test_junk),
		TEST("a hello that is too long is refused", test_long),
		TEST("a bad client harms no other", test_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
