/* seccomp.h: the system call filters: compiled ahead of time, installed last. */
#ifndef REMIT_SANDBOX_SECCOMP_H
#define REMIT_SANDBOX_SECCOMP_H

#include <linux/audit.h>
#include <linux/filter.h>

#include "base/json.h"

/* The machine's architecture: for the kernel, in profiles, and its first number of a call that is not quite its own. */
#if defined(__x86_64__)
#define SECCOMP_ARCH AUDIT_ARCH_X86_64
#define SECCOMP_ARCH_NAME "amd64"
#define SECCOMP_FOREIGN 0x40000000 /* x32: __X32_SYSCALL_BIT */
#elif defined(__aarch64__)
#define SECCOMP_ARCH AUDIT_ARCH_AARCH64
#define SECCOMP_ARCH_NAME "arm64"
#define SECCOMP_FOREIGN 0
#else
#error "remit-sandbox knows x86-64 and arm64"
#endif

/*
 * Compiles OCI seccomp profiles (the JSON that Docker, Podman and Kubernetes read) for this machine's
 * native architecture and running kernel into two filters, both struct sock_filter[].
 *
 * A profile answers a call by the strictest of its rules that hold, in the kernel's order: KILL_PROCESS, KILL_THREAD,
 * TRAP, ERRNO, LOG, ALLOW; of several errors, by the first. Where none holds, it gives its default. The answer is that of
 * profile, or what a rule of floor refuses where that is stricter; of two errors, that of a rule of profile goes
 * before that of floor, which goes before the default. So no profile can allow what floor refuses.
 *
 *   allow    gives this answer, but lets through what refuse sees to
 *   refuse   without notify, lets everything through. With notify it sends to the supervisor what rules answer with
 *            EPERM or EAFNOSUPPORT, for the supervisor to give that error; and execve, execveat and connections, to
 *            let them go on, unless allow refuses them
 *
 * The kernel asks both and the stricter answer holds. Calls of another architecture, x32 among them, end the process.
 * A profile that allows by default is refused: -EINVAL. So is one for which the kernel's 4096 instructions are too few: -E2BIG.
 */
int seccomp_compile(const json_t *profile, const json_t *floor, bool notify, struct buf *ret_allow,
	struct buf *ret_refuse, struct err *err) MUST_USE;

/* From base64 to a program; bounded, whole instructions. Freed with seccomp_done. */
int seccomp_decode(const char *base64, struct sock_fprog *ret, struct err *err) MUST_USE;
void seccomp_done(struct sock_fprog *prog);

/* One program: where first lets a call through, second decides. */
int seccomp_chain(const struct sock_fprog *first, const struct sock_fprog *second,
	struct sock_fprog *ret, struct err *err) MUST_USE;

/* Installs a filter on the calling thread; needs no_new_privs. Does not allocate. */
int seccomp_install(const struct sock_fprog *prog) MUST_USE;

/* The same for a filter that notifies: its listener, a descriptor, or -errno. */
int seccomp_install_notify(const struct sock_fprog *prog) MUST_USE;

/* For pid 1, which from now on only waits, tells and exits: everything else ends it. */
int seccomp_install_init(void) MUST_USE;

#endif
