/*
 * The tree that capture makes of an overlay is the one that git add makes of the same work in a
 * plain clone.
 */
#include "tests/unit/repo_fixture.h"

static const char base_files[] =
	"mkdir -p a/b/c dir keep/deep && for i in 1 2 3; do echo $i > a/f$i; echo b$i > a/b/f$i; echo d$i > dir/f$i; done && "
	"echo c > a/b/c/f && echo run > tool && chmod 755 tool && ln -s a/f1 link && : > empty && echo k > keep/deep/k && "
	"printf '*.o\\nbuild/\\n!keep.o\\n/top\\n' > .gitignore && echo tracked > tracked.o && git add -f tracked.o && "
	"mkdir build && echo t > build/tracked && git add -f build/tracked && printf 'local\\n!b.log\\n' > a/.gitignore && "
	"echo x > Upper && head -c 3000000 /dev/zero > large";

struct sample {
	const char *name;
	const char *script;
};

static const struct sample samples[] = {
	{ "nothing", ":" },
	{ "a file is changed", "echo more >> a/f1" },
	{ "a file is added", "echo new > a/b/new && echo new > new" },
	{ "a file is removed", "rm a/f1 tool" },
	{ "the last file of a directory is removed", "rm a/b/c/f keep/deep/k" },
	{ "the mode alone changes", "chmod 644 tool && chmod 755 a/f1 && chmod 600 a/f2" },
	{ "a file is written again with the same bytes",
		"cp a/f1 x && cat x > a/f1 && rm x && touch a/f2 && chmod 755 tool" },
	{ "an empty file is added, a file is emptied", ": > a/zero && : > a/f1" },
	{ "an empty directory is no change", "mkdir -p new/deep a/b/c/d" },
	{ "a file becomes a directory", "rm a/f1 && mkdir a/f1 && echo x > a/f1/x" },
	{ "a file becomes a directory and a file again",
		"rm a/f1 && mkdir a/f1 && echo x > a/f1/x && rm -r a/f1 && echo 1 > a/f1" },
	{ "a directory becomes a file", "rm -r dir && echo f > dir" },
	{ "a directory becomes a file and a directory again",
		"rm -r dir && echo f > dir && rm dir && mkdir dir && echo d2 > dir/f2 && echo n > dir/n" },
	{ "a directory is removed", "rm -r a/b" },
	{ "a directory is removed and made again with one file of it",
		"rm -r a && mkdir -p a/b && echo b1 > a/b/f1" },
	{ "a directory is made again inside one that was made again",
		"rm -r a && mkdir a && mkdir -p a/b/c && echo c > a/b/c/f && echo x > a/b/c/x" },
	{ "a directory is renamed", "mv a z" },
	{ "a directory is renamed and back", "mv a z && mv z a" },
	{ "a directory is renamed over a removed one", "rm -r dir && mv a/b dir" },
	{ "a directory and a file trade names", "mv dir t && mv tool dir && mv t tool" },
	{ "a directory is renamed deep into another",
		"mkdir -p x/y && mv a/b x/y/b && echo n > x/y/b/c/n" },
	{ "a symlink is added, changed, removed",
		"ln -s empty new && ln -sf ../dir a/l && rm link && ln -s a link" },
	{ "a symlink becomes a file and the other way",
		"rm link && echo l > link && rm a/f1 && ln -s f2 a/f1" },
	{ "a directory becomes a symlink", "rm -r dir && ln -s a dir" },
	{ "symlinks go round in circles",
		"ln -s loop2 loop1 && ln -s loop1 loop2 && ln -s . here && ln -s self self" },
	{ "hard links", "echo h > h1 && ln h1 h2 && ln h1 a/h3 && ln a/f1 a/same && chmod 755 h1" },
	{ "names with newlines, blanks, quotes and bytes that are no text",
		"n=$(printf 'new\\nline') && echo 1 > \"$n\" && l=$(printf 'latin\\351\\377') && mkdir \"$l\" && echo 2 > \"$l/$l\" && "
		"echo 3 > ' ' && echo 4 > '\"q\"' && echo 5 > \"$(printf 'tab\\there')\" && echo 6 > -- && echo 7 > -n && "
		"echo 8 > \"$(printf '\\001')\" && echo 9 > \"$(printf 'e\\314\\201')\"" },
	{ "ignored files stay out",
		"echo o > x.o && echo o > a/b/y.o && mkdir -p build/sub && echo b > build/new && echo b > build/sub/x" },
	{ "ignored files that are tracked come in",
		"echo more >> tracked.o && echo more >> build/tracked && chmod 755 build/tracked" },
	{ "a tracked file in an ignored directory is removed",
		"rm build/tracked && echo n > build/n" },
	{ "an ignored directory is made again",
		"rm -r build && mkdir build && echo t > build/tracked && echo n > build/n" },
	{ "a pattern takes another back",
		"echo k > keep.o && mkdir n && echo k > n/keep.o && echo k > n/x.o" },
	{ "patterns of one directory",
		"echo l > a/local && echo l > local && mkdir -p a/q && echo l > a/q/local && mkdir top && echo t > top/x && "
		"mkdir a/top && echo t > a/top/x" },
	{ "the job changes .gitignore",
		"echo 'b*' > .gitignore && echo o > x.o && echo b > bar && echo m >> build/tracked" },
	{ "the job removes .gitignore",
		"rm .gitignore && echo o > x.o && mkdir -p build && echo n > build/n" },
	{ "the job adds .gitignore files of its own",
		"mkdir -p n/m && printf 'x*\\n!xb\\n' > n/.gitignore && printf '!xa\\n' > n/m/.gitignore && for d in n n/m; do "
		"for x in xa xb xc y; do echo $x > $d/$x; done; done" },
	{ "a deeper .gitignore takes a directory back",
		"echo 'out/' >> .gitignore && mkdir -p n/out/d m/out && printf '!out/\\n' > n/.gitignore && echo x > n/out/x && "
		"echo x > n/out/d/x.o && echo y > n/out/d/y && echo x > m/out/x" },
	{ "patterns with slashes, stars and classes in a directory of odd name",
		"d='we[i]rd *d\\?' && mkdir -p \"$d/s/t\" && printf 's/*.x\\n/q\\n**/t/z\\n[ab]\\n\\\\!n\\n# c\\n\\nsp \\ntr\\\\ \\n' > \"$d/.gitignore\" && "
		"for n in s/1.x s/t/1.x q s/q s/t/z a s/b c '!n' sp 'sp ' 'tr ' tr '# c'; do echo x > \"$d/$n\"; done" },
	{ "an ignored file takes the place of a directory",
		"rm -r dir && echo dir >> .gitignore && echo f > dir" },
	{ "a .gitignore that is a symlink or a directory",
		"rm a/.gitignore && ln -s ../.gitignore a/.gitignore && echo o > a/z.log && mkdir -p n/.gitignore && echo y > n/y" },
	{ "a .gitignore with carriage returns and a byte order mark",
		"printf '\\357\\273\\277bom\\r\\ncr\\r\\n' > n && mkdir d && mv n d/.gitignore && echo 1 > d/bom && echo 1 > d/cr && echo 1 > d/x" },
	{ "unreadable files and directories",
		"echo u > u && mkdir ud && echo v > ud/v && chmod 0 u ud && chmod 0 a/f1 && chmod 0600 a/b/c && chmod 0300 a/b && chmod 0400 dir" },
	{ "a large file is changed, copied, truncated",
		"cp large l2 && echo x >> large && head -c 2000000 l2 > l3" },
	{ "a large file is written again with the same bytes",
		"cat large > t && cat t > large && rm t" },
	{ "a large file is changed without changing its size",
		"printf x | dd of=large bs=1 seek=1500000 conv=notrunc 2>/dev/null" },
	{ "everything is removed",
		"rm -rf a dir keep tool link empty tracked.o build Upper large .gitignore" },
	{ "three hundred files in one directory and in directories of their own",
		"for i in $(seq 300); do echo $i > a/b/n$i; mkdir n$i; echo $i > n$i/f; done" },
	{ "the job commits, resets and stashes",
		"git config user.email x@y && git config user.name x && echo 1 > n1 && git add n1 && git commit -qm n1 && echo 2 > n2 && "
		"git add n2 && git commit -qm n2 && git reset -q --hard HEAD~1 && echo 3 > a/f3 && git stash -q && echo 4 > a/f2" },
};

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

