#include "tests/unit/repo_fixture.h"

#include "repo/alternates.h"

/* What a hostile .git would like the job to see. */
static const char secret[] =
	"mkdir -p ssh home/objects/pack home/objects/info home/refs/heads && echo KEY > ssh/id_rsa && "
	"cp ssh/id_rsa home/objects/id_rsa";

/* Makes the script's repository "hostile" and prepares a job on it; 0 when that worked. */
static int prepare_hostile(struct fixture *f, const char *script)
{
	auto_free char *path = path_join(f->dir, "hostile");
	auto_free char *whole = xasprintf(
		"rm -rf hostile && cp -a repo hostile && cd hostile && S=\"$PWD/..\"\n%s\n",
		script);
	auto_free char *job = path_join(f->dir, "job");
	struct private_options options = { PRIVATE_FULL, "A", "a@example.com", "/seen" };
	auto_strs struct strs lower = { 0 }, expose = { 0 };
	auto_repo struct repo *repo = NULL;
	auto_fd int fd = -1;
	struct base base = { .git = "/g", .tree = "/t", .lock = -1 };
	struct repo_commit commit;
	int r;

	fixture_run(f, whole);
	ok(tree_remove(AT_FDCWD, job, &f->err) == 0, "an earlier job is removed");
	ok(mkdir(job, 0755) == 0 && dir_open(AT_FDCWD, job, &fd, &f->err) == 0,
		"a job's directory");
	r = repo_open(path, &repo, &f->err);
	if (r < 0)
		return r;
	r = repo_resolve(repo, NULL, &commit, &f->err);
	if (r < 0)
		return r;
	r = private_create(repo, &commit, &base, fd, &options, &lower, &expose, &f->err);
	repo_commit_done(&commit);
	return r;
}

static void a_store_that_is_none_is_refused(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *script, *says;
	} samples[] = {
		{ "echo $S/ssh > .git/objects/info/alternates", "/ssh'" },
		{ "echo ../../../ssh > .git/objects/info/alternates", "/ssh'" },
		{ "echo $S/home/objects > .git/objects/info/alternates", "id_rsa" },
		{ "mkdir -p d/pack d/info && cp $S/ssh/id_rsa d/pack && echo $PWD/d > .git/objects/info/alternates",
			"id_rsa" },
		{ "mkdir -p d/pack d/info && cp $S/ssh/id_rsa d/info && echo $PWD/d > .git/objects/info/alternates",
			"id_rsa" },
		{ "mkdir -p d/pack d/info d/ssh && echo $PWD/d > .git/objects/info/alternates",
			"ssh" },
		{ "mkdir -p d/pack d/info && : > d/aa && echo $PWD/d > .git/objects/info/alternates",
			"aa" },
		{ "mkdir -p d/00 d/01 && echo $PWD/d > .git/objects/info/alternates", "'pack'" },
		{ "git init -q --bare d && echo $PWD/d/objects > .git/objects/info/alternates && "
		  "echo $S/ssh > d/objects/info/alternates",
			"/ssh'" },
		{ "echo $S/ssh > list && ln -s $PWD/list .git/objects/info/alternates",
			"info/alternates" },
		{ "mkfifo .git/objects/info/alternates", "info/alternates" },
		{ "mv .git/objects o && ln -s $S/home/objects .git/objects", "id_rsa" },
		{ "mv .git/objects o && mkdir .git/objects && cp -a o/?? .git/objects && ln -s $S/ssh .git/objects/pack",
			"pack" },
		{ "ln -s $S/ssh .git/objects/pack/pack-x.pack", "pack-x.pack" },
		{ "d=$(ls .git/objects | head -1) && mv .git/objects/$d o && ln -s $PWD/o .git/objects/$d",
			"symlink" },
		{ "mv .git/objects/info o && ln -s $PWD/o .git/objects/info", "info" },
		{ "cp .git/HEAD .git/refs/heads/main $S/home && cp .git/refs/heads/main $S/home/refs/heads && "
		  "cp -r .git/objects/?? $S/home/objects/ && echo $S/home > .git/commondir",
			"id_rsa" },
		{ "cp -r .git/HEAD .git/config .git/refs $S/home && cp -r .git/objects/?? $S/home/objects/ && rm -r .git && "
		  "mkdir g && cp $S/home/HEAD g/ && echo $S/home > g/commondir && echo 'gitdir: g' > .git",
			"id_rsa" },
	};

	fixture_repo(f, "echo 1 > f");
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		fixture_run(f, "rm -rf home ssh");
		fixture_run(f, secret);
		f->err.text[0] = '\0';
		if (prepare_hostile(f, samples[i].script) == 0)
			fail_msg("taken into the cage: %s", samples[i].script);
		if (!strstr(f->err.text, samples[i].says))
			fail_msg("%s: %s", samples[i].script, f->err.text);
	}
}

