/* upper_kit.h: an input as what a job left in its upper directory. */
#ifndef REMIT_TESTS_FUZZ_UPPER_KIT_H
#define REMIT_TESTS_FUZZ_UPPER_KIT_H

#include "tests/fuzz/fuzz.h"

enum { FUZZ_UPPER_MAX = 16 }; /* entries, but for those of one deep chain of directories */

/*
 * Makes "upper" in the scratch directory anew: files, directories, links, special files, an overlay's marks, all
 * with names, modes and contents of the input's choosing. What the system refuses is left out. outside is an absolute
 * path that symlinks may lead to. Returns the directory, which the caller closes.
 */
int fuzz_upper(struct feed *f, const char *outside) MUST_USE;

#endif
