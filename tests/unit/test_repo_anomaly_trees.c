/* What two trees show of symlinks and names, without a job. */
#include "tests/unit/repo_fixture.h"

/* The anomalies of HEAD against the commit before. */
static void scan_head(struct fixture *f, struct facts *facts)
{
	struct repo_commit old = fixture_resolve(f, "HEAD~1"), new = fixture_resolve(f, "HEAD");
	struct change change = { f->repo, NULL, old.tree, new.tree };

	if (change_facts(&change, facts, &f->err) < 0 ||
		change_anomalies(&change, facts, &f->err) < 0)
		fail_msg("%s", f->err.text);
	repo_commit_done(&old);
	repo_commit_done(&new);
}

/* Commits what base makes, then what change makes of it. */
static void scan_pair(struct fixture *f, const char *base, const char *change, struct facts *facts)
{
	auto_free char *script = xasprintf(
		"rm -rf repo && git init -q repo && cd repo && %s && git add -A && git commit -qm old && %s && "
		"git add -A && git commit -qm new",
		base, change);
	auto_free char *path = path_join(f->dir, "repo");

	repo_free(f->repo);
	f->repo = NULL;
	fixture_run(f, script);
	ok(repo_open(path, &f->repo, &f->err) == 0, f->err.text);
	scan_head(f, facts);
}

static void expect(const struct facts *facts, enum fact_anomaly_kind kind, const char *path,
	const char *detail)
{
	for (size_t i = 0; i < facts->n_anomalies; i++) {
		const struct fact_anomaly *a = &facts->anomalies[i];

		if (a->kind == kind && !strcmp(a->path, path) &&
			(!detail || (a->detail && strstr(a->detail, detail))))
			return;
	}
	fail_msg("no %s at '%s'", fact_anomaly_names[kind], path);
}

static void only(const struct facts *facts, size_t n)
{
	if (facts->n_anomalies != n)
		fail_msg("%zu anomalies where there should be %zu", facts->n_anomalies, n);
}

