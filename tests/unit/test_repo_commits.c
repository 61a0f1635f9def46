#include "tests/unit/repo_fixture.h"

static const char base_files[] = "echo 1 > f && git add f && git commit -qm first && echo 2 > f";

/*
 * Works in upper directly: what these tests are about is what a .git holds, not how it came there.
 */
static void work(struct job *j, struct fixture *f, const char *script)
{
	auto_free char *whole = NULL;

	job_prepare(j, f, PRIVATE_FULL);
	whole = xasprintf(
		"mkdir -p '%s' && ln -s '%s' '%s/0' && cp -a '%s/.git/index' job/upper/.git/ && cp -a '%s/.' job/upper/\n"
		"cd job/upper\n%s\n",
		j->seen, repo_objects(f->repo), j->seen, j->base.git, j->base.tree, script);
	fixture_run(f, whole);
	job_capture(j);
}

static void commits_are_told_oldest_first(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, base_files);
	work(&j, f,
		"echo 3 > f && git commit -qam 'one more\n\nwith a body' && echo 4 > f && "
		"git -c user.name='M\303\274ller' commit -qam two && git rev-parse HEAD > ../id");
	ok(j.capture.n_commits == 2 && !j.capture.commits_cut, "two commits");
	ok(!strcmp(j.capture.commits[0].message, "one more\n\nwith a body\n"), "message");
	ok(!strcmp(j.capture.commits[0].author, "Agent \"A\" B <agent@example.com>"), "author");
	ok(!strcmp(j.capture.commits[1].author, "M\xc3\xbcller <agent@example.com>"),
		"author of the second");
	{
		auto_free char *script = xasprintf(
			"test %s = $(cat job/id)", j.capture.commits[1].id);

		fixture_run(f, script);
	}
	fixture_run(f,
		"test ! -e job/objects.commits && ! git -C repo cat-file -e $(cat job/id) && "
		"! GIT_ALTERNATE_OBJECT_DIRECTORIES=$PWD/job/objects git -C repo cat-file -e $(cat job/id)");
	job_done(&j);
}

static void no_commit_is_no_commit(void **state)
{
	struct fixture *f = *state;
	static const char *const scripts[] = { "echo 3 > f", "git checkout -q --detach HEAD~1",
		"git checkout -q -b other", "git reset -q --hard HEAD~1", "rm -rf .git",
		"git pack-refs --all" };

	fixture_repo(f, base_files);
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		struct job j;

		work(&j, f, scripts[i]);
		if (j.capture.n_commits || j.capture.commits_cut)
			fail_msg("%s: %zu commits", scripts[i], j.capture.n_commits);
		job_done(&j);
	}
}

static void merges_follow_the_first_parent(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, base_files);
	work(&j, f,
		"git checkout -q -b side && echo s > s && git add s && git commit -qm side && git checkout -q main && echo m > m && "
		"git add m && git commit -qm main && git merge -q side -m merge");
	ok(j.capture.n_commits == 2 && !strcmp(j.capture.commits[0].message, "main\n") &&
			!strcmp(j.capture.commits[1].message, "merge\n"),
		"the side branch is left out");
	job_done(&j);
}

static void packed_commits_and_references_are_read(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, base_files);
	work(&j, f,
		"for i in 1 2 3 4 5; do echo $i > f; git commit -qam c$i; done; git repack -qadf && git prune-packed && git pack-refs --all && "
		"test -z \"$(find .git/objects -name '[0-9a-f][0-9a-f]')\" && i=$(ls .git/objects/pack/*.idx) && rm -f $i && : > $i");
	ok(j.capture.n_commits == 5 && !j.capture.commits_cut,
		"all are read, without the job's index");
	ok(!strcmp(j.capture.commits[4].message, "c5\n"), "in order");
	job_done(&j);
}

