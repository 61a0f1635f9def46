/* repo_kit.h: a repository with one commit of no files, for fuzzers of what surrounds one. */
#ifndef REMIT_TESTS_FUZZ_REPO_KIT_H
#define REMIT_TESTS_FUZZ_REPO_KIT_H

#include "repo/repo.h"

struct fuzz_repo {
	struct repo *repo;
	struct repo_commit commit;
};

/* "repo" in the scratch directory, made at the first call and the same at each. */
const struct fuzz_repo *fuzz_repo(void);

#endif