static char *list_tree(const struct fixture *f, const char *tree)
{
	auto_free char *script = xasprintf(
		"cd repo && GIT_ALTERNATE_OBJECT_DIRECTORIES=$PWD/../job/objects:$PWD/../plain/.git/objects "
		"git ls-tree -rt %s",
		tree);

	return fixture_ask(f, script);
}

static void check_sample(struct fixture *f, const struct sample *s)
{
	auto_free char *expected = job_expected_tree(f, s->script);
	struct job j;

	job_prepare(&j, f, PRIVATE_FULL);
	job_work(&j, s->script);
	job_capture(&j);
	if (strcmp(j.capture.tree, expected) != 0) {
		auto_free char *got = list_tree(f, j.capture.tree);
		auto_free char *want = list_tree(f, expected);

		fail_msg("%s\ngot:\n%s\nexpected:\n%s", s->name, got, want);
	}
	fixture_run(f,
		"test -z \"$(git --git-dir repo/.git config alias.x)\" && "
		"GIT_ALTERNATE_OBJECT_DIRECTORIES=$PWD/repo/.git/objects git --git-dir repo/.git fsck >/dev/null");
	job_done(&j);
}

static void captures_what_git_would_add(void **state)
{
	struct fixture *f = *state;

	fixture_repo(f, base_files);
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		check_sample(f, &samples[i]);
}

