/*
 * fuzz_hello.c: bytes as what a TLS client says first: the first of the input says how they are split, and
 * what comes of them does not depend on it.
 */
#include <string.h>

#include "gate/hello.h"
#include "tests/fuzz/fuzz.h"

static struct hello_context *context(void)
{
	static struct hello_context *shared;

	if (!shared)
		shared = hello_context_new();
	return shared;
}

static size_t part(uint32_t *state, size_t left)
{
	size_t n;

	*state = *state * 1664525 + 1013904223;
	n = 1 + (*state >> 16) % (*state & 1 << 15 ? 8 : 300);
	return n < left ? n : left;
}

static int read_parts(const uint8_t *data, size_t size, uint32_t state, struct hostname *name)
{
	struct hello *hello = hello_new(context());
	int r = -EAGAIN;

	for (size_t at = 0, n; r == -EAGAIN && at < size; at += n) {
		n = part(&state, size - at);
		r = hello_add(hello, data + at, n, name);
	}
	hello_free(hello);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hostname whole = { "" }, parts = { "" }, again;
	struct hello *hello;
	int r;

	if (size < 2)
		return 0;
	hello = hello_new(context());
	r = hello_add(hello, data + 1, size - 1, &whole);
	hello_free(hello);
	must(r == 0 || r == -EAGAIN || r == -EPROTO || r == -ENOENT || r == -EINVAL);
	must(read_parts(data + 1, size - 1, data[0], &parts) == r);
	must(!strcmp(whole.text, parts.text) && !*whole.text == !!r);
	if (r == 0)
		must(hostname_read(whole.text, strlen(whole.text), &again) == 0 &&
			!strcmp(whole.text, again.text));
	return 0;
}