static void old_links_are_followed_anew(void **state)
{
	static const struct {
		const char *base, *change, *path;
	} out[] = {
		/* A link on its way is a directory now, */
		{ "mkdir -p d/e/f && echo 1 > d/e/f/x && ln -s d/e/f p && ln -s p/../../y L",
			"rm p && mkdir p && echo 1 > p/x", "L" },
		/* is gone, and what is missing may come to be a directory, */
		{ "mkdir -p d/e/f && echo 1 > d/e/f/x && ln -s d/e/f p && ln -s p/../../y L",
			"rm p", "L" },
		/* is a file, */
		{ "mkdir -p d/e/f && echo 1 > d/e/f/x && ln -s d/e/f p && ln -s p/../../y L",
			"rm p && echo 1 > p", "L" },
		/* leads elsewhere, */
		{ "mkdir -p d/e && echo 1 > d/e/x && echo 1 > d/x && ln -s d/e p && ln -s p/../../y L",
			"ln -sfn d p", "L" },
		/* or is new, leads as deep as its own name is, and another old one comes after it. */
		{ "mkdir -p a d/e/f && echo 1 > a/x && ln -s ../../.. d/e/f/y && ln -s a/b/y/../z L",
			"ln -s ../d/e/f a/b", "L" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(out); i++) {
		auto_facts struct facts facts = { 0 };

		scan_pair(f, out[i].base, out[i].change, &facts);
		expect(&facts, FACT_SYMLINK_ESCAPE, out[i].path, NULL);
		only(&facts, 1);
	}
}

static void old_links_that_led_out_are_not_the_changes(void **state)
{
	struct fixture *f = *state;
	auto_facts struct facts facts = { 0 };

	scan_pair(f,
		"ln -s /etc abs && ln -s ../.. up && ln -s a in && ln -s /old changed && echo 1 > a",
		"rm in && ln -s a other && ln -sfn /new changed", &facts);
	expect(&facts, FACT_SYMLINK_ESCAPE, "changed", "/new");
	only(&facts, 1);
}

/* Old links that led out, at the end of ways so long that no patience is left for the last one. */
static void giving_up_excuses_no_link(void **state)
{
	struct fixture *f = *state;
	auto_facts struct facts facts = { 0 };

	scan_pair(f,
		"mkdir -p d/e/f && echo 1 > d/e/f/x && ln -s d/e/f p && ln -s p/../../y z && way=$(printf './%.0s' $(seq 2000)) && "
		"for i in $(seq 10 46); do ln -s \"${way}c$((i + 1))\" c$i; done && ln -s /etc c47 && for i in $(seq 20); do ln -s c10 b$i; done",
		"rm p", &facts);
	expect(&facts, FACT_SYMLINK_ESCAPE, "z", "p/../../y");
}

static void targets_are_read_as_windows_does(void **state)
{
	static const char *const out[] = { "C:\\x", "c:/x", "c:x", "\\\\host\\share\\x", "\\x",
		"a\\..\\..\\x", "..\\x", "a/..\\..", ".GIT\\config" };
	static const char *const in[] = { "a\\b", "a/b\\", "ab:c", "1:x", "a/c:x" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(out); i++) {
		auto_facts struct facts facts = { 0 };
		auto_free char *script = xasprintf("ln -s '%s' L", out[i]);

		scan_pair(f, "mkdir a && echo 1 > a/b", script, &facts);
		expect(&facts, FACT_SYMLINK_ESCAPE, "L", out[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(in); i++) {
		auto_facts struct facts facts = { 0 };
		auto_free char *script = xasprintf("ln -s '%s' L", in[i]);

		scan_pair(f, "mkdir a && echo 1 > a/b", script, &facts);
		if (strchr(in[i], '\\'))
			expect(&facts, FACT_HOSTILE_NAME, "L", "its target: Windows takes");
		only(&facts, strchr(in[i], '\\') ? 1 : 0);
	}
}

/* Committed by hand: a checkout of the last of them has another target. */
static void targets_are_what_they_look_like(void **state)
{
	static const char *const targets[] = { "a/\\033[2J", "a\\n", "\\177", "\\302\\233",
		"\\342\\200\\256b", "\\377", "a/b\\000/../../x" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		auto_facts struct facts facts = { 0 };
		auto_free char *script = xasprintf(
			"id=$(printf '%s' | git hash-object -w --stdin) && "
			"git update-index --add --cacheinfo 120000,$id,L && git commit -qm new && exit 0",
			targets[i]);

		scan_pair(f, "echo 1 > b", script, &facts);
		expect(&facts, FACT_HOSTILE_NAME, "L", "its target: ");
		only(&facts, 1);
	}
}

static void old_hostile_targets_are_not_the_changes(void **state)
{
	struct fixture *f = *state;
	auto_facts struct facts facts = { 0 };

	scan_pair(f, "ln -s 'a\\b' old && ln -s 'C:\\x' drive && ln -s 'a\\c' changed",
		"ln -s old new && ln -sfn 'a\\d' changed", &facts);
	expect(&facts, FACT_HOSTILE_NAME, "changed", "its target: ");
	only(&facts, 1);
}

static void directories_are_not_to_become_symlinks(void **state)
{
	struct fixture *f = *state;
	auto_facts struct facts facts = { 0 };

	scan_pair(f, "mkdir -p a d/e && echo 1 > a/x && echo 2 > d/e/x && echo 3 > g",
		"rm -r a d/e && ln -s d a && ln -s ../g d/e && rm g && ln -s d g && ln -s d new",
		&facts);
	expect(&facts, FACT_DIRECTORY_TO_SYMLINK, "a", NULL);
	expect(&facts, FACT_DIRECTORY_TO_SYMLINK, "d/e", NULL);
	only(&facts, 2);
}

static void hostile_names_are_found(void **state)
{
	struct fixture *f = *state;
	auto_facts struct facts facts = { 0 };

	scan_pair(f, "mkdir d && echo 1 > 'old ' && echo 1 > d/x",
		"echo 2 > 'old ' && mkdir 'e.' && echo 2 > 'e./x' && echo 2 > \"d/$(printf 'a\\033b')\" && echo 2 > aux.c",
		&facts);
	expect(&facts, FACT_HOSTILE_NAME, "e.", "at the end");
	expect(&facts, FACT_HOSTILE_NAME, "d/a\033b", "not shown");
	expect(&facts, FACT_HOSTILE_NAME, "aux.c", "device");
	only(&facts, 3);
}

static void anomalies_come_in_order(void **state)
{
	struct fixture *f = *state;
	auto_facts struct facts facts = { 0 };

	scan_pair(f, "echo 1 > f",
		"ln -s /etc a && echo 2 > 'z ' && ln -s /etc b && echo 3 > 'aa '", &facts);
	only(&facts, 4);
	for (size_t i = 1; i < facts.n_anomalies; i++)
		ok(strcmp(facts.anomalies[i - 1].path, facts.anomalies[i].path) <= 0,
			"by path, whatever their kind");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPO_TEST(
			"an old symlink that leads out only since the change is found, whatever changed",
			old_links_are_followed_anew),
		REPO_TEST("an old symlink that led out before is not the change's",
			old_links_that_led_out_are_not_the_changes),
		REPO_TEST("a symlink that is too long a way to follow is no old one",
			giving_up_excuses_no_link),
		REPO_TEST("a symlink in place of a directory is found",
			directories_are_not_to_become_symlinks),
		REPO_TEST("targets are read as Windows reads them, too",
			targets_are_read_as_windows_does),
		REPO_TEST("targets with control characters are found",
			targets_are_what_they_look_like),
		REPO_TEST("old targets are not the change's",
			old_hostile_targets_are_not_the_changes),
		REPO_TEST("new names that are not what they look like are found",
			hostile_names_are_found),
		REPO_TEST("anomalies of several kinds are in order", anomalies_come_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
