/*
 * Whatever is freed in this process is wiped first, by whichever library: libcurl, libssl, libnghttp2 and jansson all
 * copy headers, and the secret is in one. The sanitizers have an allocator of their own, so their build does without.
 */
#include <malloc.h>
#include <string.h>

#include "base/base.h"

#ifndef __SANITIZE_ADDRESS__
/* glibc's own, under the names that it keeps for whoever replaces the usual ones. */
void *__libc_malloc(size_t n);
void __libc_free(void *p);

void free(void *p)
{
	int saved = errno;

	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	__libc_free(p);
	errno = saved;
}

/* Never in its place but when that is of use: what moves leaves nothing behind. */
void *realloc(void *p, size_t n)
{
	size_t had = p ? malloc_usable_size(p) : 0;
	void *moved;

	if (p && n && n <= had && n >= had / 2)
		return p;
	moved = n || !p ? __libc_malloc(n) : NULL;
	if (n && !moved)
		return NULL;
	if (p && moved)
		memcpy(moved, p, had < n ? had : n);
	free(p);
	return moved;
}
#endif