static void what_can_not_be_read_cuts_the_list(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *script;
		size_t n;
	} samples[] = {
		{ "echo 3 > f && git commit -qam a && echo 4 > f && git commit -qam b && rm -f .git/objects/$(git rev-parse HEAD~1 | sed 's,^..,&/,')",
			1 },
		{ "echo 3 > f && git commit -qam a && p=.git/objects/$(git rev-parse HEAD | sed 's,^..,&/,') && chmod u+w $p && echo junk > $p",
			0 },
		{ "echo 3 > f && git commit -qam a && p=.git/objects/$(git rev-parse HEAD | sed 's,^..,&/,') && cp $p x && rm $p && ln -s $PWD/x $p",
			0 },
		{ "echo 3 > f && git commit -qam a && p=.git/objects/$(git rev-parse HEAD | sed 's,^..,&/,') && q=.git/objects/$(git rev-parse HEAD^ | sed 's,^..,&/,') && "
		  "echo 4 > f && git commit -qam b && cp -f .git/objects/$(git rev-parse HEAD | sed 's,^..,&/,') $p",
			1 },
		{ "rm .git/HEAD && ln -s /etc/passwd .git/HEAD", 0 },
		{ "rm .git/HEAD && mkfifo .git/HEAD", 0 },
		{ "rm .git/HEAD && mkdir .git/HEAD", 0 },
		{ "echo 'ref: refs/../../../../etc/passwd' > .git/HEAD", 0 },
		{ "echo 'ref: refs/heads/a' > .git/HEAD; echo 'ref: refs/heads/b' > .git/refs/heads/a; echo 'ref: refs/heads/a' > .git/refs/heads/b",
			0 },
		{ "echo 'ref: refs/heads/gone' > .git/HEAD", 0 },
		{ "head -c 100000 /dev/zero > .git/HEAD", 0 },
		{ "echo 0123456789012345678901234567890123456789 > .git/HEAD", 0 },
		{ "echo new > f && git add f && git write-tree > x && cp x .git/HEAD", 0 },
		{ "mv .git/objects o && ln -s ../o .git/objects && echo 3 > f && git commit -qam a",
			0 },
		{ "head -c 3000000 /dev/urandom | base64 > m && git commit -q --allow-empty -F m",
			0 },
		{ "git repack -qad; echo 3 > f && git commit -qam a && git repack -qad && git prune-packed && p=$(ls .git/objects/pack/*.pack) && chmod u+w $p && "
		  "printf x | dd of=$p bs=1 seek=40 conv=notrunc 2>/dev/null",
			0 },
	};

	fixture_repo(f, base_files);
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct job j;

		work(&j, f, samples[i].script);
		if (!j.capture.commits_cut || j.capture.n_commits != samples[i].n)
			fail_msg("%s: %zu commits, %s", samples[i].script, j.capture.n_commits,
				j.capture.commits_cut ? "cut" : "not cut");
		fixture_run(f, "test ! -e job/objects.commits");
		job_done(&j);
	}
}

static void a_pack_that_unpacks_to_gigabytes_ends_in_the_child(void **state)
{
	struct fixture *f = *state;
	struct job j;

#if defined(__SANITIZE_ADDRESS__)
	print_message("skipped: a sanitizer leaves no room for a limit on memory\n");
	skip();
#endif
	fixture_repo(f, base_files);
	/*
	 * The commit, a blob of 16 MiB and, some bytes long, a delta that repeats it a hundred
	 * times.
	 */
	work(&j, f,
		"echo 3 > f && git commit -qam a && cat > ../bomb.py <<'END'\n"
		"import hashlib, struct, zlib\n"
		"base = b'\\0' * (16 << 20)\n"
		"def head(kind, n):\n"
		"    out, b = b'', (kind << 4) | (n & 15)\n"
		"    n >>= 4\n"
		"    while n:\n"
		"        out += bytes([b | 128]); b = n & 127; n >>= 7\n"
		"    return out + bytes([b])\n"
		"def size(n):\n"
		"    out = b''\n"
		"    while n > 127:\n"
		"        out += bytes([n & 127 | 128]); n >>= 7\n"
		"    return out + bytes([n])\n"
		"copies = 100\n"
		"delta = size(len(base)) + size(copies * 0xffffff) + b'\\xf0\\xff\\xff\\xff' * copies\n"
		"name = hashlib.sha1(b'blob %d\\0' % len(base) + base).digest()\n"
		"commit = open('../commit', 'rb').read()\n"
		"pack = b'PACK' + struct.pack('>II', 2, 3) + head(1, len(commit)) + zlib.compress(commit) + head(3, len(base)) + zlib.compress(base, 1) + head(7, len(delta)) + name + zlib.compress(delta)\n"
		"open('.git/objects/pack/pack-x.pack', 'wb').write(pack + hashlib.sha1(pack).digest())\n"
		"END\ngit cat-file commit HEAD > ../commit && python3 ../bomb.py && rm -f .git/objects/$(git rev-parse HEAD | sed 's,^..,&/,')");
	ok(j.capture.commits_cut && !j.capture.n_commits, "it is not read");
	job_done(&j);
}

static void more_than_a_thousand_are_cut(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, base_files);
	work(&j, f,
		"{ p=$(git rev-parse HEAD); for i in $(seq 1010); do printf 'commit refs/heads/main\\ncommitter a <a> 1700000000 +0000\\ndata 2\\nx\\n'; "
		"test $i = 1 && echo from $p; echo; done; } | git -c fastimport.unpackLimit=100000 fast-import --quiet");
	ok(j.capture.n_commits == CAPTURE_MAX_COMMITS && j.capture.commits_cut, "a thousand");
	job_done(&j);
}

/*
 * While a thousand commits are read, somebody else looks at the processes of this one. A second
 * reading is for the watcher to have begun by then.
 */
