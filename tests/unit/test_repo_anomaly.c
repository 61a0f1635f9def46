#include "tests/unit/repo_fixture.h"

#include "repo/anomaly.h"

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

static const char base_files[] =
	"mkdir -p a/b fix/repo.git/objects && echo 1 > a/f && echo 2 > a/b/g && echo R > README && ln -s a/f link && "
	"ln -s a/../README old && echo h > fix/repo.git/HEAD && mkdir c && echo c > c/c";

static void work(struct job *j, struct fixture *f, const char *script)
{
	job_prepare(j, f, PRIVATE_FULL);
	job_work(j, script);
	job_capture(j);
}

static void expect(
	const struct job *j, enum fact_anomaly_kind kind, const char *path, const char *detail)
{
	const struct fact_anomaly *a = job_anomaly(j, kind, path);

	if (!a)
		fail_msg("no %s at '%s'", fact_anomaly_names[kind], path);
	if (detail && (!a->detail || !strstr(a->detail, detail)))
		fail_msg("%s at '%s' says '%s'", fact_anomaly_names[kind], path,
			a->detail ? a->detail : "nothing");
}

static bool in_tree(struct job *j, const char *path)
{
	auto_free char *script = xasprintf(
		"cd repo && GIT_ALTERNATE_OBJECT_DIRECTORIES=$PWD/../job/objects git ls-tree %s -- '%s'",
		j->capture.tree, path);
	auto_free char *out = fixture_ask(j->f, script);

	return *out;
}

static void only(const struct job *j, size_t n)
{
	if (j->facts.n_anomalies == n)
		return;
	for (size_t i = 0; i < j->facts.n_anomalies; i++)
		print_message("%s at '%s'\n", fact_anomaly_names[j->facts.anomalies[i].kind],
			j->facts.anomalies[i].path);
	fail_msg("%zu anomalies where there should be %zu", j->facts.n_anomalies, n);
}

static void ordinary_work_has_none(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, base_files);
	work(&j, f,
		"echo 3 > a/f && ln -s ../README a/r && ln -s a/b d && ln -s missing m && rm link && echo x > .gitmodules && mkdir e && "
		"ln -s ../../a/b a/b/here && git commit -qam x");
	only(&j, 0);
	job_done(&j);
}

static void special_files_stay_out(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, base_files);
	work(&j, f,
		"mkfifo p a/f2 && rm a/f && mkfifo a/f && python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"s\")' && "
		"echo x > suid && chmod 4755 suid && echo x > sgid && chmod 2644 sgid && mkdir -m 2755 sd && echo x > sd/x");
	expect(&j, FACT_FIFO, "p", NULL);
	expect(&j, FACT_FIFO, "a/f2", NULL);
	expect(&j, FACT_FIFO, "a/f", NULL);
	expect(&j, FACT_SOCKET, "s", NULL);
	expect(&j, FACT_SETUID, "suid", NULL);
	expect(&j, FACT_SETUID, "sgid", NULL);
	only(&j, 6);
	ok(!in_tree(&j, "p") && !in_tree(&j, "s") && !in_tree(&j, "a/f"), "not in the tree");
	ok(in_tree(&j, "suid") && in_tree(&j, "sd/x"),
		"files with a bit too many are, with an ordinary mode");
	job_done(&j);
}

static void devices_stay_out(void **state)
{
	struct fixture *f = *state;
	struct job j;

	if (geteuid() != 0) {
		print_message("skipped: only root makes devices\n");
		skip();
	}
	fixture_repo(f, base_files);
	job_prepare(&j, f, PRIVATE_FULL);
	fixture_run(f,
		"mknod job/upper/c c 1 3 && mknod job/upper/b b 7 0 && mknod job/upper/README c 0 0");
	job_capture(&j);
	expect(&j, FACT_DEVICE, "c", NULL);
	expect(&j, FACT_DEVICE, "b", NULL);
	only(&j, 2);
	ok(!in_tree(&j, "README"), "0:0 is a whiteout");
	job_done(&j);
}

static void repositories_in_the_tree_are_found(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, base_files);
	work(&j, f,
		"git init -q sub && echo x > sub/x && git clone -q --no-hardlinks . a/clone && echo 'gitdir: /tmp' > c/.git && "
		"mkdir l && ln -s ../.git l/.git && echo y > l/y && git init -q --bare bare && : > bare/objects/x && : > bare/refs/x && "
		"mkdir wt && echo ref > wt/head && echo ../bare > wt/CommonDir");
	expect(&j, FACT_EMBEDDED_REPO, "sub/.git", NULL);
	expect(&j, FACT_EMBEDDED_REPO, "a/clone/.git", NULL);
	expect(&j, FACT_EMBEDDED_REPO, "c/.git", NULL);
	expect(&j, FACT_EMBEDDED_REPO, "l/.git", NULL);
	expect(&j, FACT_EMBEDDED_REPO, "bare", "shaped like");
	expect(&j, FACT_EMBEDDED_REPO, "wt", "shaped like");
	only(&j, 6);
	ok(in_tree(&j, "sub/x") && in_tree(&j, "l/y"), "the files beside it are captured");
	ok(!in_tree(&j, "sub/.git") && !in_tree(&j, "c/.git") && !in_tree(&j, "l/.git"),
		".git is not");
	job_done(&j);
}