static void git_finds_the_objects_sound(void **state)
{
	struct fixture *f = *state;
	auto_free char *fsck = NULL;
	struct job j;

	fixture_repo(f, base_files);
	job_prepare(&j, f, PRIVATE_FULL);
	/* More than go into loose objects: a pack is written, too. */
	job_work(&j,
		"mkdir n && for i in $(seq 1500); do echo $i > n/f$i; done && cp n/f1 n/same && cp n/f1400 n/twin && head -c 9000000 /dev/urandom > big && "
		": > n/none && head -c 70000 /dev/urandom > n/mid");
	job_capture(&j);
	fixture_run(f,
		"ls job/objects/pack/pack-*.idx && ! ls -A job/objects/pack | grep writing && test -z \"$(git show-index < $(ls job/objects/pack/*.idx) | cut -d ' ' -f 2 | sort | uniq -d)\" && test ! -e job/objects.commits");
	fsck = xasprintf(
		"cp -r repo/.git check.git && cp -rf job/objects/* check.git/objects/ && cd check.git && "
		"git fsck --full --strict && git rev-list --objects %s | wc -l && "
		"git update-ref refs/heads/x $(git commit-tree %s -m x) && git fsck --full --strict --no-dangling && "
		"test $(git ls-tree -r %s | grep -c n/f) = 1500",
		j.capture.tree, j.capture.tree, j.capture.tree);
	fixture_run(f, fsck);
	job_done(&j);
}

static void an_unchanged_workspace_costs_no_object(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, base_files);
	job_prepare(&j, f, PRIVATE_FULL);
	job_work(&j,
		"cat a/f1 > t && cat t > a/f1 && rm t && touch large tool && chmod 755 tool && mkdir x && ln -sfn a/f1 link");
	job_capture(&j);
	ok(!strcmp(j.capture.tree, j.commit.tree), "the tree is the base's");
	ok(j.capture.seen >= 5, "it looked at what was touched");
	fixture_run(f, "test -z \"$(find job/objects -type f)\"");
	job_done(&j);
}

static void ignored_files_are_counted_and_named(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, base_files);
	job_prepare(&j, f, PRIVATE_FULL);
	job_work(&j,
		"echo o > x.o && echo o > a/y.o && mkdir -p n/build/deep && for i in 1 2 3; do echo $i > n/build/deep/$i; done");
	job_capture(&j);
	ok(j.capture.ignored == 3, "two files, and one directory that was not entered");
	ok(strs_has(&j.capture.ignored_names, "x.o") &&
			strs_has(&j.capture.ignored_names, "a/y.o") &&
			strs_has(&j.capture.ignored_names, "n/build/"),
		"by name");
	job_done(&j);
	job_prepare(&j, f, PRIVATE_FULL);
	job_work(&j, "for i in $(seq 300); do : > $i.o; done");
	job_capture(&j);
	ok(j.capture.ignored == 300 && j.capture.ignored_names.n == CAPTURE_MAX_NAMED,
		"all are counted, some are named");
	job_done(&j);
}

