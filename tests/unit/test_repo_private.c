#include "tests/unit/repo_fixture.h"

#include "repo/alternates.h"

static int needs_overlay(void **state)
{
	if (!job_has_overlay()) {
		print_message("skipped: this kernel does not let this user mount an overlay\n");
		skip();
	}
	return fixture_start(state);
}

#define OVERLAY_TEST(sentence, fn)                              \
	{                                                       \
		sentence, fn, needs_overlay, fixture_stop, NULL \
	}

static const char two_commits[] =
	"mkdir d && echo 1 > d/f && echo x > g && git add -A && git commit -qm first && echo 2 > d/f";

static void git_works_inside(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, two_commits);
	job_prepare(&j, f, PRIVATE_FULL);
	job_work(&j,
		"test -z \"$(git status --porcelain 2>&1)\"\n"
		"test $(git log --oneline 2>&1 | wc -l) = 2\n"
		"test \"$(git symbolic-ref HEAD)\" = refs/heads/main\n"
		"echo 3 >> d/f\n"
		"test \"$(git status --porcelain)\" = ' M d/f'\n"
		"git diff | grep -q '^+3'\n"
		"git blame d/f | grep -q Tess\n"
		"git commit -qam 'by the job'\n"
		"test \"$(git log -1 --format='%an <%ae>')\" = 'Agent \"A\" B <agent@example.com>'\n"
		"git checkout -q HEAD~2 && git checkout -q main\n"
		"git stash list && git fsck --connectivity-only && git gc -q && git fsck\n"
		"test $(git rev-list --count HEAD) = 3\n");
	job_done(&j);
}

static void nothing_of_it_reaches_the_repository(void **state)
{
	struct fixture *f = *state;
	auto_free char *before = NULL;
	auto_free char *after = NULL;
	struct job j;

	fixture_repo(f, two_commits);
	job_prepare(&j, f, PRIVATE_FULL);
	before = fixture_ask(f,
		"find repo -type f -exec sha1sum {} + | sort; find bases -type f -exec sha1sum {} + | sort");
	job_work(&j,
		"echo 3 > d/f && git commit -qam x && git gc -q && git config core.hooksPath /tmp && "
		"rm -f d/f && git branch other && ! touch $D/job/seen/0/x");
	after = fixture_ask(f,
		"find repo -type f -exec sha1sum {} + | sort; find bases -type f -exec sha1sum {} + | sort");
	ok(!strcmp(before, after), "repository and checkout are as they were");
	job_done(&j);
}

static void status_reads_no_file(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f,
		"for i in 1 2 3 4 5 6 7 8 9; do mkdir -p d$i; for k in 1 2 3 4 5; do echo $k > d$i/f$k; done; done");
	job_prepare(&j, f, PRIVATE_FULL);
	job_work(&j,
		"strace -f -e trace=openat -o $D/trace git status --porcelain && ! grep -E 'd[0-9]/f[0-9]' $D/trace");
	job_done(&j);
}

static void a_shallow_history_is_one_commit(void **state)
{
	struct fixture *f = *state;
	struct job j;
	auto_free char *real = path_join(f->dir, "repo/.git/objects");

	fixture_repo(f, two_commits);
	job_prepare(&j, f, PRIVATE_SHALLOW);
	ok(j.expose.n == 1 && strcmp(j.expose.v[0], real) != 0, "the real objects are not shown");
	job_work(&j,
		"test $(git log --oneline | wc -l) = 1\n"
		"test -z \"$(git status --porcelain)\"\n"
		"git fsck\n"
		"! git cat-file -e HEAD:d/f~ 2>/dev/null\n"
		"test $(git cat-file --batch-all-objects --batch-check | wc -l) = 5\n"
		"echo 4 > d/f && git commit -qam x && test $(git rev-list --count HEAD) = 2\n");
	job_done(&j);
	fixture_run(
		f, "mkdir -p job && ls -d bases/*/shallow-* && test $(cat bases/*/size) -gt 20000");
	job_prepare(&j, f, PRIVATE_SHALLOW);
	fixture_run(f, "test $(ls -d bases/*/shallow-* | wc -l) = 1");
	job_done(&j);
}

static void without_history_there_is_no_git(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, two_commits);
	job_prepare(&j, f, PRIVATE_NONE);
	ok(j.lower.n == 1 && j.expose.n == 0, "only the files");
	job_work(&j, "test ! -e .git && test -e d/f");
	job_done(&j);
}

static void a_shallow_clone_stays_one(void **state)
{
	struct fixture *f = *state;
	auto_free char *clone = path_join(f->dir, "clone");
	struct job j;

	fixture_repo(f, two_commits);
	fixture_run(f, "git clone -q --depth 1 \"file://$PWD/repo\" clone");
	repo_free(steal_pointer(&f->repo));
	ok(repo_open(clone, &f->repo, &f->err) == 0, "the clone opens");
	job_prepare(&j, f, PRIVATE_FULL);
	job_work(&j,
		"test $(git log --oneline | wc -l) = 1 && git fsck && test -z \"$(git status --porcelain)\"");
	job_done(&j);
}

