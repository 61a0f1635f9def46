#include "tests/unit/repo_fixture.h"

static void opens_work_trees_subdirectories_and_bare(void **state)
{
	struct fixture *f = *state;
	auto_free char *sub = path_join(f->dir, "repo/a/b");
	auto_free char *bare = path_join(f->dir, "bare.git");
	auto_free char *workdir = path_join(f->dir, "repo");
	auto_free char *linked = path_join(f->dir, "linked");
	auto_free char *objects = path_join(f->dir, "repo/.git/objects");
	auto_repo struct repo *from_sub = NULL;
	auto_repo struct repo *from_bare = NULL;
	auto_repo struct repo *from_linked = NULL;

	fixture_repo(f, "mkdir -p a/b && echo x > a/b/c");
	fixture_run(f,
		"git clone -q --bare repo bare.git && git -C repo worktree add -q ../linked -b other");
	ok(repo_open(sub, &from_sub, &f->err) == 0, "opened from a subdirectory");
	ok(!strcmp(repo_workdir(from_sub), workdir), "the work tree is the top");
	ok(!strcmp(repo_objects(from_sub), objects), "the objects are its own");
	ok(repo_open(bare, &from_bare, &f->err) == 0, "a bare repository opens");
	ok(!repo_workdir(from_bare), "it has no work tree");
	ok(repo_open(linked, &from_linked, &f->err) == 0, "a linked work tree opens");
	ok(!strcmp(repo_workdir(from_linked), linked), "its work tree is its own");
	ok(!strcmp(repo_objects(from_linked), objects), "its objects are the main repository's");
}

static void submodules_and_relative_worktrees_open(void **state)
{
	struct fixture *f = *state;
	auto_free char *module = path_join(f->dir, "super/mod");
	auto_repo struct repo *repo = NULL;
	struct repo_commit c;

	fixture_repo(f, "echo x > f");
	fixture_run(f, "git init -q super && cd super && git submodule --quiet add ../repo mod");
	ok(repo_open(module, &repo, &f->err) == 0, "a submodule, whose .git is a file, opens");
	ok(repo_resolve(repo, NULL, &c, &f->err) == 0, "and its HEAD is found");
	repo_commit_done(&c);
}

static int open_status(struct fixture *f, const char *name)
{
	auto_free char *path = path_join(f->dir, name);
	struct repo *repo = NULL;
	int r = repo_open(path, &repo, &f->err);

	repo_free(repo);
	return r;
}

static void refuses_with_a_sentence(void **state)
{
	struct fixture *f = *state;

	fixture_run(f,
		"mkdir empty && git init -q --object-format=sha256 long && git init -q odd && cd odd && "
		"git config core.repositoryformatversion 1 && git config extensions.refstorage reftable");
	ok(open_status(f, "empty") == -ENOENT, "no repository");
	ok(strstr(f->err.text, "empty' or above it"), "names the directory");
	ok(open_status(f, "missing") == -ENOENT, "no directory");
	ok(open_status(f, "long") == -ENOTSUP, "SHA-256");
	ok(strstr(f->err.text, "SHA-256"), "says that it is SHA-256");
	ok(open_status(f, "odd") == -ENOTSUP, "an unknown extension");
	ok(strstr(f->err.text, "refstorage"), "names the extension");
	fixture_run(f, "cd odd && sed -i s/reftable/files/ .git/config && sed -i "
		       "'s/formatversion = 1/formatversion = 7/' .git/config");
	ok(open_status(f, "odd") == -ENOTSUP, "a version from the future");
}

static void harmless_extensions_open(void **state)
{
	struct fixture *f = *state;

	fixture_run(f,
		"git init -q odd && cd odd && git config core.repositoryformatversion 1 && "
		"git config extensions.worktreeConfig true && git config extensions.preciousObjects true && "
		"git config extensions.partialClone origin && git config extensions.relativeWorktrees true");
	ok(open_status(f, "odd") == 0, f->err.text);
}

static void somebody_elses_repository_is_refused(void **state)
{
	struct fixture *f = *state;
	auto_free char *wanted = NULL;

	if (geteuid() != 0) {
		print_message("skipped: only root can make a repository of somebody else's\n");
		skip();
	}
	fixture_repo(f, "echo x > f");
	fixture_run(f, "cp -r repo other && chown -R 12345:12345 other && chmod 755 .");
	ok(open_status(f, "other") == -EPERM, "refused");
	wanted = xasprintf("--add safe.directory %s/other'", f->dir);
	ok(strstr(f->err.text, wanted), "says what to do about it");
	fixture_run(f, "git config --global --add safe.directory $PWD/other");
	ok(open_status(f, "other") == 0, "and that helps");
}

