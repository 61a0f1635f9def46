#include "tests/unit/repo_fixture.h"

#include "repo/publish.h"

/* Works in upper directly, captures, and writes a commit of it. */
static void captured(struct job *j, struct fixture *f, const char *script, char id[REPO_ID_HEX + 1])
{
	auto_free char *whole = xasprintf("cd job/upper\n%s\n", script);
	struct change change;
	struct change_commit commit = { 0 };

	job_prepare(j, f, PRIVATE_FULL);
	fixture_run(f, whole);
	job_capture(j);
	change = (struct change){ f->repo, j->quarantine, j->commit.tree, j->capture.tree };
	commit = (struct change_commit){ j->commit.id, "Agent", "agent@example.com", "remit",
		"remit@localhost", "Do it\n\nRemit-Job: 42\nRemit-Log: origin 1 root\n",
		1700000001 };
	if (change_write_commit(&change, &commit, id, &f->err) < 0)
		fail_msg("%s", f->err.text);
}

static int publish(struct job *j, const char *branch, const char *id)
{
	struct change change = { j->f->repo, j->quarantine, j->commit.tree, j->capture.tree };

	return change_publish(&change, branch, id, &j->f->err);
}

static void a_change_becomes_a_branch(void **state)
{
	struct fixture *f = *state;
	char id[REPO_ID_HEX + 1];
	struct job j;

	fixture_repo(f, "echo 1 > f");
	captured(&j, f, "echo 2 > f && mkdir d && echo n > d/n", id);
	fixture_run(f,
		"cd repo && find .git -type f | sort > ../before && git rev-parse HEAD > ../head");
	ok(publish(&j, "remit/42", id) == 0, f->err.text);
	fixture_run(f,
		"cd repo && git fsck --full --strict && test $(git rev-parse remit/42~1) = $(cat ../head) && "
		"test \"$(git log -1 --format='%an|%ae|%cn|%ce|%at|%ct|%s' remit/42)\" = 'Agent|agent@example.com|remit|remit@localhost|1700000001|1700000001|Do it' && "
		"test \"$(git log -1 --format='%(trailers:key=Remit-Job,valueonly)' remit/42)\" = 42 && "
		"test \"$(git show remit/42:d/n)\" = n && test \"$(git symbolic-ref HEAD)\" = refs/heads/main && "
		"test $(git rev-parse HEAD) = $(cat ../head) && test -z \"$(git status --porcelain)\" && "
		"find .git -type f | sort | comm -13 ../before - | grep -vE '^.git/(objects/../[0-9a-f]{38}|refs/heads/remit/42|logs/refs/heads/remit/42)$' && exit 1; "
		"! find .git/objects -type f ! -perm 0444 -newer ../before | grep .");
	job_done(&j);
}

static void a_branch_that_is_there_is_never_moved(void **state)
{
	struct fixture *f = *state;
	char id[REPO_ID_HEX + 1];
	struct job j;

	fixture_repo(f, "echo 1 > f");
	captured(&j, f, "echo 2 > f", id);
	fixture_run(f, "git -C repo branch remit/42");
	ok(publish(&j, "remit/42", id) == -EEXIST, "there");
	ok(strstr(f->err.text, "has a branch 'remit/42' already"), f->err.text);
	fixture_run(f,
		"test $(git -C repo rev-parse remit/42) = $(git -C repo rev-parse HEAD) && git -C repo branch -D remit/42 && git -C repo branch remit");
	ok(publish(&j, "remit/42", id) == -EEXIST, "its directory is a branch");
	ok(strstr(f->err.text, "branch 'remit', which leaves no room"), f->err.text);
	fixture_run(f, "git -C repo branch -m remit other && git -C repo branch remit/42/deeper");
	ok(publish(&j, "remit/42", id) < 0, "it is a directory");
	ok(publish(&j, "a..b", id) == -EINVAL, "no name for a branch");
	fixture_run(f, "git -C repo branch -D remit/42/deeper && git -C repo pack-refs --all");
	ok(publish(&j, "remit/42", id) == 0, f->err.text);
	job_done(&j);
}

