#include "tests/fuzz/repo_kit.h"

#include <git2.h>
#include <string.h>

#include "repo/git.h"
#include "tests/fuzz/fuzz.h"

static void add(git_index *index, const struct fuzz_entry *e)
{
	git_index_entry entry = { .path = e->path, .mode = e->mode };

	memset(&entry.id, 0x11, sizeof(entry.id));
	if (e->content)
		must(git_index_add_from_buffer(index, &entry, e->content, strlen(e->content)) == 0);
	else
		must(git_index_add(index, &entry) == 0);
}

static void commit(git_repository *git, const struct fuzz_entry *entries, size_t n)
{
	auto_git_signature git_signature *who = NULL;
	auto_git_tree git_tree *tree = NULL;
	git_index *index = NULL;
	git_oid id;

	must(git_signature_new(&who, "Tess", "tess@example.com", 1700000000, 0) == 0);
	must(git_repository_index(&index, git) == 0);
	for (size_t i = 0; i < n; i++)
		add(index, &entries[i]);
	must(git_index_write_tree(&id, index) == 0);
	git_index_free(index);
	must(git_tree_lookup(&tree, git, &id) == 0);
	must(git_commit_create_v(&id, git, "HEAD", who, who, NULL, "base\n", tree, 0) == 0);
}

static void make(struct fuzz_repo *r, const struct fuzz_entry *entries, size_t n)
{
	auto_free char *path = xasprintf("%s/repo", fuzz_scratch()->path);
	git_repository *git = NULL;
	struct err err = { "" };

	must(git_libgit2_init() > 0 && git_repository_init(&git, path, 0) == 0);
	commit(git, entries, n);
	git_repository_free(git);
	must(repo_open(path, &r->repo, &err) == 0);
	must(repo_resolve(r->repo, NULL, &r->commit, &err) == 0);
}

const struct fuzz_repo *fuzz_repo_of(const struct fuzz_entry *entries, size_t n)
{
	static struct fuzz_repo repo;

	if (!repo.repo)
		make(&repo, entries, n);
	return &repo;
}

const struct fuzz_repo *fuzz_repo(void)
{
	return fuzz_repo_of(NULL, 0);
}
