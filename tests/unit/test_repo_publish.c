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
	fixture_run(f, "git -C repo pack-refs --all && test ! -e repo/.git/refs/heads/remit/42");
	ok(publish(&j, "remit/42", id) == -EEXIST, "it is a directory of packed references");
	fixture_run(f,
		"mkdir -p repo/.git/refs/heads/remit && git -C repo rev-parse HEAD > repo/.git/refs/heads/remit/43.lock");
	ok(publish(&j, "remit/43", id) == -EBUSY, "somebody else is writing it");
	fixture_run(f, "rm repo/.git/refs/heads/remit/43.lock");
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
	const struct owner me = { geteuid(), getegid() };
	struct job j;

	if (access("/dev/shm", W_OK) < 0) {
		print_message("skipped: there is no second file system at /dev/shm\n");
		skip();
	}
	fixture_repo(f, "echo 1 > f");
	captured(&j, f, "echo 2 > f && for i in $(seq 1100); do echo $i > n$i; done", id);
	away = fixture_ask(f,
		"d=$(mktemp -d /dev/shm/remit-test-XXXXXX) && cp -r job/objects $d/ && echo $d/objects");
	ok(publish_objects(away, repo_objects(f->repo), &me, &f->err) == 0, f->err.text);
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
	ok(publish(&j, "remit/5", id) == 0, f->err.text);
	fixture_run(f,
		"! find repo -path '*logs/refs' -prune -o ! -user 4242 ! -name config -print | grep . && ! find repo ! -group 4243 ! -name config | grep .");
	job_done(&j);
}

static void no_symlink_is_followed_to_a_reference(void **state)
{
	struct fixture *f = *state;
	static const char *const samples[] = {
		"ln -s ../../../../away refs/heads/remit",
		"mkdir -p logs/refs/heads && ln -s ../../../../../away logs/refs/heads/remit",
		"mv logs old && ln -s ../../away logs",
		"mv refs/heads refs/old && ln -s ../../../away/heads refs/heads && cp -r refs/old ../../away/heads",
		"mkdir -p logs/refs/heads/remit && ln -s ../../../../../../away/log logs/refs/heads/remit/7",
		"mkdir -p logs/refs/heads/remit && mkfifo logs/refs/heads/remit/7",
		"d=$(cd ../../job/objects && ls -d ?? | head -1) && ! test -e objects/$d && ln -s ../../../away objects/$d",
	};
	char id[REPO_ID_HEX + 1];
	struct job j;

	fixture_repo(f, "echo 1 > f");
	captured(&j, f, "echo 2 > f", id);
	fixture_run(f, "cp -a repo/.git clean && cp -a job/objects kept");
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		auto_free char *script = xasprintf(
			"rm -rf job/objects && cp -a kept job/objects && rm -rf repo/.git away && cp -a clean repo/.git && mkdir away && cd repo/.git && %s && "
			"cd ../.. && find away ! -type d | sort > before",
			samples[i]);

		fixture_run(f, script);
		f->err.text[0] = '\0';
		if (publish(&j, "remit/7", id) == 0)
			fail_msg("written: %s", samples[i]);
		ok(*f->err.text, "with a sentence");
		fixture_run(f,
			"find away ! -type d | sort | cmp - before && ! find repo/.git -name '*.lock' | grep .");
	}
	fixture_run(f,
		"rm -rf repo/.git job/objects && cp -a clean repo/.git && cp -a kept job/objects");
	ok(publish(&j, "remit/7", id) == 0, f->err.text);
	job_done(&j);
}

/* One who died left a lock, empty, half written or whole, and perhaps the log. */
static void who_died_half_way_can_do_it_again(void **state)
{
	struct fixture *f = *state;
	char id[REPO_ID_HEX + 1];
	struct job j;

	fixture_repo(f, "echo 1 > f");
	captured(&j, f, "echo 2 > f", id);
	ok(publish(&j, "remit/0", id) == 0, f->err.text);
	for (int cut = 0; cut <= REPO_ID_HEX + 1; cut += 20) {
		auto_free char *branch = xasprintf("remit/4%d", cut);
		auto_free char *script = xasprintf(
			"cd repo/.git && echo %s | head -c %d > refs/heads/%s.lock && cp logs/refs/heads/remit/0 logs/refs/heads/%s",
			id, cut, branch, branch);
		auto_free char *check = xasprintf(
			"cd repo && test $(git rev-parse %s) = %s && test $(git reflog show %s | wc -l) = 1 && ! find .git/refs -name '*.lock' | grep .",
			branch, id, branch);

		fixture_run(f, script);
		ok(publish(&j, branch, id) == 0, f->err.text);
		fixture_run(f, check);
	}
	job_done(&j);
}

