/*
 * seccomp_bpf.h: a system call filter as a graph of tests that end in answers, written as classic BPF.
 *
 * A graph is built from its answers up; its nodes are numbers. What is built twice is one node, so equal parts are shared,
 * and the program follows from the order of building alone: the same calls, the same bytes.
 */
#ifndef REMIT_SANDBOX_SECCOMP_BPF_H
#define REMIT_SANDBOX_SECCOMP_BPF_H

#include <linux/filter.h>

#include "base/buf.h"
#include "base/err.h"

struct bpf_test {
	uint32_t word; /* of struct seccomp_data, by its offset there */
	uint32_t mask; /* the bits that count: UINT32_MAX unless jump is BPF_JEQ */
	uint32_t jump; /* BPF_JEQ, BPF_JGT or BPF_JGE; unsigned */
	uint32_t value;
};

struct bpf;

struct bpf *bpf_new(void) MUST_USE;
void bpf_free(struct bpf *b);
DEFINE_CLEANUP(struct bpf *, bpf_free)
#define auto_bpf CLEANUP(cleanup_bpf_free)

/* The node that ends a call with this SECCOMP_RET_*. */
uint32_t bpf_answer(struct bpf *b, uint32_t action);

/* The node that goes on to yes where the test holds, else to no. */
uint32_t bpf_ask(struct bpf *b, const struct bpf_test *test, uint32_t yes, uint32_t no);

/* Where node leads once it is known whether the test holds. */
uint32_t bpf_known(const struct bpf *b, uint32_t node, const struct bpf_test *test, bool holds);

/* Adds the program that begins with root to out: struct sock_filter[]. -E2BIG: the kernel takes no program so long. */
int bpf_write(const struct bpf *b, uint32_t root, struct buf *out, struct err *err) MUST_USE;

#endif
