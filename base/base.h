/* base.h: attributes, cleanup and ownership helpers that every file uses. */
#ifndef REMIT_BASE_H
#define REMIT_BASE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Runs fn(&variable) when the variable goes out of scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

/* Defines cleanup_fn, which calls fn on the pointer held by a variable. */
#define DEFINE_CLEANUP(type, fn)                 \
	static inline void cleanup_##fn(type *p) \
	{                                        \
		fn(*p);                          \
	}

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_fd(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

#define auto_free CLEANUP(cleanup_free)
#define auto_fd CLEANUP(cleanup_fd)

/* Takes the descriptor out of an auto_fd: the caller owns it now. */
static inline int steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static inline void *steal_pointer_(void *pp)
{
	void **slot = pp;
	void *taken = *slot;

	*slot = NULL;
	return taken;
}

/* Takes the pointer out of an auto_free variable: the caller owns it now. */
#define steal_pointer(pp) ((__typeof__(*(pp)))steal_pointer_(pp))

/*
 * Allocation. There is no way to go on without memory and nothing to clean up that
 * the kernel does not, so these end the process; what cannot happen is an unchecked NULL.
 */
void *xcalloc(size_t n, size_t size) MUST_USE __attribute__((returns_nonnull));
void *xrealloc(void *p, size_t n, size_t size) MUST_USE __attribute__((returns_nonnull));
char *xstrdup(const char *s) MUST_USE __attribute__((returns_nonnull));
char *xstrndup(const char *s, size_t n) MUST_USE __attribute__((returns_nonnull));
void *xmemdup(const void *p, size_t n) MUST_USE __attribute__((returns_nonnull));
char *xasprintf(const char *fmt, ...) MUST_USE PRINTF(1, 2)
__attribute__((returns_nonnull));

#endif
