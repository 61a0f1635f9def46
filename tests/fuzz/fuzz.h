/* fuzz.h: what every fuzzer needs. */
#ifndef REMIT_TESTS_FUZZ_H
#define REMIT_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every input; the fuzzer stops where it does not. */
#define must(expr)               \
	do {                     \
		if (!(expr))     \
			abort(); \
	} while (0)

#endif