static void packs_are_published_too(void **state)
{
	struct fixture *f = *state;
	char id[REPO_ID_HEX + 1];
	struct job j;

	fixture_repo(f, "echo 1 > f");
	captured(&j, f,
		"mkdir n && for i in $(seq 1500); do echo $i > n/f$i; done; head -c 12000000 /dev/urandom > big",
		id);
	fixture_run(f,
		"touch job/objects/pack/tmp_pack_junk job/objects/junk && mkdir job/objects/zz && touch job/objects/zz/x");
	ok(publish(&j, "remit/1", id) == 0, f->err.text);
	fixture_run(f,
		"cd repo && git fsck --full --strict && test $(git ls-tree -r remit/1 | wc -l) = 1502 && test $(ls .git/objects/pack/*.pack | wc -l) = 1 && "
		"test ! -e .git/objects/junk && test ! -e .git/objects/zz && ! ls .git/objects/pack/tmp*");
	job_done(&j);
}

static void another_file_system_is_copied_to(void **state)
{
	struct fixture *f = *state;
	char id[REPO_ID_HEX + 1];
	auto_free char *away = NULL;
	struct job j;

	if (access("/dev/shm", W_OK) < 0) {
		print_message("skipped: there is no second file system at /dev/shm\n");
		skip();
	}
	fixture_repo(f, "echo 1 > f");
	captured(&j, f, "echo 2 > f && for i in $(seq 1100); do echo $i > n$i; done", id);
	away = fixture_ask(f,
		"d=$(mktemp -d /dev/shm/remit-test-XXXXXX) && cp -r job/objects $d/ && echo $d/objects");
	ok(publish_objects(away, repo_objects(f->repo), &f->err) == 0, f->err.text);
	fixture_run(f, "rm -r job/objects");
	ok(publish(&j, "remit/2", id) == 0, f->err.text);
	fixture_run(f,
		"cd repo && git fsck --full --strict && test $(git ls-tree -r remit/2 | wc -l) = 1101 && ! find .git/objects -name 'tmp*' | grep .");
	{
		auto_free char *clean = xasprintf("rm -r %s", away);

		fixture_run(f, clean);
	}
	job_done(&j);
}

static void a_shared_repository_stays_shared(void **state)
{
	struct fixture *f = *state;
	char id[REPO_ID_HEX + 1];
	struct job j;

	fixture_repo(f, "echo 1 > f");
	captured(&j, f, "echo 2 > f", id);
	fixture_run(f, "cd repo/.git/objects && chmod 2775 . && ls > ../before");
	ok(publish(&j, "remit/6", id) == 0, f->err.text);
	fixture_run(f,
		"cd repo/.git/objects && new=$(ls | comm -13 ../before -) && test -n \"$new\" && "
		"! find $new -type d ! -perm 2775 | grep .");
	job_done(&j);
}

static void nothing_new_is_a_commit_alone(void **state)
{
	struct fixture *f = *state;
	char id[REPO_ID_HEX + 1];
	struct job j;

	fixture_repo(f, "echo 1 > f");
	captured(&j, f, ":", id);
	ok(publish(&j, "remit/3", id) == 0, f->err.text);
	fixture_run(f,
		"cd repo && git fsck --full --strict && test $(git rev-parse remit/3^{tree}) = $(git rev-parse HEAD^{tree})");
	job_done(&j);
}

static void what_can_not_be_written_is_one_sentence(void **state)
{
	struct fixture *f = *state;
	char id[REPO_ID_HEX + 1];
	struct change_commit commit = { 0 };
	struct change change;
	struct job j;

	fixture_repo(f, "echo 1 > f");
	captured(&j, f, "echo 2 > f", id);
	fixture_run(f,
		"mv repo/.git/objects/info repo/.git/objects/i && rm -rf repo/.git/refs/heads/remit && : > repo/.git/refs/heads/remit");
	ok(publish(&j, "remit/4", id) < 0 && strlen(f->err.text) > 20,
		"a file in the way of the reference");
	fixture_run(f,
		"rm repo/.git/refs/heads/remit && mv repo/.git/objects/i repo/.git/objects/info");
	if (geteuid() != 0) {
		fixture_run(f,
			"chmod a-w repo/.git/objects repo/.git/objects/*; rm -rf job/objects && cp -r repo/.git/objects job/objects");
		fixture_run(f,
			"chmod -R u+w job && mkdir -p job/objects/00 && : > job/objects/00/00000000000000000000000000000000000000");
		ok(publish(&j, "remit/4", id) == -EACCES, f->err.text);
		ok(strstr(f->err.text, ".git/objects"), f->err.text);
		fixture_run(f, "chmod u+w repo/.git/objects repo/.git/objects/*");
	}
	change = (struct change){ f->repo, j.quarantine, j.commit.tree, j.capture.tree };
	commit = (struct change_commit){ j.commit.id, "<>", "x", "remit", "r", "m", 1 };
	ok(change_write_commit(&change, &commit, id, &f->err) < 0, "a name that is none");
	job_done(&j);
}

