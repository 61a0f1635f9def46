/* seccomp.h: the system call filters: compiled ahead of time, installed last. */
#ifndef REMIT_SANDBOX_SECCOMP_H
#define REMIT_SANDBOX_SECCOMP_H

#include <linux/filter.h>

#include "base/json.h"

/*
 * Compiles OCI seccomp profiles (the JSON that Docker, Podman and Kubernetes read) for this machine's
 * native architecture and running kernel into two filters, both struct sock_filter[]:
 *
 *   allow    what the profile lets through; everything else gets its default action
 *   refuse   what the profile, or floor, explicitly refuses, also by argument
 *
 * The kernel asks both and the stricter answer holds, so no profile can allow what floor refuses. Calls of another
 * architecture end the process. With notify, what refuse would answer with EPERM or EAFNOSUPPORT it
 * sends to the supervisor, which gives that answer; so it does with execve, execveat and connections, which go on.
 * A profile that allows by default is refused: -EINVAL.
 */
int seccomp_compile(const json_t *profile, const json_t *floor, bool notify, struct buf *ret_allow,
	struct buf *ret_refuse, struct err *err) MUST_USE;

/* From base64 to a program; bounded, whole instructions. Freed with seccomp_done. */
int seccomp_decode(const char *base64, struct sock_fprog *ret, struct err *err) MUST_USE;
void seccomp_done(struct sock_fprog *prog);

/*
 * One program that does what both do: where first lets a call through, second decides. For a first
 * that does not notify, this is what the kernel would find out with two.
 */
int seccomp_chain(const struct sock_fprog *first, const struct sock_fprog *second,
	struct sock_fprog *ret, struct err *err) MUST_USE;

/* Installs a filter on the calling thread; needs no_new_privs. Does not allocate. */
int seccomp_install(const struct sock_fprog *prog) MUST_USE;

/* The same for a filter that notifies: its listener, a descriptor, or -errno. */
int seccomp_install_notify(const struct sock_fprog *prog) MUST_USE;

/* For pid 1, which from now on only waits, tells and exits: everything else ends it. */
int seccomp_install_init(void) MUST_USE;

#endif
