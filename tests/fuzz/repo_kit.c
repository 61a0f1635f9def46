#include "tests/fuzz/repo_kit.h"

#include <git2.h>

#include "repo/git.h"
#include "tests/fuzz/fuzz.h"

static void commit_nothing(git_repository *git)
{
	auto_git_signature git_signature *who = NULL;
	auto_git_tree git_tree *tree = NULL;
	git_treebuilder *builder = NULL;
	git_oid id;

	must(git_signature_new(&who, "Tess", "tess@example.com", 1700000000, 0) == 0);
	must(git_treebuilder_new(&builder, git, NULL) == 0);
	must(git_treebuilder_write(&id, builder) == 0);
	git_treebuilder_free(builder);
	must(git_tree_lookup(&tree, git, &id) == 0);
	must(git_commit_create_v(&id, git, "HEAD", who, who, NULL, "base\n", tree, 0) == 0);
}

static void make(struct fuzz_repo *r)
{
	auto_free char *path = xasprintf("%s/repo", fuzz_scratch()->path);
	git_repository *git = NULL;
	struct err err = { "" };

	must(git_libgit2_init() > 0 && git_repository_init(&git, path, 0) == 0);
	commit_nothing(git);
	git_repository_free(git);
	must(repo_open(path, &r->repo, &err) == 0);
	must(repo_resolve(r->repo, NULL, &r->commit, &err) == 0);
}

const struct fuzz_repo *fuzz_repo(void)
{
	static struct fuzz_repo repo;

	if (!repo.repo)
		make(&repo);
	return &repo;
}