static void a_log_is_kept_where_git_keeps_one(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *config, *ref;
		bool logged;
	} samples[] = {
		{ "git config --unset core.logAllRefUpdates || :", "refs/heads/remit/9", true },
		{ "git config core.logAllRefUpdates false", "refs/heads/remit/9", false },
		{ "git config core.logAllRefUpdates true", "refs/remit/denied/9", false },
		{ "git config core.logAllRefUpdates always", "refs/remit/denied/9", true },
		{ "git config core.bare true && git config --unset core.logAllRefUpdates",
			"refs/heads/remit/9", false },
	};
	char id[REPO_ID_HEX + 1];
	struct job j;

	fixture_repo(f, "echo 1 > f");
	captured(&j, f, "echo 2 > f", id);
	fixture_run(f, "cp -a repo/.git clean && cp -a job/objects kept");
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		auto_free char *path = path_join(f->dir, "repo/.git");
		auto_free char *check = xasprintf("cd repo/.git && test $(cat %s) = %s && %s",
			samples[i].ref, id,
			samples[i].logged
				? "test \"$(git reflog show --format='%gs|%gn|%ge' remit/9 2>/dev/null || "
				  "git reflog show --format='%gs|%gn|%ge' refs/remit/denied/9)\" = "
				  "'remit: captured change|remit|remit@localhost'"
				: "! find logs -name 9 | grep .");
		auto_free char *script = xasprintf(
			"rm -rf repo/.git job/objects && cp -a clean repo/.git && cp -a kept job/objects && cd repo && %s",
			samples[i].config);

		fixture_run(f, script);
		repo_free(steal_pointer(&f->repo));
		ok(repo_open(path, &f->repo, &f->err) == 0, f->err.text);
		if (publish(&j, samples[i].ref, id) < 0)
			fail_msg("%s: %s", samples[i].config, f->err.text);
		fixture_run(f, check);
	}
	job_done(&j);
}

static void as_root_nothing_is_done_that_the_owner_could_not_do(void **state)
{
	struct fixture *f = *state;
	static const char *const samples[] = {
		"for i in $(seq 0 255); do mkdir -p objects/$(printf %02x $i); done; chown 0:0 objects/??",
		"mkdir refs/heads/remit && chown 0:0 refs/heads/remit",
		"mkdir -p logs/refs/heads/remit && chown 0:0 logs/refs/heads/remit",
		"chown 0:0 objects",
		"mv objects ../o && ln -s ../o objects && chown 0:0 ../o",
	};
	static const char *const dirs[] = { "refs/heads/remit", "refs/remit/denied" };
	auto_free char *path = NULL;
	char id[REPO_ID_HEX + 1];
	struct job j;

	if (geteuid() != 0) {
		print_message("skipped: only root works for somebody else\n");
		skip();
	}
	path = path_join(f->dir, "repo");
	fixture_repo(f, "echo 1 > f");
	captured(&j, f, "echo 2 > f", id);
	fixture_run(f,
		"chmod 755 . && git config --global safe.directory \"$PWD/repo\" && "
		"git -C repo config core.logAllRefUpdates true && chown -R 4242:4243 repo && cp -a repo clean && cp -a job/objects kept");
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		auto_free char *script = xasprintf(
			"rm -rf repo job/objects && cp -a clean repo && cp -a kept job/objects && cd repo/.git && %s && find . -type f | sort > ../../before",
			samples[i]);

		fixture_run(f, script);
		repo_free(steal_pointer(&f->repo));
		ok(repo_open(path, &f->repo, &f->err) == 0, f->err.text);
		if (change_check_place(f->repo, dirs, ARRAY_SIZE(dirs), &f->err) != -EACCES)
			fail_msg("not foreseen: %s", samples[i]);
		if (publish(&j, "remit/5", id) != -EACCES)
			fail_msg("done: %s", samples[i]);
		fixture_run(f, "cd repo/.git && ! find refs logs -type f -uid 0 | grep .");
	}
	fixture_run(f, "rm -rf repo job/objects && cp -a clean repo && cp -a kept job/objects");
	repo_free(steal_pointer(&f->repo));
	ok(repo_open(path, &f->repo, &f->err) == 0, f->err.text);
	ok(change_check_place(f->repo, dirs, ARRAY_SIZE(dirs), &f->err) == 0, f->err.text);
	ok(publish(&j, "remit/5", id) == 0, f->err.text);
	fixture_run(f,
		"! find repo ! -user 4242 | grep . && git -C repo fsck --full --strict && git -C repo show remit/5:f");
	job_done(&j);
}