static void a_shallow_file_is_names_of_commits(void **state)
{
	struct fixture *f = *state;
	static const char *const samples[] = {
		"rm -f .git/shallow && ln -s $S/ssh/id_rsa .git/shallow",
		"cp $S/ssh/id_rsa .git/shallow",
		"mkfifo .git/shallow",
		"mkdir .git/shallow",
		"{ git rev-parse HEAD; echo KEY; } > .git/shallow",
		"{ git rev-parse HEAD; echo; } > .git/shallow",
		"printf %s 0123 > .git/shallow",
		"git rev-parse HEAD > c && ln -s ../c .git/shallow",
		"printf '%s\\000\\n' $(git rev-parse HEAD) > .git/shallow",
		"printf %s0 $(git rev-parse HEAD) > .git/shallow",
	};

	fixture_repo(f, "echo 1 > f");
	fixture_run(f, secret);
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		if (prepare_hostile(f, samples[i]) == 0)
			fail_msg("taken into the cage: %s", samples[i]);
		ok(strstr(f->err.text, "shallow"), f->err.text);
	}
	ok(prepare_hostile(f, "git rev-parse HEAD | tr -d '\\n' > .git/shallow") == 0, f->err.text);
	ok(prepare_hostile(f, "git rev-parse HEAD > .git/shallow") == 0, f->err.text);
	fixture_run(f, "cmp job/.git/shallow hostile/.git/shallow");
}

static void what_git_makes_is_taken(void **state)
{
	struct fixture *f = *state;
	static const char *const samples[] = {
		"git clone -q -s $S/repo c && mv .git old && mv c/.git .",
		"git clone -q --reference $S/repo \"file://$S/repo\" c && mv .git old && mv c/.git .",
		"git init -q --bare empty && echo $PWD/empty/objects > .git/objects/info/alternates",
		"echo /not/there > .git/objects/info/alternates",
		"printf '# note\\n\\n' > .git/objects/info/alternates",
		": > .git/objects/.DS_Store && mkdir .git/objects/tmp_objdir-x && : > .git/objects/pack/note",
		"for i in 1 2 3; do echo $i > f && git commit -qam $i && git repack -qad --write-midx -b; done; "
		"git commit-graph write --reachable && git update-server-info && git gc -q && "
		"git commit-graph write --reachable --split && git clone -q -s . c && mv .git old && mv c/.git . && "
		"echo $PWD/old/objects > .git/objects/info/alternates",
		"git init -q --separate-git-dir=$PWD/sep t && rm -rf .git sep && cp -a $S/repo/.git sep && mv t/.git .",
		"mv .git/objects o && ln -s ../o .git/objects && mkdir -p o/pack o/info",
	};

	fixture_repo(f, "echo 1 > f");
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		if (prepare_hostile(f, samples[i]) < 0)
			fail_msg("%s: %s", samples[i], f->err.text);
}

static void only_what_alternates_name_is_read(void **state)
{
	struct fixture *f = *state;
	auto_repo struct repo *repo = NULL;
	auto_free char *path = path_join(f->dir, "c");
	auto_free char *tree = NULL;
	auto_buf struct buf text = BUF_INIT;
	int r;

	/* libgit2 of its own would look for this one where the process was started. */
	fixture_repo(f, "echo 1 > f");
	tree = fixture_ask(f, "git -C repo rev-parse HEAD^{tree}");
	fixture_run(f,
		"git clone -q -s repo c && echo repo/.git/objects > c/.git/objects/info/alternates");
	ok(repo_read_file(f->repo, tree, "f", 100, &text, &f->err) == 0, f->err.text);
	ok(chdir(f->dir) == 0, "in the directory of the test");
	ok(repo_open(path, &repo, &f->err) == 0, f->err.text);
	r = repo_read_file(repo, tree, "f", 100, &text, &f->err);
	ok(chdir("/") == 0, "out of it");
	ok(r == -ENOENT, "its objects are not found");
}

static void of_other_owners_only_what_all_may_read(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0) {
		print_message("skipped: only root works for somebody else\n");
		skip();
	}
	fixture_repo(f, "echo 1 > f");
	fixture_run(f,
		"chmod 755 . && git clone -q --bare repo other.git && chown -R 4243 other.git && "
		"git config --global --add safe.directory $PWD/hostile");
	ok(prepare_hostile(f,
		   "echo $S/other.git/objects > .git/objects/info/alternates && chown -R 4242 .") ==
			0,
		f->err.text);
	fixture_run(f, "chmod 750 other.git/objects");
	ok(prepare_hostile(f,
		   "echo $S/other.git/objects > .git/objects/info/alternates && chown -R 4242 .") ==
			-EPERM,
		"its directory is closed");
	ok(strstr(f->err.text, "other.git/objects' belongs to somebody else"), f->err.text);
	fixture_run(f, "chmod 755 other.git/objects && chmod 750 other.git");
	ok(prepare_hostile(f,
		   "echo $S/other.git/objects > .git/objects/info/alternates && chown -R 4242 .") ==
			-EPERM,
		"the way to it is closed");
	fixture_run(f, "chown -R 4242 other.git");
	ok(prepare_hostile(f,
		   "echo $S/other.git/objects > .git/objects/info/alternates && chown -R 4242 .") ==
			0,
		f->err.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPO_TEST("what is no object directory, or is by way of a symlink, is refused",
			a_store_that_is_none_is_refused),
		REPO_TEST("a shallow file holds names of commits and is no symlink",
			a_shallow_file_is_names_of_commits),
		REPO_TEST("whatever git itself makes is taken", what_git_makes_is_taken),
		REPO_TEST("objects are read only where git would look for them",
			only_what_alternates_name_is_read),
		REPO_TEST("as root, of other owners only what everybody may read is taken",
			of_other_owners_only_what_all_may_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
