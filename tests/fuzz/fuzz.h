/* fuzz.h: what every fuzzer needs. */
#ifndef REMIT_TESTS_FUZZ_H
#define REMIT_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/bind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every input; the fuzzer stops where it does not. */
#define must(expr)               \
	do {                     \
		if (!(expr))     \
			abort(); \
	} while (0)

/* A directory of the fuzzer's own, removed when it ends; the same one at each call. */
struct fuzz_dir {
	int fd;
	char path[256];
};

const struct fuzz_dir *fuzz_scratch(void);

/* Writes a file beneath it, over what is there, and makes directories that it needs. False: there can't be such a file. */
bool fuzz_put(const char *path, const void *data, size_t len);

/* An input taken apart from its front. At its end it is empty, and every number is 0. */
struct feed {
	const uint8_t *p;
	size_t left;
};

uint8_t feed_byte(struct feed *f);
uint32_t feed_u16(struct feed *f);

/* The bytes up to the next NUL, or to the end, as text that the caller owns. */
char *feed_text(struct feed *f) MUST_USE;

/* Decodes a document; what is refused has a place. True: it was taken. ret must be bind_done() in any case. */
bool fuzz_bind(const struct bind_table *table, const struct doc *doc, void *ret);

/* What was written of src reads back as src. */
void fuzz_again(const struct bind_table *table, const void *src, const json_t *written);

#endif