static void borrowed_objects_are_found_without_complaint(void **state)
{
	struct fixture *f = *state;
	auto_free char *clone = path_join(f->dir, "three");
	struct job j;

	fixture_repo(f, two_commits);
	fixture_run(f,
		"git clone -q -s repo two && cd two && echo t > two && git add . && git commit -qm two && cd .. && "
		"git clone -q -s two three && cd three && echo t > three && git add . && git commit -qm three && "
		"echo ../../../two/.git/objects > .git/objects/info/alternates && git log --oneline | wc -l");
	repo_free(steal_pointer(&f->repo));
	ok(repo_open(clone, &f->repo, &f->err) == 0, "the clone opens");
	job_prepare(&j, f, PRIVATE_FULL);
	ok(j.expose.n == 3, "all three stores are shown");
	job_work(&j,
		"for d in repo two three; do mount -t tmpfs none $D/$d; done; cd .\n"
		"git fsck > ../out 2>&1; test ! -s ../out\n"
		"test -z \"$(git status 2>&1 >/dev/null)\" && test $(git log --oneline 2>&1 | wc -l) = 4\n");
	job_done(&j);
}

static void alternates_in_a_circle_end(void **state)
{
	struct fixture *f = *state;
	auto_strs struct strs stores = { 0 };
	auto_free char *a = path_join(f->dir, "a");
	const struct alternates_repo repo = { f->dir, f->dir, a };

	fixture_run(f,
		"mkdir -p a/info b/info a/pack b/pack && echo $PWD/b > a/info/alternates && printf '# note\\n\\n/missing\\n../a\\n../a/../b' "
		"> b/info/alternates");
	ok(alternates_resolve(&repo, &stores, &f->err) == 0, f->err.text);
	ok(stores.n == 2, "each once");
	ok(!strcmp(stores.v[0], a), "the repository's own first");
}

static void files_belong_to_the_owner_of_the_workspace(void **state)
{
	struct fixture *f = *state;
	struct job j;

	if (geteuid() != 0) {
		print_message("skipped: only root prepares workspaces of somebody else\n");
		skip();
	}
	fixture_repo(f, two_commits);
	fixture_run(f, "mkdir -p job/upper");
	job_prepare(&j, f, PRIVATE_FULL);
	fixture_run(f, "rm -rf job/upper/.git && chown 4242:4243 job/upper");
	strs_done(&j.lower);
	strs_done(&j.expose);
	ok(private_create(f->repo, &j.commit, &j.base, j.fd, &j.options, &j.lower, &j.expose,
		   &f->err) == 0,
		f->err.text);
	fixture_run(f,
		"! find job/upper ! -user 4242 | grep . && ! find job/upper ! -group 4243 | grep .");
	job_done(&j);
}

static void a_detached_head_works_on_a_branch(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, two_commits);
	fixture_run(f, "git -C repo checkout -q --detach");
	job_prepare(&j, f, PRIVATE_FULL);
	fixture_run(f,
		"test \"$(cat job/upper/.git/HEAD)\" = 'ref: refs/heads/work' && "
		"test \"$(cat job/upper/.git/refs/heads/work)\" = $(git -C repo rev-parse HEAD)");
	job_done(&j);
	fixture_run(f, "git -C repo checkout -q -b feature/deep/er");
	job_prepare(&j, f, PRIVATE_FULL);
	fixture_run(f, "test -f job/upper/.git/refs/heads/feature/deep/er");
	job_done(&j);
}

static void values_in_the_configuration_are_quoted(void **state)
{
	struct fixture *f = *state;
	struct private_options options = { .user = "a\\b \"c\"\n[core]\n\tfsmonitor = x # y",
		.email = ";e" };
	auto_buf struct buf config = BUF_INIT;
	auto_free char *path = path_join(f->dir, "config");

	private_config(&options, &config);
	ok(file_write(AT_FDCWD, path, 0644, config.data, config.len, 0, &f->err) == 0, "written");
	fixture_run(f,
		"test \"$(git config -f config user.name)\" = \"$(printf 'a\\\\b \"c\"\\n[core]\\n\\tfsmonitor = x # y')\" && "
		"test \"$(git config -f config user.email)\" = ';e' && ! git config -f config core.fsmonitor");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OVERLAY_TEST(
			"status, log, diff, blame, commit, gc and fsck work in the private .git",
			git_works_inside),
		OVERLAY_TEST("nothing that git does inside reaches the repository or the checkout",
			nothing_of_it_reaches_the_repository),
		OVERLAY_TEST("git status opens no file that is unchanged", status_reads_no_file),
		OVERLAY_TEST("a shallow history is one commit, with its objects alone",
			a_shallow_history_is_one_commit),
		OVERLAY_TEST("without history there is no .git", without_history_there_is_no_git),
		OVERLAY_TEST("the private .git of a shallow clone ends where the clone ends",
			a_shallow_clone_stays_one),
		OVERLAY_TEST("borrowed objects are found, and git does not complain",
			borrowed_objects_are_found_without_complaint),
		REPO_TEST("alternates that go round in a circle end", alternates_in_a_circle_end),
		REPO_TEST("as root, the files belong to the owner of the workspace",
			files_belong_to_the_owner_of_the_workspace),
		REPO_TEST("the branch is the user's, or one named work",
			a_detached_head_works_on_a_branch),
		REPO_TEST("no value can break out of its line in the configuration",
			values_in_the_configuration_are_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
