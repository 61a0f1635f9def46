#include "tests/unit/repo_fixture.h"

#include <time.h>

#include "repo/once.h"

static const char all_kinds[] =
	"git config core.safecrlf false; mkdir -p a/b && echo 1 > a/b/f && printf 'x\\r\\ny\\0z' > bin && : > empty && "
	"echo run > tool && chmod 755 tool && ln -s ../nowhere a/link && "
	"echo '* text eol=crlf' > .gitattributes && printf 'a\\nb\\n' > text && "
	"n=$(printf 'new\\nline') && echo n > \"$n\" && b=$(printf 'latin\\351') && echo b > \"$b\" && "
	"echo sp > ' lead and trail '\n";

static void checks_out_bytes_and_modes(void **state)
{
	struct fixture *f = *state;
	struct base base;
	auto_free char *check = NULL;

	fixture_repo(f, all_kinds);
	fixture_must_get(f, NULL, 0, &base);
	check = xasprintf(
		"cat > check.py <<'END'\n"
		"import hashlib, os, stat, subprocess, sys\n"
		"tree, seen = sys.argv[1].encode(), 0\n"
		"for line in subprocess.check_output(['git', '-C', 'repo', 'ls-tree', '-rz', 'HEAD']).split(b'\\0')[:-1]:\n"
		"    meta, name = line.split(b'\\t', 1)\n"
		"    mode, kind, want = meta.split()\n"
		"    path = os.path.join(tree, name)\n"
		"    st = os.lstat(path)\n"
		"    link = stat.S_ISLNK(st.st_mode)\n"
		"    data = os.readlink(path) if link else open(path, 'rb').read()\n"
		"    got = hashlib.sha1(b'blob %%d\\0' %% len(data) + data).hexdigest().encode()\n"
		"    perm = b'120000' if link else b'%%o' %% st.st_mode\n"
		"    assert (perm, got) == (mode, want), (name, perm, got)\n"
		"    seen += 1\n"
		"assert seen == 10 and sum(len(f) for _, _, f in os.walk(tree)) == 10\n"
		"END\npython3 check.py '%s'",
		base.tree);
	fixture_run(f, check);
	base_done(&base);
}

static void other_users_can_read_it_whatever_the_umask(void **state)
{
	struct fixture *f = *state;
	struct base base;
	mode_t before;

	fixture_repo(f, all_kinds);
	before = umask(077);
	fixture_must_get(f, NULL, 0, &base);
	umask(before);
	fixture_run(f,
		"! find bases/* ! -type l ! -perm -a+r | grep . && ! find bases/* -type d ! -perm -a+x | grep .");
	base_done(&base);
}

static void git_finds_nothing_changed_without_reading(void **state)
{
	struct fixture *f = *state;
	struct base base;

	fixture_repo(f, all_kinds);
	fixture_run(f, "git init -q sub && git -C sub commit -q --allow-empty -m s && cd repo && "
		       "git submodule --quiet add ../sub vendor/sub && git commit -qam sub");
	fixture_must_get(f, NULL, 0, &base);
	/* Other bytes of the same size and time: only a git that reads the files would notice. */
	fixture_run(f,
		"cp -a bases/*/tree work && cp -a repo/.git work/.git && cp -a bases/*/git/.git/index work/.git/index && "
		"cd work && git config core.checkStat minimal && git config core.trustctime false && "
		"touch -r a/b/f ../stamp && printf '2\\n' > a/b/f && touch -r ../stamp a/b/f && "
		"test -z \"$(git status --porcelain)\" && "
		"test -z \"$(git diff --cached --raw HEAD)\" && "
		"git fsck --no-dangling 2>&1 | grep -v '^notice' > ../fsck || true; test ! -s ../fsck");
	/* The tree that the index says it stands for is the commit's. */
	fixture_run(f, "cd work && test $(git write-tree) = $(git rev-parse HEAD^{tree})");
	base_done(&base);
}

static void an_untouched_checkout_keeps_its_age(void **state)
{
	struct fixture *f = *state;
	struct base base;
	auto_free char *file = NULL;
	struct stat st;

	fixture_repo(f, "echo 1 > f");
	fixture_must_get(f, NULL, 0, &base);
	file = path_join(base.tree, "f");
	ok(stat(file, &st) == 0 && st.st_mtim.tv_sec == 1700000000,
		"files are as old as the commit");
	base_done(&base);
	fixture_run(f,
		"cd repo && echo 2 > f && GIT_COMMITTER_DATE='4000000000 +0000' git commit -qam future");
	fixture_must_get(f, NULL, 0, &base);
	free(file);
	file = path_join(base.tree, "f");
	ok(stat(file, &st) == 0 && st.st_mtim.tv_sec < time(NULL) - 30,
		"but never from the future");
	base_done(&base);
	fixture_run(f,
		"cd repo && echo 3 > f && git add f && t=$(git write-tree) && "
		"printf 'tree %s\\nauthor a <a> -99 +0000\\ncommitter a <a> -99 +0000\\n\\nold\\n' $t | "
		"git hash-object -t commit -w --literally --stdin > ../id && git update-ref HEAD $(cat ../id)");
	fixture_must_get(f, NULL, 0, &base);
	base_done(&base);
}

