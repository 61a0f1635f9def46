/* facts.h: everything that a rule may ask about one change. repo/ and runner/ fill it in. */
#ifndef REMIT_FACTS_H
#define REMIT_FACTS_H

#include "base/bind.h"

enum fact_operation {
	FACT_ADD,
	FACT_MODIFY,
	FACT_DELETE,
	FACT_RENAME, /* the old name is gone */
	FACT_COPY, /* the old name stays */
	FACT_TYPE, /* between file, symlink and submodule */
	FACT_MODE, /* same bytes, another executable bit */
	FACT_OPERATIONS
};
extern const char *const fact_operation_names[FACT_OPERATIONS + 1]; /* add modify delete ... */

enum fact_kind { FACT_FILE, FACT_BINARY, FACT_SYMLINK, FACT_SUBMODULE, FACT_KINDS };
extern const char *const fact_kind_names[FACT_KINDS + 1]; /* file binary symlink submodule */

/* Git's modes; 0 where the path does not exist on that side. */
enum {
	FACT_MODE_FILE = 0100644,
	FACT_MODE_EXEC = 0100755,
	FACT_MODE_LINK = 0120000,
	FACT_MODE_COMMIT = 0160000
};

/* One changed path. Names are bytes without NUL, never empty, without a leading slash. */
struct fact_path {
	char *old_path; /* only for FACT_RENAME and FACT_COPY, else NULL */
	char *path; /* the new name; the only one for a deletion */
	enum fact_operation operation;
	enum fact_kind kind; /* of the new side, of the old one for a deletion; binary: either is */
	uint32_t old_mode, new_mode;
	uint64_t old_size, new_size; /* bytes */
	uint64_t added, removed; /* lines; 0 for binaries and submodules */
	char *target; /* of a new or changed symlink, else NULL */
	char old_id[41], new_id[41]; /* object names, all zero for none */
};

enum fact_anomaly_kind {
	FACT_DEVICE, /* character or block device */
	FACT_SOCKET,
	FACT_FIFO,
	FACT_SETUID, /* setuid or setgid bit on a file */
	FACT_EMBEDDED_REPO, /* a .git, or a directory shaped like a bare repository, beneath the top */
	FACT_REFUSED_NAME, /* a name that git refuses or that another system reads as .git */
	FACT_CASE_COLLISION, /* two names that are one after case folding and normalization */
	FACT_SYMLINK_ESCAPE, /* a symlink that leads out of the tree, or into .git, also on Windows alone */
	FACT_UNREADABLE, /* could not be read even by the owner of the cage's files */
	FACT_HOSTILE_NAME, /* a name, or a symlink's target, that is not what it looks like, or not to Windows */
	FACT_DIRECTORY_TO_SYMLINK, /* a symlink where a directory was */
	FACT_ANOMALIES
};
/* device socket fifo ... hostile-name directory-to-symlink */
extern const char *const fact_anomaly_names[FACT_ANOMALIES + 1];

struct fact_anomaly {
	enum fact_anomaly_kind kind;
	char *path;
	char *detail; /* the target of the link, the other name, ...; may be NULL */
};

/* Who defined a check: from whoever wants the change to land to whoever must agree to it. */
enum fact_origin {
	FACT_COMMAND_LINE,
	FACT_JOB_FILE,
	FACT_REPOSITORY, /* the policy of the base commit */
	FACT_OPERATOR,
	FACT_ORIGINS
};
extern const char *const fact_origin_names[FACT_ORIGINS + 1]; /* command-line job-file ... */

/* What a check came to. */
struct fact_check {
	char *name;
	enum fact_origin origin;
	bool passed;
};

struct facts {
	struct fact_path *paths; /* sorted by path, then old_path, as bytes */
	size_t n_paths;
	struct fact_anomaly *anomalies;
	size_t n_anomalies;
	uint64_t unnamed_anomalies; /* that are there besides: nobody can judge these */
	struct fact_check *checks;
	size_t n_checks;
	bool has_job; /* false: judged without a run, e.g. by policy check */
	char *agent; /* NULL: none declared */
	char *submitter; /* NULL: unknown */
	char *profile;
	uint64_t denied; /* attempts that the cage refused */
	uint64_t tripwires; /* decoys opened */
	uint64_t
		omitted; /* events of the job that there was no room for: nobody knows what they tell */
	char *stopped; /* NULL, or what ended the job early: "wall", "disk", ... */
	uint64_t lines_added, lines_removed; /* over the whole change */
};

/* Each adds one and returns it for filling in; strings are owned by facts afterwards. */
struct fact_path *facts_add_path(struct facts *f);
struct fact_anomaly *facts_add_anomaly(
	struct facts *f, enum fact_anomaly_kind kind, const char *path, const char *detail);
void facts_add_check(struct facts *f, const char *name, enum fact_origin origin, bool passed);

/* Puts paths and anomalies in order and adds up the totals: after the last of each. */
void facts_finish(struct facts *f);

void facts_done(struct facts *f);
#define auto_facts CLEANUP(facts_done)

/* Documented JSON: see docs/policy.md. */
json_t *facts_encode(const struct facts *f) MUST_USE;

#endif
