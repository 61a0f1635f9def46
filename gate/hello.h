/* hello.h: the name that a TLS client asks for, as libssl reads it. */
#ifndef REMIT_GATE_HELLO_H
#define REMIT_GATE_HELLO_H

#include "base/hostname.h"

/* A ClientHello longer than this is none (RFC 8446 allows more; no client comes near). */
enum { HELLO_MAX = 64 << 10 };

/* What all of them share. */
struct hello_context;
struct hello_context *hello_context_new(void);
void hello_context_free(struct hello_context *context);

/* One client's beginning. */
struct hello;
struct hello *hello_new(struct hello_context *context);
void hello_free(struct hello *hello);

/*
 * Takes what came next. 0: ret is the name that the client asks for. -EAGAIN: so far it may become a ClientHello.
 * -EPROTO: it never will. -ENOENT: it names nobody. -EINVAL: what it names is no host name. No more is taken after the last four.
 */
int hello_add(struct hello *hello, const void *data, size_t len, struct hostname *ret) MUST_USE;

#endif