static void resolves_what_git_resolves(void **state)
{
	struct fixture *f = *state;
	static const char *const revs[] = { "HEAD", "main", "HEAD~1", "v1", "refs/heads/main",
		"v1^{commit}", "HEAD^{/base}" };

	fixture_repo(f, "echo 1 > f");
	fixture_run(f, "cd repo && echo 2 > f && git commit -qam two && git tag -a v1 -m tag");
	for (size_t i = 0; i < ARRAY_SIZE(revs); i++) {
		auto_free char *ask = xasprintf(
			"git -C repo rev-parse '%s^{commit}' '%s^{tree}'", revs[i], revs[i]);
		auto_free char *expected = fixture_ask(f, ask);
		auto_free char *got = NULL;
		struct repo_commit c;

		ok(repo_resolve(f->repo, revs[i], &c, &f->err) == 0, f->err.text);
		got = xasprintf("%s\n%s", c.id, c.tree);
		ok(!strcmp(got, expected), revs[i]);
		ok(c.time == 1700000000, "the committer's time");
		repo_commit_done(&c);
	}
}

static void knows_the_branch_of_head(void **state)
{
	struct fixture *f = *state;
	struct repo_commit c;

	fixture_repo(f, "echo 1 > f");
	ok(repo_resolve(f->repo, NULL, &c, &f->err) == 0 && c.branch && !strcmp(c.branch, "main"),
		"main");
	repo_commit_done(&c);
	fixture_run(f, "cd repo && git checkout -q -b a/b && echo 2 > f && git commit -qam two");
	ok(repo_resolve(f->repo, NULL, &c, &f->err) == 0 && c.branch && !strcmp(c.branch, "a/b"),
		"a/b");
	repo_commit_done(&c);
	ok(repo_resolve(f->repo, "main", &c, &f->err) == 0 && !c.branch,
		"another commit is on no branch");
	repo_commit_done(&c);
	fixture_run(f, "cd repo && git checkout -q --detach");
	ok(repo_resolve(f->repo, NULL, &c, &f->err) == 0 && !c.branch, "a detached HEAD neither");
	repo_commit_done(&c);
}

static void bad_revisions_get_a_sentence(void **state)
{
	struct fixture *f = *state;
	struct repo_commit c;
	auto_free char *prefix = NULL;

	fixture_repo(f, "for i in $(seq 1 200); do echo $i > f$i; done");
	ok(repo_resolve(f->repo, "nowhere", &c, &f->err) == -ENOENT, "unknown");
	ok(strstr(f->err.text, "no revision 'nowhere'"), f->err.text);
	ok(repo_resolve(f->repo, "HEAD^{tree}", &c, &f->err) == -EINVAL, "a tree");
	ok(strstr(f->err.text, "names a tree, not a commit"), f->err.text);
	ok(repo_resolve(f->repo, "HEAD:f1", &c, &f->err) == -EINVAL, "a blob");
	ok(repo_resolve(f->repo, "a..b", &c, &f->err) < 0, "a range");
	ok(repo_resolve(f->repo, "HEAD^{", &c, &f->err) == -EINVAL, "malformed");
	/* A blob whose name begins as the commit's does. */
	prefix = fixture_ask(f,
		"cd repo && git cat-file --batch-check --batch-all-objects | cut -c1-4 | sort | "
		"uniq -d | head -1");
	if (strlen(prefix) == 4) {
		ok(repo_resolve(f->repo, prefix, &c, &f->err) == -EINVAL, "ambiguous");
		ok(strstr(f->err.text, "ambiguous"), f->err.text);
	}
}

static void unborn_and_empty_are_told_apart(void **state)
{
	struct fixture *f = *state;
	auto_free char *path = path_join(f->dir, "new");
	struct repo_commit c;

	fixture_repo(f, "echo 1 > f");
	fixture_run(f, "git init -q new && cd repo && git checkout -q --orphan fresh");
	ok(repo_resolve(f->repo, NULL, &c, &f->err) == -ENOENT, "unborn");
	ok(strstr(f->err.text, "branch 'fresh'"), f->err.text);
	ok(repo_resolve(f->repo, "main", &c, &f->err) == 0, "another revision still resolves");
	repo_commit_done(&c);
	repo_free(steal_pointer(&f->repo));
	ok(repo_open(path, &f->repo, &f->err) == 0, "an empty repository opens");
	ok(repo_resolve(f->repo, NULL, &c, &f->err) == -ENOENT, "empty");
	ok(strstr(f->err.text, "is empty"), f->err.text);
}