static void a_second_request_finds_the_first(void **state)
{
	struct fixture *f = *state;
	struct base one, two;
	struct stat a, b;

	fixture_repo(f, "echo 1 > f");
	fixture_must_get(f, NULL, 0, &one);
	ok(stat(one.tree, &a) == 0, "there");
	fixture_must_get(f, NULL, 0, &two);
	ok(stat(two.tree, &b) == 0 && a.st_ino == b.st_ino, "the same directory");
	ok(!strcmp(one.dir, two.dir), "of the same name");
	base_done(&one);
	base_done(&two);
	fixture_run(f, "test $(ls -A bases | wc -l) = 1");
}

/* Writes a tree object by hand: each entry is "MODE NAME ID". */
static void write_tree(struct fixture *f, const char *entries)
{
	auto_free char *script = xasprintf(
		"cd repo && python3 - <<'END' > ../tree\n"
		"import sys\n"
		"blob = open('../blob').read().strip(); link = open('../link').read().strip(); sub = open('../sub').read().strip()\n"
		"out = b''\n"
		"for mode, name, kind in %s:\n"
		"    out += mode.encode() + b' ' + name.encode() + b'\\0' + bytes.fromhex({'blob': blob, 'link': link, 'tree': sub}[kind])\n"
		"sys.stdout.buffer.write(out)\nEND\n"
		"t=$(git hash-object -t tree -w --literally ../tree) && "
		"git update-ref HEAD $(git commit-tree $t -m hostile)",
		entries);

	fixture_run(f,
		"cd repo && echo evil | git hash-object -w --stdin > ../blob && printf /tmp/remit-test-escape | "
		"git hash-object -w --stdin > ../link && "
		"printf '100644 blob %s\\tinner\\n' $(cat ../blob) | git mktree > ../sub");
	fixture_run(f, script);
}

static void hostile_trees_fail_cleanly(void **state)
{
	struct fixture *f = *state;
	static const char *const trees[] = {
		"[('100644', '.git', 'blob')]",
		"[('40000', '.git', 'tree')]",
		"[('40000', '.GIT', 'tree')]",
		"[('40000', 'git~1', 'tree')]",
		"[('40000', '.g\\u200cit', 'tree')]",
		"[('40000', '.git. ', 'tree')]",
		"[('40000', '..', 'tree')]",
		"[('40000', '.', 'tree')]",
		"[('100644', '../../escaped', 'blob')]",
		"[('100644', 'a/b', 'blob')]",
		"[('100644', 'a', 'blob'), ('100644', 'a', 'blob')]",
		"[('120000', 'a', 'link'), ('40000', 'a', 'tree')]",
		"[('40000', 'a', 'tree'), ('120000', 'a', 'link')]",
		"[('120000', '.gitmodules', 'link')]",
		"[('020000', 'a', 'blob')]",
		"[('100644', 'x' * 300, 'blob')]",
	};

	fixture_repo(f, "echo 1 > f");
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		struct base base;

		write_tree(f, trees[i]);
		if (fixture_get(f, NULL, 0, &base) == 0)
			fail_msg("checked out: %s", trees[i]);
		ok(strlen(f->err.text) > 20, "with a sentence");
		fixture_run(f,
			"test ! -e escaped && test ! -e bases/escaped && test ! -e /tmp/remit-test-escape && "
			"test -z \"$(ls -A bases)\"");
	}
}

static void trees_that_stand_for_too_much_are_refused(void **state)
{
	struct fixture *f = *state;
	struct base base;

	fixture_repo(f, "echo 1 > f");
	/* Each tree holds ten times the one before: 10^12 files in a dozen objects. */
	fixture_run(f,
		"cd repo && t=$(git rev-parse HEAD^{tree}) && for i in 1 2 3 4 5 6 7 8 9 10 11 12; do "
		"t=$(for n in 0 1 2 3 4 5 6 7 8 9; do printf '040000 tree %s\\td%s\\n' $t $n; done | git mktree); done; "
		"git update-ref HEAD $(git commit-tree $t -m bomb)");
	ok(fixture_get(f, NULL, 0, &base) == -EFBIG, "a bomb");
	fixture_run(f,
		"cd repo && t=$(git rev-parse HEAD~0^{tree}:d0/d0/d0/d0/d0/d0/d0/d0/d0/d0/d0/d0) && "
		"for i in $(seq 300); do t=$(printf '040000 tree %s\\td\\n' $t | git mktree); done; "
		"git update-ref HEAD $(git commit-tree $t -m deep)");
	ok(fixture_get(f, NULL, 0, &base) == -ELOOP, "a deep one");
	fixture_run(f, "test -z \"$(ls -A bases)\"");
}

