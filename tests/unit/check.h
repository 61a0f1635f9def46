/* check.h: cmocka with a sentence for every assertion. */
#ifndef REMIT_TESTS_CHECK_H
#define REMIT_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Fails the test with the sentence, the expression and the place. */
#define ok(expr, sentence)                                            \
	do {                                                          \
		if (!(expr))                                          \
			fail_msg("not so: %s (%s)", sentence, #expr); \
	} while (0)

/* A test whose name is a sentence about behaviour. */
#define TEST(sentence, fn)                     \
	{                                      \
		sentence, fn, NULL, NULL, NULL \
	}

#endif
