/* repo_kit.h: a repository with one commit, for fuzzers of what surrounds one. */
#ifndef REMIT_TESTS_FUZZ_REPO_KIT_H
#define REMIT_TESTS_FUZZ_REPO_KIT_H

#include "repo/repo.h"

struct fuzz_repo {
	struct repo *repo;
	struct repo_commit commit;
};

struct fuzz_entry {
	const char *path;
	uint32_t mode; /* git's */
	const char *content; /* of a submodule nothing */
};

/* "repo" in the scratch directory, made at the first call and the same at each; its commit has no files, or these. */
const struct fuzz_repo *fuzz_repo(void);
const struct fuzz_repo *fuzz_repo_of(const struct fuzz_entry *entries, size_t n);

#endif