static void large_objects_are_checked_while_they_stream(void **state)
{
	struct fixture *f = *state;
	struct base base;

	fixture_repo(
		f, "head -c 20000000 /dev/zero > large && git config core.bigFileThreshold 1g");
	fixture_must_get(f, NULL, 0, &base);
	fixture_run(f, "cmp bases/*/tree/large repo/large && rm -rf bases");
	base_done(&base);
	/* Another object's bytes under its name. */
	fixture_run(f,
		"cd repo && head -c 19999999 large > x && echo >> x && a=$(git hash-object -w x | sed 's,^..,&/,') && "
		"b=$(git rev-parse HEAD:large | sed 's,^..,&/,') && rm -f .git/objects/$b && mv .git/objects/$a .git/objects/$b");
	ok(fixture_get(f, NULL, 0, &base) == -EIO, "not what its name says");
	ok(strstr(f->err.text, "'large'"), f->err.text);
	fixture_run(f, "test -z \"$(ls -A bases)\"");
}

struct seen_progress {
	uint64_t calls, done, total;
};

static void note_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct seen_progress *s = ctx;

	ok(done >= s->done && done <= total, "it only grows");
	*s = (struct seen_progress){ s->calls + 1, done, total };
}

static void progress_is_told(void **state)
{
	struct fixture *f = *state;
	auto_free char *bases = path_join(f->dir, "bases");
	struct seen_progress seen = { 0 };
	struct base_options options = { bases, 0, note_progress, &seen };
	struct repo_commit c;
	struct base base;

	fixture_repo(f, "mkdir d && for i in $(seq 1000); do echo $i > d/f$i; done");
	c = fixture_resolve(f, NULL);
	ok(base_get(f->repo, &c, &options, &base, &f->err) == 0, f->err.text);
	ok(seen.calls >= 4 && seen.done == seen.total && seen.done == 1000, "up to the end");
	base_done(&base);
	seen = (struct seen_progress){ 0 };
	ok(base_get(f->repo, &c, &options, &base, &f->err) == 0 && !seen.calls,
		"a checkout that is there has none");
	base_done(&base);
	repo_commit_done(&c);
}

static void missing_objects_are_named(void **state)
{
	struct fixture *f = *state;
	auto_free char *clone = path_join(f->dir, "partial");
	struct base base;

	fixture_repo(f, "echo 1 > f");
	fixture_run(f,
		"git -C repo config uploadpack.allowFilter true && "
		"git clone -q --no-checkout --filter=blob:none \"file://$PWD/repo\" partial");
	fixture_run(f, "cd repo && rm -f .git/objects/$(git rev-parse HEAD:f | sed 's,^..,&/,')");
	ok(fixture_get(f, NULL, 0, &base) == -ENOENT, "a blob is gone");
	ok(strstr(f->err.text, "git fsck"), f->err.text);
	repo_free(steal_pointer(&f->repo));
	ok(repo_open(clone, &f->repo, &f->err) == 0, "a partial clone opens");
	ok(fixture_get(f, NULL, 0, &base) == -ENOENT, "a blob was never there");
	ok(strstr(f->err.text, "partial clone"), f->err.text);
	fixture_run(f, "test -z \"$(ls -A bases)\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPO_TEST("a checkout has the bytes and modes of the commit, without any filter",
			checks_out_bytes_and_modes),
		REPO_TEST("a checkout can be read by everybody, whatever the umask",
			other_users_can_read_it_whatever_the_umask),
		REPO_TEST("git takes the files for unchanged without reading them",
			git_finds_nothing_changed_without_reading),
		REPO_TEST("files are as old as the commit, and never from the future",
			an_untouched_checkout_keeps_its_age),
		REPO_TEST(
			"a checkout that is there is used again", a_second_request_finds_the_first),
		REPO_TEST("hostile trees fail with a sentence and write nothing outside",
			hostile_trees_fail_cleanly),
		REPO_TEST("trees that stand for billions of files or are too deep are refused",
			trees_that_stand_for_too_much_are_refused),
		REPO_TEST("a large object is checked while it streams",
			large_objects_are_checked_while_they_stream),
		REPO_TEST("progress is told up to the end", progress_is_told),
		REPO_TEST("a missing object is named, and why, where the clone is partial",
			missing_objects_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