static void the_private_git_renamed_and_made_again(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, base_files);
	work(&j, f,
		"echo x > a/f && git commit -qam x && cp -r .git moved && rm -rf .git && git init -q . && "
		"printf '[core]\\n\\tfsmonitor = /tmp/evil\\n' >> .git/config");
	expect(&j, FACT_EMBEDDED_REPO, "moved", "shaped like");
	ok(!in_tree(&j, ".git"), "the new one stays out as well");
	ok(strs_has(&j.capture.discarded, "config"), "and what it would run is named");
	job_done(&j);
	work(&j, f, "mv .git moved && echo 'gitdir: moved' > .git");
	expect(&j, FACT_EMBEDDED_REPO, ".git", NULL);
	expect(&j, FACT_EMBEDDED_REPO, "moved", NULL);
	ok(!in_tree(&j, ".git"), "a file of that name stays out");
	job_done(&j);
	work(&j, f, "mv .git a/moved && ln -s a/moved .git");
	expect(&j, FACT_EMBEDDED_REPO, ".git", NULL);
	expect(&j, FACT_EMBEDDED_REPO, "a/moved", NULL);
	job_done(&j);
	work(&j, f, "rm -rf .git");
	only(&j, 0);
	job_done(&j);
}

static void refused_names_stay_out(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, base_files);
	work(&j, f,
		"echo x > .GIT && mkdir a/git~1 && echo x > a/git~1/config && mkdir \"$(printf '.g\\342\\200\\214it')\" && "
		"echo x > \"$(printf '.g\\342\\200\\214it/x')\" && echo x > 'a\\.git' && ln -s README .gitmodules && echo x > 'c/.git. ' && "
		"echo x > .GitModules");
	expect(&j, FACT_REFUSED_NAME, ".GIT", NULL);
	expect(&j, FACT_REFUSED_NAME, "a/git~1", NULL);
	expect(&j, FACT_REFUSED_NAME, ".g\xe2\x80\x8cit", NULL);
	expect(&j, FACT_REFUSED_NAME, "a\\.git", NULL);
	expect(&j, FACT_REFUSED_NAME, ".gitmodules", "symlink");
	expect(&j, FACT_REFUSED_NAME, "c/.git. ", NULL);
	expect(&j, FACT_REFUSED_NAME, ".GitModules", NULL);
	only(&j, 7);
	ok(!strcmp(j.capture.tree, j.commit.tree), "none is in the tree");
	job_done(&j);
}

static void case_collisions_are_found(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, base_files);
	work(&j, f,
		"echo x > readme && mkdir A && echo x > A/x && mkdir n && echo 1 > n/x && echo 2 > n/X && "
		"echo 3 > \"$(printf 'n/\\303\\251')\" && echo 4 > \"$(printf 'n/e\\314\\201')\"");
	expect(&j, FACT_CASE_COLLISION, "readme", "README");
	expect(&j, FACT_CASE_COLLISION, "A", "a");
	ok(job_anomaly(&j, FACT_CASE_COLLISION, "n/x") ||
			job_anomaly(&j, FACT_CASE_COLLISION, "n/X"),
		"two new ones");
	ok(job_anomaly(&j, FACT_CASE_COLLISION, "n/\xc3\xa9") ||
			job_anomaly(&j, FACT_CASE_COLLISION, "n/e\xcc\x81"),
		"normalization");
	only(&j, 4);
	job_done(&j);
}

static void old_collisions_are_not_the_jobs(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f,
		"echo 1 > x && echo 2 > X && echo 3 > y && mkdir -p s/objects s/refs && echo 1 > s/HEAD && echo 1 > s/objects/o && "
		"echo 1 > s/refs/r && ln -s /etc/passwd abs");
	work(&j, f, "echo more >> x && echo n > z && echo more >> y && rm abs");
	only(&j, 0);
	job_done(&j);
}