static void they_are_read_without_rights(void **state)
{
	struct fixture *f = *state;
	auto_free char *watch = xasprintf(
		"cat /proc/%d/task/%d/children > /dev/null || exit 77\n"
		"( while ! test -e stop; do for p in $(cat /proc/%d/task/%d/children); do "
		"cat /proc/$p/status 2>/dev/null | grep -E '^(Name|Uid|Seccomp|NoNewPrivs|CapEff):' | tr '\\t\\n' ': '; echo; "
		"done; done > seen 2>/dev/null; mv seen done ) > /dev/null 2>&1 &",
		getpid(), getpid(), getpid(), getpid());
	struct job j;

	if (fixture_try(f, watch) == 77) {
		print_message("skipped: this kernel does not list the children of a process\n");
		skip();
	}
	fixture_repo(f, base_files);
	work(&j, f,
		"{ p=$(git rev-parse HEAD); for i in $(seq 900); do printf 'commit refs/heads/main\\ncommitter a <a> 1700000000 +0000\\ndata 2\\nx\\n'; "
		"test $i = 1 && echo from $p; echo; done; } | git -c fastimport.unpackLimit=100000 fast-import --quiet");
	for (int i = 0; i < 5; i++)
		job_capture(&j);
	ok(j.capture.n_commits == 900 && !j.capture.commits_cut, "all are read");
	fixture_run(f,
		"touch stop && while ! test -e done; do sleep 0.01; done && grep -q 'NoNewPrivs::1 Seccomp::2' done");
	if (geteuid() == 0)
		fixture_run(f,
			"grep -E 'Uid::20[0-9]{8}:.*CapEff::0000000000000000 NoNewPrivs::1 Seccomp::2' done | head -1 | grep -q .");
	job_done(&j);
}

static void without_commits_no_process_is_started(void **state)
{
	struct fixture *f = *state;
	static const char *const scripts[] = { ":", "echo 3 > f", "git reset -q --hard HEAD~1" };

	fixture_repo(f, base_files);
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		struct job j;
		auto_free char *script = xasprintf(
			"%s\nmkdir ../objects.commits && : > ../objects.commits/mark", scripts[i]);

		/* A process would have made this directory of its own anew. */
		work(&j, f, script);
		fixture_run(f, "test -e job/objects.commits/mark");
		job_done(&j);
	}
}

static void long_messages_are_cut(void **state)
{
	struct fixture *f = *state;
	struct job j;

	fixture_repo(f, base_files);
	work(&j, f, "head -c 40000 /dev/zero | tr '\\0' m > m && git commit -q --allow-empty -F m");
	ok(j.capture.n_commits == 1 && strlen(j.capture.commits[0].message) == CAPTURE_MAX_MESSAGE,
		"at the bound");
	job_done(&j);
}

static void what_would_run_on_a_host_is_named(void **state)
{
	struct fixture *f = *state;
	static const char *const expected[] = { "config", "config.worktree", "info/attributes",
		"info/exclude", "hooks/post-commit", "hooks/pre-push", "modules/evil" };
	struct job j;

	fixture_repo(f, base_files);
	work(&j, f,
		"git config core.fsmonitor /tmp/evil && mkdir -p .git/hooks .git/info .git/modules/evil && echo x > .git/hooks/pre-push && "
		"ln -s /tmp/x .git/hooks/post-commit && echo x > .git/hooks/update.sample && echo '* filter=evil' > .git/info/attributes && "
		"echo x > .git/info/exclude && echo x > .git/config.worktree");
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		if (!strs_has(&j.capture.discarded, expected[i]))
			fail_msg("not named: %s", expected[i]);
	ok(j.capture.discarded.n == ARRAY_SIZE(expected), "and nothing else");
	job_done(&j);
	work(&j, f, "echo 3 > f && git commit -qam x");
	ok(j.capture.discarded.n == 0, "what git writes in ordinary work is not");
	job_done(&j);
	work(&j, f,
		"rm -rf .git/hooks .git/info && ln -s /tmp .git/info && ln -s /tmp .git/hooks && rm .git/config && ln -s /etc/passwd .git/config");
	ok(j.capture.discarded.n == 5, "symlinks in their place are named and not followed");
	job_done(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPO_TEST(
			"the job's commits are told, the oldest first, and stay out of the repository",
			commits_are_told_oldest_first),
		REPO_TEST("what is no new commit is none", no_commit_is_no_commit),
		REPO_TEST(
			"of a merge the first parent is followed", merges_follow_the_first_parent),
		REPO_TEST("packed commits and references are read",
			packed_commits_and_references_are_read),
		REPO_TEST("what can't be read cuts the list, and is never followed out of .git",
			what_can_not_be_read_cuts_the_list),
		REPO_TEST("a pack that unpacks to gigabytes harms nobody",
			a_pack_that_unpacks_to_gigabytes_ends_in_the_child),
		REPO_TEST("of more than a thousand commits the newest are told",
			more_than_a_thousand_are_cut),
		REPO_TEST(
			"they are read by a process without rights", they_are_read_without_rights),
		REPO_TEST("where there are none, no process is started",
			without_commits_no_process_is_started),
		REPO_TEST("long messages are cut", long_messages_are_cut),
		REPO_TEST("what would run on a host is named", what_would_run_on_a_host_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
