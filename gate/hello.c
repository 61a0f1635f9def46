#include "gate/hello.h"

#include <openssl/ssl.h>
#include <string.h>

struct hello {
	SSL *ssl;
	BIO *in; /* owned by ssl */
	size_t len;
	int result;
	struct hostname name;
};

/* The extension as RFC 6066 lays it out: a list of one name, of type host_name. */
static int read_names(const unsigned char *p, size_t len, struct hostname *ret)
{
	enum { HEADER = 5, HOST_NAME = 0 };
	size_t list, name;

	if (len < HEADER || p[2] != HOST_NAME)
		return -EINVAL;
	list = (size_t)p[0] << 8 | p[1];
	name = (size_t)p[3] << 8 | p[4];
	if (list != len - 2 || name != len - HEADER || memchr(p + HEADER, '\0', name) || !name ||
		p[len - 1] == '.')
		return -EINVAL;
	return hostname_read((const char *)p + HEADER, name, ret);
}

static int take_name(SSL *ssl, int *alert, void *arg)
{
	struct hello *hello = SSL_get_app_data(ssl);
	const unsigned char *extension;
	size_t len;

	(void)alert;
	(void)arg;
	hello->result = -ENOENT;
	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &extension, &len))
		hello->result = read_names(extension, len, &hello->name);
	return SSL_CLIENT_HELLO_RETRY;
}

struct hello_context *hello_context_new(void)
{
	SSL_CTX *context = NULL;

	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1)
		context = SSL_CTX_new(TLS_server_method());
	if (!context)
		abort();
	SSL_CTX_set_client_hello_cb(context, take_name, NULL);
	return (struct hello_context *)context;
}

void hello_context_free(struct hello_context *context)
{
	SSL_CTX_free((SSL_CTX *)context);
}

/* Whatever libssl would answer goes nowhere. */
struct hello *hello_new(struct hello_context *context)
{
	struct hello *hello = xcalloc(1, sizeof(*hello));
	BIO *out = BIO_new(BIO_s_null());

	hello->ssl = SSL_new((SSL_CTX *)context);
	hello->in = BIO_new(BIO_s_mem());
	if (!hello->ssl || !hello->in || !out)
		abort();
	BIO_set_mem_eof_return(hello->in, -1);
	SSL_set_bio(hello->ssl, hello->in, out);
	SSL_set_app_data(hello->ssl, hello);
	return hello;
}

void hello_free(struct hello *hello)
{
	if (hello)
		SSL_free(hello->ssl);
	free(hello);
}

int hello_add(struct hello *hello, const void *data, size_t len, struct hostname *ret)
{
	if (len > HELLO_MAX - hello->len)
		return -EPROTO;
	hello->len += len;
	if (BIO_write(hello->in, data, (int)len) != (int)len)
		return -EPROTO;
	hello->result = -EPROTO;
	if (SSL_get_error(hello->ssl, SSL_accept(hello->ssl)) == SSL_ERROR_WANT_READ)
		return hello->len < HELLO_MAX ? -EAGAIN : -EPROTO;
	if (hello->result == 0)
		*ret = hello->name;
	return hello->result;
}