static void symlinks_out_of_the_tree_are_found(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *script, *path, *target;
	} out[] = {
		{ "ln -s /etc/passwd x", "x", "/etc/passwd" },
		{ "ln -s .. x", "x", ".." },
		{ "ln -s ../../x a/x", "a/x", "../../x" },
		{ "ln -s ../.. a/x", "a/x", "../.." },
		{ "ln -s .git/config x", "x", ".git/config" },
		{ "ln -s ../.GIT/hooks a/x", "a/x", "../.GIT/hooks" },
		{ "ln -s a/b/../../../etc x", "x", "a/b/../../../etc" },
		/* Lexically inside; through the symlink d it goes above the top. */
		{ "ln -s ../.. a/b/d && ln -s a/b/d/../secret x", "x", "a/b/d/../secret" },
		{ "ln -s a/../x2 x && ln -s /abs x2", "x", "a/../x2" },
		/* What is missing may come to be a directory. */
		{ "ln -s gone/../../etc x", "x", "gone/../../etc" },
		{ "ln -s README/../../etc x", "x", "README/../../etc" },
		{ "rm link && ln -s ../outside link", "link", "../outside" },
		{ "rm -r c && ln -s /tmp c", "c", "/tmp" },
		{ "ln -s ./././/..//. x", "x", "./././/..//." },
	};
	static const char *const in[] = {
		"ln -s a/b x",
		"ln -s ../a a/x",
		"ln -s ./a/../a/./f x",
		"ln -s x x",
		"ln -s y x && ln -s x y",
		"ln -s missing/x x",
		"ln -s a/b/../../README x",
		"ln -s . x",
		"ln -s .gitignore x",
		"ln -s ../README a/x && ln -s a/x y",
		"ln -s .. a/x && ln -s a/x/README y",
	};

	fixture_repo(f, base_files);
	for (size_t i = 0; i < ARRAY_SIZE(out); i++) {
		struct job j;

		work(&j, f, out[i].script);
		expect(&j, FACT_SYMLINK_ESCAPE, out[i].path, out[i].target);
		job_done(&j);
	}
	for (size_t i = 0; i < ARRAY_SIZE(in); i++) {
		struct job j;

		work(&j, f, in[i]);
		if (j.facts.n_anomalies)
			fail_msg("%s: %s", in[i], j.facts.anomalies[0].path);
		job_done(&j);
	}
}

static void a_new_link_can_make_an_old_one_lead_out(void **state)
{
	struct fixture *f = *state;
	struct job j;

	/* old -> a/../README is harmless as long as a is a directory at the top. */
	fixture_repo(f, base_files);
	work(&j, f, "mv a z && ln -s . a");
	expect(&j, FACT_SYMLINK_ESCAPE, "old", "a/../README");
	expect(&j, FACT_DIRECTORY_TO_SYMLINK, "a", NULL);
	only(&j, 2);
	job_done(&j);
}

static void unreadable_things_are_said(void **state)
{
	struct fixture *f = *state;
	struct job j;

	if (geteuid() == 0) {
		print_message("skipped: root reads everything\n");
		skip();
	}
	fixture_repo(f, base_files);
	work(&j, f, "echo 1 > u && mkdir d && echo 2 > d/f && chmod 0 u d && chmod 0 a");
	only(&j, 0);
	ok(in_tree(&j, "u") && in_tree(&j, "d/f") && in_tree(&j, "a/f"),
		"mode 0 is no obstacle to their owner");
	job_done(&j);
}

static void what_is_too_deep_is_left_out(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, base_files);
	work(&j, f,
		"python3 -c '\nimport os\nfor i in range(3000):\n    os.mkdir(\"d\"); os.chdir(\"d\")\nopen(\"x\", \"w\").write(\"y\")' && "
		"echo n > n && python3 -c '\nimport os\nfor i in range(200):\n    os.mkdir(\"e\"); os.chdir(\"e\")\nopen(\"x\", \"w\").write(\"y\")'");
	ok(j.facts.n_anomalies == 1 && j.facts.anomalies[0].kind == FACT_UNREADABLE, "said once");
	ok(in_tree(&j, "n") && in_tree(&j, "e"), "the rest is captured");
	job_done(&j);
}

static void holes_do_not_count_as_bytes(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, base_files);
	work(&j, f, "truncate -s 4T huge && truncate -s 20M small && echo x >> small");
	expect(&j, FACT_UNREADABLE, "huge", "holes");
	ok(in_tree(&j, "small") && !in_tree(&j, "huge"), "a small one is captured");
	job_done(&j);
}

static void very_many_are_counted(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, base_files);
	work(&j, f, "mkdir p && cd p && for i in $(seq 1100); do echo p$i; done | xargs mkfifo");
	ok(j.facts.n_anomalies == ANOMALY_MAX_NAMED, "so many are named");
	ok(!strcmp(j.facts.anomalies[ANOMALY_MAX_NAMED - 1].detail, "and 100 more"),
		"the last says how many there are besides");
	ok(j.facts.unnamed_anomalies == 100, "and they are counted for the policy");
	job_done(&j);
}

