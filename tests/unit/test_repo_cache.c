#include "tests/unit/repo_fixture.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>

#include "repo/shallow.h"

static void many_processes_get_one_checkout(void **state)
{
	struct fixture *f = *state;
	pid_t pids[8];

	fixture_repo(f, "mkdir d && for i in $(seq 2000); do echo $i > d/f$i; done");
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct base base;
			char count[4096];

			if (fixture_get(f, NULL, 0, &base) < 0)
				_exit(1);
			snprintf(count, sizeof(count), "test $(ls '%s/d' | wc -l) = 2000",
				base.tree);
			_exit(system(count) != 0);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		int status;

		ok(waitpid(pids[i], &status, 0) == pids[i] && status == 0,
			"each has the whole checkout");
	}
	fixture_run(f, "test $(ls -A bases | wc -l) = 1");
}

static void a_killed_builder_leaves_nothing_broken(void **state)
{
	struct fixture *f = *state;
	struct base base;

	fixture_repo(f, "mkdir d && for i in $(seq 3000); do echo $i > d/f$i; done");
	for (useconds_t wait = 1000; wait < 200000; wait *= 2) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			/*
			 * repo_open again: what libgit2 has open is not shared between processes.
			 */
			_exit(fixture_get(f, NULL, 0, &base) < 0);
		}
		usleep(wait);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		fixture_run(f,
			"for t in bases/[0-9a-f]*; do test ! -e $t || test $(ls $t/tree/d | wc -l) = 3000; done");
	}
	fixture_must_get(f, NULL, 0, &base);
	fixture_run(
		f, "test $(ls bases/*/tree/d | wc -l) = 3000 && test $(ls -A bases | wc -l) = 1");
	base_done(&base);
}

static void leftovers_of_others_are_swept(void **state)
{
	struct fixture *f = *state;
	struct base base;
	auto_fd int held = -1;

	fixture_repo(f, "echo 1 > f");
	fixture_run(f, "mkdir -p bases/.new-1234/tree bases/.dead-99-1/tree/x bases/.new-held");
	held = open("/dev/null", O_RDONLY);
	close(held);
	{
		auto_free char *path = path_join(f->dir, "bases/.new-held");

		held = open(path, O_RDONLY | O_DIRECTORY);
		ok(held >= 0 && flock(held, LOCK_EX) == 0, "somebody is building");
	}
	fixture_must_get(f, NULL, 0, &base);
	fixture_run(f,
		"test ! -e bases/.new-1234 && test ! -e bases/.dead-99-1 && test -d bases/.new-held");
	base_done(&base);
}

static void the_least_recently_used_goes_first(void **state)
{
	struct fixture *f = *state;
	struct base held, other, last;

	fixture_repo(f, "head -c 100000 /dev/zero > f");
	fixture_run(f, "cd repo && for i in 1 2 3; do echo $i >> f && git commit -qam c$i; done");
	fixture_must_get(f, "HEAD~3", 0, &held);
	fixture_must_get(f, "HEAD~2", 0, &other);
	base_done(&other);
	fixture_must_get(f, "HEAD~1", 0, &other);
	base_done(&other);
	/* Used again: now HEAD~1 is the oldest that nobody holds. */
	fixture_must_get(f, "HEAD~2", 0, &other);
	base_done(&other);
	fixture_must_get(f, "HEAD", 350000, &last);
	fixture_run(f,
		"cd repo && test -d ../bases/$(git rev-parse HEAD~3^{tree}) && "
		"test -d ../bases/$(git rev-parse HEAD~2^{tree}) && test -d ../bases/$(git rev-parse HEAD^{tree}) && "
		"test ! -e ../bases/$(git rev-parse HEAD~1^{tree})");
	fixture_must_get(f, "HEAD~1", 1, &other);
	fixture_run(f,
		"cd repo && test -d ../bases/$(git rev-parse HEAD~3^{tree}) && "
		"test -d ../bases/$(git rev-parse HEAD^{tree}) && test -d ../bases/$(git rev-parse HEAD~1^{tree}) && "
		"test $(ls -A ../bases | wc -l) = 3");
	base_done(&held);
	base_done(&other);
	base_done(&last);
}