static void without_an_overlay_the_whole_workspace_is_compared(void **state)
{
	struct fixture *f = *state;

	fixture_repo(f, base_files);
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		auto_free char *expected = job_expected_tree(f, samples[i].script);
		auto_free char *work = NULL;
		struct capture_options options;
		struct job j;

		job_prepare(&j, f, PRIVATE_NONE);
		work = xasprintf(
			"cp -a --no-preserve=ownership '%s'/. job/upper && chmod -R u+w job/upper && git init -q job/upper && cat > job/s <<'END'\n%s\nEND\n"
			"cd job/upper && git add -fA && git commit -qm b && sh -eu ../s >/dev/null 2>&1",
			j.base.tree, samples[i].script);
		fixture_run(f, work);
		options = (struct capture_options){ j.commit.tree, j.commit.id, j.fd, true,
			j.quarantine, NULL };
		ok(capture_run(f->repo, &options, &j.capture, &j.facts, &f->err) == 0, f->err.text);
		if (strcmp(j.capture.tree, expected) != 0) {
			auto_free char *got = list_tree(f, j.capture.tree);
			auto_free char *want = list_tree(f, expected);

			fail_msg("%s\ngot:\n%s\nexpected:\n%s", samples[i].name, got, want);
		}
		job_done(&j);
	}
}

static void submodules_that_nobody_touched_stay(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f,
		"git init -q ../sub && git -C ../sub commit -q --allow-empty -m s && git submodule --quiet add ../sub v/sub && echo 1 > v/f");
	job_prepare(&j, f, PRIVATE_FULL);
	job_work(&j,
		"test -z \"$(git status --porcelain)\" && touch v/sub && chmod 700 v/sub && echo 2 > v/f");
	job_capture(&j);
	ok(strcmp(j.capture.tree, j.commit.tree) != 0, "the file changed");
	{
		auto_free char *list = list_tree(f, j.capture.tree);

		ok(strstr(list, "160000 commit"), "the submodule is still one");
	}
	job_done(&j);
	job_prepare(&j, f, PRIVATE_FULL);
	job_work(&j, "echo x > v/sub/x");
	job_capture(&j);
	{
		auto_free char *list = list_tree(f, j.capture.tree);

		ok(!strstr(list, "160000 commit") && strstr(list, "v/sub/x"),
			"files in its place are files");
	}
	job_done(&j);
}

static void what_the_overlay_hides_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, base_files);
	job_prepare(&j, f, PRIVATE_FULL);
	fixture_run(f,
		"mkdir job/upper/moved && python3 -c 'import os; os.setxattr(\"job/upper/moved\", \"user.overlay.redirect\", b\"/a\")'");
	ok(job_try_capture(&j) == -ENOTSUP, "a directory renamed by reference");
	ok(strstr(f->err.text, "redirect_dir"), f->err.text);
	fixture_run(f,
		"rm -r job/upper/moved && echo > job/upper/meta && "
		"python3 -c 'import os; os.setxattr(\"job/upper/meta\", \"user.overlay.metacopy\", b\"\")'");
	ok(job_try_capture(&j) == -ENOTSUP, "a file without its bytes");
	ok(strstr(f->err.text, "metacopy"), f->err.text);
	job_done(&j);
}

static void whiteouts_by_attribute_count(void **state)
{
	struct fixture *f = *state;
	auto_free char *list = NULL;
	struct job j;

	fixture_repo(f, base_files);
	job_prepare(&j, f, PRIVATE_FULL);
	fixture_run(f,
		"mkdir job/upper/a && : > job/upper/a/f1 && : > job/upper/a/f2 && python3 -c 'import os\n"
		"os.setxattr(\"job/upper/a\", \"user.overlay.opaque\", b\"x\")\n"
		"os.setxattr(\"job/upper/a/f1\", \"user.overlay.whiteout\", b\"\")'");
	job_capture(&j);
	list = list_tree(f, j.capture.tree);
	ok(!strstr(list, "a/f1") && strstr(list, "a/f2") && strstr(list, "a/f3"),
		"one is gone, the others stay");
	job_done(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OVERLAY_TEST("the captured tree is what git add makes of the same work",
			captures_what_git_would_add),
		REPO_TEST("a whole workspace without an overlay gives the same trees",
			without_an_overlay_the_whole_workspace_is_compared),
		OVERLAY_TEST("loose objects and packs of the quarantine pass git fsck",
			git_finds_the_objects_sound),
		OVERLAY_TEST("a workspace that was only touched is no change and costs no object",
			an_unchanged_workspace_costs_no_object),
		OVERLAY_TEST("ignored files are left out, counted and named",
			ignored_files_are_counted_and_named),
		OVERLAY_TEST("submodules stay unless files take their place",
			submodules_that_nobody_touched_stay),
		REPO_TEST("an overlay that keeps bytes or names elsewhere is an error",
			what_the_overlay_hides_is_an_error),
		REPO_TEST(
			"whiteouts that are marked files count, too", whiteouts_by_attribute_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
