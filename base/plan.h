/* plan.h: everything that one cage is to be, resolved, frozen and hashed before anything runs. */
#ifndef REMIT_PLAN_H
#define REMIT_PLAN_H

#include "base/bind.h"
#include "base/credrule.h"
#include "base/encode.h"
#include "base/netrule.h"

enum { PLAN_VERSION = 1, PLAN_MAX_BYTES = 8 << 20, SECCOMP_MAX_INSNS = 4096 };

/* What a job may do with a path of the host. */
enum plan_access { PLAN_READ, PLAN_WRITE, PLAN_HIDE };

struct plan_mount {
	char *source; /* absolute path on the host */
	char *target; /* absolute path in the cage */
	unsigned int access; /* enum plan_access */
};

/* How the workspace comes about. */
enum plan_workspace_mode { PLAN_NONE, PLAN_OVERLAY, PLAN_COPY };

struct plan_workspace {
	unsigned int mode; /* enum plan_workspace_mode */
	char *path; /* where the job sees it */
	struct strs lower; /* host directories, the uppermost first; never written */
	char *upper; /* host directory that takes the changes; in PLAN_COPY the copy itself */
	char *work; /* the overlay's own, beside upper */
	struct strs
		expose; /* host directories that .git refers to, seen at /run/git/objects/N, read-only */
};

/* What of the cage's own loopback the job may use: nothing, all of it, or TCP on listed ports. */
enum plan_loopback { PLAN_LO_NONE, PLAN_LO_ALL, PLAN_LO_PORTS };

struct plan_network {
	unsigned int loopback; /* enum plan_loopback */
	struct strs ports; /* decimal, for PLAN_LO_PORTS */
	struct list allow; /* struct net_rule; empty: no gate */
	struct list
		credentials; /* struct credential: those that a rule names; no secret is among it */
	struct net_budget budget; /* of all of them together */
};

enum plan_enforce { PLAN_STRICT, PLAN_BEST_EFFORT };

/* 0 means that there is no such limit. */
struct plan_limits {
	uint64_t wall; /* ms from the start of the command */
	uint64_t idle; /* ms without a byte of output */
	uint64_t cpu; /* processors; a place kept for cgroups */
	uint64_t memory; /* bytes; a place kept for cgroups */
	uint64_t processes; /* threads count too, as RLIMIT_NPROC has it */
	uint64_t files; /* open files of one process */
	uint64_t disk; /* bytes held by the workspace's changes */
	uint64_t output; /* bytes of standard output and error together */
	unsigned int enforce; /* enum plan_enforce */
};

/*
 * Compiled filters, base64 of struct sock_filter[] in the byte order of the machine. The kernel asks both
 * and the stricter answer holds. With trace: exec, refuse reports to the supervisor instead of answering.
 */
struct plan_seccomp {
	char *profile; /* the name of its source */
	char *source; /* SHA-256 of its source, hexadecimal; NULL where nobody asked */
	char *allow;
	char *refuse;
};

struct plan_user {
	char *name;
	char *home;
	uint64_t uid, gid; /* as the cage sees them */
	char *host; /* its host name */
};

struct plan_env {
	char *name;
	char *value;
};

enum plan_trace { PLAN_TRACE_OFF, PLAN_TRACE_EXEC };

struct plan {
	uint64_t version;
	char *job; /* "" for a bare cage */
	char *profile; /* its name, for messages */
	struct strs command;
	char *cwd;
	struct list env; /* struct plan_env */
	struct plan_user user;
	struct list mounts; /* struct plan_mount, in the order of their targets */
	uint64_t tmp; /* bytes shared by /tmp, /dev/shm and the home directory; at least 1m */
	struct plan_workspace workspace;
	struct plan_network network;
	struct plan_limits limits;
	struct plan_seccomp seccomp;
	uint64_t landlock; /* the ABI to put in force; the kernel must have at least this */
	unsigned int trace; /* enum plan_trace */
	struct strs
		decoys; /* paths in the cage where nobody has business: opening one is reported */
	struct strs tripwires; /* of plan_tripwires: what ends the run, beside the limits */
	char *cgroup; /* a place kept: must be "" */
};

extern const struct bind_table plan_table;
extern const struct bind_field plan_limit_fields[];
extern const struct bind_table plan_limits_table;

void plan_init(struct plan *plan);
void plan_done(struct plan *plan);
#define auto_plan CLEANUP(plan_done)

/* Canonical JSON; the caller owns it. */
char *plan_encode(const struct plan *plan) MUST_USE;

/* Reads a plan back and checks what every reader relies on: absolute, normal paths, bounds, versions. */
int plan_decode(const char *json, size_t len, struct plan *ret, struct err *err) MUST_USE;

/* Names that tripwires can have: "budget", one of the network's is passed. */
extern const char *const plan_tripwires[];

/* The same for what the plan says of the network alone, which is all that the gate gets. */
char *plan_encode_network(const struct plan_network *network) MUST_USE;
int plan_decode_network(
	const char *json, size_t len, struct plan_network *ret, struct err *err) MUST_USE;

/* Whether this can be the name of an environment variable. */
int plan_check_env_name(const char *s, struct err *err) MUST_USE;

#endif