static void no_room_and_no_permission_are_one_sentence(void **state)
{
	struct fixture *f = *state;
	struct base base;
	auto_free char *bases = NULL;
	struct base_options options = { 0 };
	struct repo_commit c;
	struct rlimit before, tiny;

	fixture_repo(f, "head -c 300000 /dev/urandom > large");
	c = fixture_resolve(f, NULL);
	bases = xasprintf("%s/script/bases", f->dir);
	options.bases = bases;
	ok(base_get(f->repo, &c, &options, &base, &f->err) < 0, "not a directory");
	ok(strstr(f->err.text, "script"), "names it");
	repo_commit_done(&c);
	/* A file size limit stands for a full disk: the same write fails. */
	signal(SIGXFSZ, SIG_IGN);
	ok(getrlimit(RLIMIT_FSIZE, &before) == 0, "limit");
	tiny = before;
	tiny.rlim_cur = 100000;
	ok(setrlimit(RLIMIT_FSIZE, &tiny) == 0, "limit");
	ok(fixture_get(f, NULL, 0, &base) == -EFBIG, "no room");
	ok(setrlimit(RLIMIT_FSIZE, &before) == 0, "limit");
	ok(strstr(f->err.text, "check out") && strstr(f->err.text, "large"), f->err.text);
	fixture_run(f, "test -z \"$(ls -A bases)\"");
}

static void a_cache_that_can_not_be_written_is_said(void **state)
{
	struct fixture *f = *state;
	struct base base;

	if (geteuid() == 0) {
		print_message("skipped: root writes everywhere\n");
		skip();
	}
	fixture_repo(f, "echo 1 > f");
	fixture_run(f, "mkdir bases && chmod 555 bases");
	ok(fixture_get(f, NULL, 0, &base) == -EACCES, "refused");
	ok(strstr(f->err.text, "/bases'"), f->err.text);
	fixture_run(f, "chmod 755 bases");
	fixture_must_get(f, NULL, 0, &base);
	base_done(&base);
	/* One that is there already serves even then. */
	fixture_run(f, "chmod 555 bases");
	fixture_must_get(f, NULL, 0, &base);
	base_done(&base);
	fixture_run(f, "chmod 755 bases");
}

/* Eight commits of one tree, so that eight processes add to the size of one checkout. */
static void what_many_add_to_a_checkout_is_all_counted(void **state)
{
	struct fixture *f = *state;
	pid_t pids[8];

	fixture_repo(f, "for i in $(seq 50); do echo $i > f$i; done");
	fixture_run(f,
		"cd repo && for i in $(seq 8); do git commit -q --allow-empty -m $i; done && git repack -qad");
	for (int round = 0; round < 5; round++) {
		struct base base;

		fixture_run(f, "rm -rf bases");
		fixture_must_get(f, NULL, 0, &base);
		fixture_run(f, "cp bases/*/size before");
		for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
			pids[i] = fork();
			if (pids[i] == 0) {
				auto_free char *rev = xasprintf("HEAD~%zu", i);
				struct repo_commit c = fixture_resolve(f, rev);
				char *objects;

				_exit(shallow_get(f->repo, &c, &base, &objects, &f->err) < 0);
			}
		}
		for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
			int status;

			ok(waitpid(pids[i], &status, 0) == pids[i] && status == 0, "it is made");
		}
		fixture_run(f,
			"cd bases/* && test $(ls -d shallow-* | wc -l) = 8 && "
			"all=$(find shallow-* -mindepth 1 -printf '%b\\n' | awk '{ n += $1 } END { print n * 512 }') && "
			"test $(cat size) = $(( $(cat ../../before) + all ))");
		base_done(&base);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPO_TEST("many processes that ask at once get one checkout",
			many_processes_get_one_checkout),
		REPO_TEST("a builder that is killed leaves nothing broken",
			a_killed_builder_leaves_nothing_broken),
		REPO_TEST("what dead processes left is swept, what living ones build is not",
			leftovers_of_others_are_swept),
		REPO_TEST(
			"above the size the least recently used goes first, and none that is held",
			the_least_recently_used_goes_first),
		REPO_TEST("no room and no permission are one sentence, and leave nothing behind",
			no_room_and_no_permission_are_one_sentence),
		REPO_TEST("what many add to one checkout at once is all counted",
			what_many_add_to_a_checkout_is_all_counted),
		REPO_TEST("a cache that can't be written is said, and still serves what it has",
			a_cache_that_can_not_be_written_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