static void what_would_keep_a_change_out_is_foreseen(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *script;
		bool even_root;
	} samples[] = {
		{ "chmod a-w objects", false },
		{ "chmod a-w objects/pack", false },
		{ "chmod a-w objects/$(ls objects | head -1)", false },
		{ "chmod a-w refs/heads", false },
		{ "mkdir refs/heads/remit && chmod a-w refs/heads/remit", false },
		{ "chmod a-w refs", false },
		{ "chmod a-w logs/refs/heads", false },
		{ "ln -s ../../HEAD refs/heads/remit", true },
		{ "ln -s ../../ logs/refs/heads/remit", true },
		{ ": > logs/refs/heads/remit", true },
		{ "git -C .. branch remit", true },
		{ "git -C .. branch remit && git -C .. pack-refs --all", true },
		{ "git -C .. update-ref refs/remit/denied HEAD && git -C .. pack-refs --all",
			true },
		{ "mv objects/pack p && ln -s ../p objects/pack", true },
	};
	static const char *const dirs[] = { "refs/heads/remit", "refs/remit/denied" };

	fixture_repo(f, "echo 1 > f");
	fixture_run(f, "cp -a repo/.git clean");
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		auto_free char *script = xasprintf(
			"chmod -R u+w repo && rm -rf repo/.git && cp -a clean repo/.git && cd repo/.git && %s",
			samples[i].script);

		fixture_run(f, script);
		f->err.text[0] = '\0';
		if (geteuid() == 0 && !samples[i].even_root)
			continue;
		if (change_check_place(f->repo, dirs, ARRAY_SIZE(dirs), &f->err) == 0)
			fail_msg("not foreseen: %s", samples[i].script);
		ok(*f->err.text, "with a sentence");
	}
	fixture_run(f,
		"chmod -R u+w repo && rm -rf repo/.git && cp -a clean repo/.git && rm -rf repo/.git/logs");
	ok(change_check_place(f->repo, dirs, ARRAY_SIZE(dirs), &f->err) == 0, f->err.text);
	fixture_run(f,
		"test ! -e repo/.git/logs && test ! -e repo/.git/refs/remit && test ! -e repo/.git/refs/heads/remit");
	fixture_run(f,
		"cd repo && git config core.logAllRefUpdates false && mkdir .git/logs && chmod a-w .git/logs && "
		"git branch remit/1 && git branch remit/2 && git pack-refs --all");
	ok(change_check_place(f->repo, dirs, ARRAY_SIZE(dirs), &f->err) == 0,
		"where no log is kept, none needs room");
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
		REPO_TEST("no symlink is followed on the way to an object, a reference or its log",
			no_symlink_is_followed_to_a_reference),
		REPO_TEST("who died half way can do it again", who_died_half_way_can_do_it_again),
		REPO_TEST("a log is kept where git would keep one",
			a_log_is_kept_where_git_keeps_one),
		REPO_TEST("what would keep a change out is foreseen",
			what_would_keep_a_change_out_is_foreseen),
		REPO_TEST("as root, nothing is done that the owner could not do",
			as_root_nothing_is_done_that_the_owner_could_not_do),
		REPO_TEST("as root, everything belongs to the owner of the repository",
			as_root_the_owner_gets_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