static void trees_alone_show_the_same(void **state)
{
	struct fixture *f = *state;
	struct facts facts = { 0 };
	struct repo_commit old, new;
	struct change change;
	struct job j = { 0 };

	fixture_repo(f, base_files);
	fixture_run(f,
		"cd repo && ln -s /etc x && ln -s .git/x y && echo 1 > readme && mkdir -p s/objects s/refs && echo 1 > s/HEAD && "
		"echo 1 > s/objects/o && echo 1 > s/refs/r && git add -A && git commit -qm new && "
		"t=$(printf '%s\\n' \"$(git ls-tree HEAD)\" \"$(printf '100644 blob %s\\t.GIT' $(git rev-parse HEAD:README))\" | "
		"git -c core.protectNTFS=false mktree) && git update-ref HEAD $(git commit-tree $t -p HEAD -m evil)");
	ok(repo_resolve(f->repo, "HEAD~2", &old, &f->err) == 0 &&
			repo_resolve(f->repo, NULL, &new, &f->err) == 0,
		"resolved");
	change = (struct change){ f->repo, NULL, old.tree, new.tree };
	ok(change_facts(&change, &facts, &f->err) == 0, f->err.text);
	ok(change_anomalies(&change, &facts, &f->err) == 0, f->err.text);
	j.facts = facts;
	expect(&j, FACT_SYMLINK_ESCAPE, "x", "/etc");
	expect(&j, FACT_SYMLINK_ESCAPE, "y", ".git/x");
	expect(&j, FACT_CASE_COLLISION, "readme", "README");
	expect(&j, FACT_EMBEDDED_REPO, "s", NULL);
	expect(&j, FACT_REFUSED_NAME, ".GIT", NULL);
	only(&j, 5);
	facts_done(&facts);
	repo_commit_done(&old);
	repo_commit_done(&new);
}

static void a_file_and_a_directory_of_one_name_are_an_error(void **state)
{
	struct fixture *f = *state;
	struct facts facts = { 0 };
	struct repo_commit old, new;
	struct change change;

	fixture_repo(f, base_files);
	/* In git's order another name lies between the two, so that no look at neighbours finds them. */
	fixture_run(f,
		"cd repo && b=$(git rev-parse HEAD:README) && t=$(git rev-parse HEAD:c) && "
		"printf '100644 blob %s\\tn\\n100644 blob %s\\tn-\\n' $b $b | git mktree > ../t && "
		"{ git cat-file tree $(cat ../t); printf '40000 n\\0'; python3 -c \"import sys; sys.stdout.buffer.write(bytes.fromhex('$t'))\"; } > ../tree && "
		"git update-ref HEAD $(git commit-tree $(git hash-object -t tree -w --literally ../tree) -p HEAD -m x)");
	ok(repo_resolve(f->repo, "HEAD~1", &old, &f->err) == 0 &&
			repo_resolve(f->repo, NULL, &new, &f->err) == 0,
		"resolved");
	change = (struct change){ f->repo, NULL, old.tree, new.tree };
	ok(change_anomalies(&change, &facts, &f->err) == -EINVAL, "refused");
	ok(strstr(f->err.text, "twice"), f->err.text);
	facts_done(&facts);
	repo_commit_done(&old);
	repo_commit_done(&new);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OVERLAY_TEST("ordinary work has no anomaly", ordinary_work_has_none),
		OVERLAY_TEST("fifos and sockets stay out, setuid bits are dropped, all are named",
			special_files_stay_out),
		REPO_TEST("devices stay out and are named", devices_stay_out),
		OVERLAY_TEST("repositories in the tree are found, whatever .git is there",
			repositories_in_the_tree_are_found),
		OVERLAY_TEST("the private .git renamed and made again is found",
			the_private_git_renamed_and_made_again),
		OVERLAY_TEST("refused names stay out and are named", refused_names_stay_out),
		OVERLAY_TEST(
			"names that are one name elsewhere are found", case_collisions_are_found),
		OVERLAY_TEST("what was in the base already is not the job's",
			old_collisions_are_not_the_jobs),
		OVERLAY_TEST(
			"symlinks are followed through the tree, and those that lead out are found",
			symlinks_out_of_the_tree_are_found),
		OVERLAY_TEST("an old symlink that a new one makes lead out is found",
			a_new_link_can_make_an_old_one_lead_out),
		OVERLAY_TEST("mode 0 is no obstacle", unreadable_things_are_said),
		OVERLAY_TEST("directories that are too deep are left out and named",
			what_is_too_deep_is_left_out),
		OVERLAY_TEST("a file of terabytes of holes is left out and named",
			holes_do_not_count_as_bytes),
		OVERLAY_TEST("of very many anomalies some are named and all are counted",
			very_many_are_counted),
		REPO_TEST("two trees alone show the same anomalies", trees_alone_show_the_same),
		REPO_TEST("a file and a directory of one name are an error",
			a_file_and_a_directory_of_one_name_are_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