static void as_root_the_owner_gets_everything(void **state)
{
	struct fixture *f = *state;
	char id[REPO_ID_HEX + 1];
	struct job j;

	if (geteuid() != 0) {
		print_message("skipped: only root works for somebody else\n");
		skip();
	}
	fixture_repo(f, "echo 1 > f");
	repo_free(steal_pointer(&f->repo));
	fixture_run(
		f, "chown -R 4242:4243 repo && git config --global safe.directory \"$PWD/repo\"");
	{
		auto_free char *path = path_join(f->dir, "repo");

		ok(repo_open(path, &f->repo, &f->err) == 0, f->err.text);
	}
	captured(&j, f, "echo 2 > f", id);
	fixture_run(f, "git -C repo config core.logAllRefUpdates true");
	fixture_run(f,
		"cd repo/.git && mkdir ../../away && chown 0:0 ../../away && ln -s ../../../../away refs/heads/remit");
	ok(publish(&j, "remit/5", id) < 0, "no symlink is followed on the way");
	fixture_run(f, "! find away ! -user 0 | grep . && rm repo/.git/refs/heads/remit");
	ok(publish(&j, "remit/5", id) == 0, f->err.text);
	fixture_run(f,
		"! find repo -path '*logs/refs' -prune -o ! -user 4242 ! -name config -print | grep . && ! find repo ! -group 4243 ! -name config | grep .");
	job_done(&j);
}

static void every_shape_of_repository_works(void **state)
{
	struct fixture *f = *state;
	static const char *const shapes[] = { "bare.git", "linked", "super/module", "linked/sub" };

	fixture_repo(f, "mkdir sub && echo 1 > sub/f");
	fixture_run(f,
		"git clone -q --bare repo bare.git && git -C repo worktree add -q ../linked -b side && git init -q super && "
		"git -C super submodule --quiet add ../repo module");
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		auto_free char *path = path_join(f->dir, shapes[i]);
		auto_free char *branch = xasprintf("remit/%zu", i);
		auto_free char *check = xasprintf(
			"cd '%s' && git fsck --strict && test \"$(git show %s:sub/f)\" = changed",
			path, branch);
		char id[REPO_ID_HEX + 1];
		struct job j;

		repo_free(steal_pointer(&f->repo));
		ok(repo_open(path, &f->repo, &f->err) == 0, f->err.text);
		captured(&j, f, "mkdir -p sub && echo changed > sub/f", id);
		if (publish(&j, branch, id) < 0)
			fail_msg("%s: %s", shapes[i], f->err.text);
		fixture_run(f, check);
		job_done(&j);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPO_TEST("a change becomes a branch, and nothing else in the repository changes",
			a_change_becomes_a_branch),
		REPO_TEST("a branch that is there is never moved",
			a_branch_that_is_there_is_never_moved),
		REPO_TEST("packs are published, and nothing that is no object",
			packs_are_published_too),
		REPO_TEST("to another file system objects are copied",
			another_file_system_is_copied_to),
		REPO_TEST("bare repositories, linked work trees and submodules take a change, too",
			every_shape_of_repository_works),
		REPO_TEST("new directories have the mode of the objects' own",
			a_shared_repository_stays_shared),
		REPO_TEST("a change of nothing is a commit alone", nothing_new_is_a_commit_alone),
		REPO_TEST("what can't be written is one sentence",
			what_can_not_be_written_is_one_sentence),
		REPO_TEST("as root, everything belongs to the owner of the repository",
			as_root_the_owner_gets_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