static void reads_files_and_directories_of_a_tree(void **state)
{
	struct fixture *f = *state;
	auto_buf struct buf text = BUF_INIT;
	auto_strs struct strs names = { 0 };
	struct repo_commit c;

	fixture_repo(f,
		"mkdir -p d/sub && printf hello > d/f && printf x > d/a && ln -s f d/link && echo y > d/sub/z && "
		"mkdir d/b && echo z > d/b/c");
	ok(repo_resolve(f->repo, NULL, &c, &f->err) == 0, "resolved");
	ok(repo_read_file(f->repo, c.tree, "d/f", 5, &text, &f->err) == 0 &&
			!strcmp(text.data, "hello"),
		"read");
	ok(repo_read_file(f->repo, c.tree, "d/f", 4, &text, &f->err) == -EFBIG, "too large");
	ok(repo_read_file(f->repo, c.tree, "d/missing", 9, &text, &f->err) == -ENOENT, "missing");
	ok(repo_read_file(f->repo, c.tree, "no/missing", 9, &text, &f->err) == -ENOENT,
		"missing directory");
	ok(repo_read_file(f->repo, c.tree, "d/link", 9, &text, &f->err) == -EINVAL,
		"a symlink is no file");
	ok(repo_read_file(f->repo, c.tree, "d", 9, &text, &f->err) == -EINVAL,
		"nor is a directory");
	ok(repo_read_file(f->repo, "123", "d", 9, &text, &f->err) == -EINVAL,
		"an id has forty digits");
	ok(repo_list_dir(f->repo, c.tree, "d", &names, &f->err) == 0, "listed");
	ok(names.n == 5 && !strcmp(names.v[0], "a") && !strcmp(names.v[3], "link"),
		"all entries, in order");
	ok(repo_list_dir(f->repo, c.tree, "e", &names, &f->err) == -ENOENT, "no such directory");
	ok(repo_list_dir(f->repo, c.tree, "d/f", &names, &f->err) == -ENOTDIR,
		"a file is no directory");
	ok(repo_list_dir(f->repo, c.tree, "", &names, &f->err) == 0 && names.n == 6,
		"the top has one directory");
	repo_commit_done(&c);
}

static void counts_what_differs_from_the_commit(void **state)
{
	struct fixture *f = *state;
	uint64_t n = 99;

	fixture_repo(f, "for i in 1 2 3 4 5; do echo $i > f$i; done; echo '*.o' > .gitignore");
	ok(repo_count_dirty(f->repo, 100, &n, &f->err) == 0 && n == 0, "clean");
	fixture_run(f, "cd repo && echo new > untracked && touch x.o");
	ok(repo_count_dirty(f->repo, 100, &n, &f->err) == 0 && n == 0,
		"untracked files don't count");
	fixture_run(f,
		"cd repo && echo a >> f1 && rm f2 && echo b >> f3 && git add f3 && git mv f4 f6");
	ok(repo_count_dirty(f->repo, 100, &n, &f->err) == 0 && n == 5,
		"work tree, index, both names of a move");
	fixture_run(f, "cd repo && echo c >> f3");
	ok(repo_count_dirty(f->repo, 100, &n, &f->err) == 0 && n == 5,
		"staged and changed again counts once");
	ok(repo_count_dirty(f->repo, 2, &n, &f->err) == 0 && n == 2, "stops at the bound");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPO_TEST("a repository opens from its work tree, a subdirectory, bare and linked",
			opens_work_trees_subdirectories_and_bare),
		REPO_TEST("a submodule opens", submodules_and_relative_worktrees_open),
		REPO_TEST("what is no repository, or none that is known, gets one sentence",
			refuses_with_a_sentence),
		REPO_TEST("extensions that change nothing for readers are accepted",
			harmless_extensions_open),
		REPO_TEST("a repository of somebody else is refused until safe.directory names it",
			somebody_elses_repository_is_refused),
		REPO_TEST("revisions resolve as git resolves them", resolves_what_git_resolves),
		REPO_TEST("the branch is named where HEAD is on it", knows_the_branch_of_head),
		REPO_TEST("a bad revision gets one sentence", bad_revisions_get_a_sentence),
		REPO_TEST("an unborn branch and an empty repository get sentences of their own",
			unborn_and_empty_are_told_apart),
		REPO_TEST("files and directories of a tree are read without a checkout",
			reads_files_and_directories_of_a_tree),
		REPO_TEST("tracked files that differ are counted, each once",
			counts_what_differs_from_the_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
