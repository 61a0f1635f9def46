/* What remit says of a change is what git says of it, but that no attribute has a say. */
#include "tests/unit/repo_fixture.h"

#include "repo/content.h"

struct pair {
	struct repo_commit old, new;
	struct change change;
};

static void pair_open(struct pair *p, struct fixture *f, const char *old, const char *new)
{
	if (repo_resolve(f->repo, old, &p->old, &f->err) < 0 ||
		repo_resolve(f->repo, new, &p->new, &f->err) < 0)
		fail_msg("%s", f->err.text);
	p->change = (struct change){ f->repo, NULL, p->old.tree, p->new.tree };
}

static void pair_done(struct pair *p)
{
	repo_commit_done(&p->old);
	repo_commit_done(&p->new);
}

static void facts_of(struct fixture *f, const char *old, const char *new, struct facts *facts)
{
	struct pair p;

	pair_open(&p, f, old, new);
	if (change_facts(&p.change, facts, &f->err) < 0)
		fail_msg("%s", f->err.text);
	pair_done(&p);
}

/*
 * A line in the form of facts.py. Binary there is what git counts no lines of: either side may be
 * the reason.
 */
static void add_line(const struct fact_path *p, struct strs *lines)
{
	auto_free char *line = xasprintf("%s\t%06o\t%06o\t%s\t%s\t%s\t%llu\t%llu\t%s",
		fact_operation_names[p->operation], p->old_mode, p->new_mode, p->old_id, p->new_id,
		p->old_path ? p->old_path : "-", (unsigned long long)p->added,
		(unsigned long long)p->removed, p->path);

	strs_add(lines, line);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *describe(const struct facts *facts)
{
	auto_strs struct strs lines = { 0 };
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < facts->n_paths; i++)
		add_line(&facts->paths[i], &lines);
	if (lines.n)
		qsort(lines.v, lines.n, sizeof(*lines.v), by_bytes);
	for (size_t i = 0; i < lines.n; i++)
		buf_addf(&out, "%s%s", i ? "\n" : "", lines.v[i]);
	return buf_steal(&out);
}

static char *data_file(const char *name)
{
	char here[4096];

	ok(getcwd(here, sizeof(here)), "the current directory");
	return xasprintf("%s/tests/data/repo/%s", here, name);
}

/* git's own account, without the column that says binary. */
static char *expected_facts(struct fixture *f, const char *old, const char *new)
{
	auto_free char *tool = data_file("facts.py");
	auto_free char *script = xasprintf(
		"cd repo && python3 '%s' '%s' '%s' | sed -E 's/\\t(binary|text)\\t/\\t/'", tool,
		old, new);

	return fixture_ask(f, script);
}

static void compare(struct fixture *f, const char *old, const char *new, int seed)
{
	auto_free char *want = expected_facts(f, old, new);
	auto_free char *got = NULL;
	auto_facts struct facts facts = { 0 };

	facts_of(f, old, new, &facts);
	got = describe(&facts);
	if (strcmp(got, want) != 0)
		fail_msg("history %d, %s..%s\ngot:\n%s\nexpected:\n%s", seed, old, new, got, want);
}

static void generate(struct fixture *f, int seed)
{
	auto_free char *tool = data_file("history.py");
	auto_free char *script = xasprintf(
		"rm -rf repo && mkdir repo && cd repo && python3 '%s' %d", tool, seed);
	auto_free char *path = path_join(f->dir, "repo");

	repo_free(f->repo);
	f->repo = NULL;
	fixture_run(f, script);
	if (repo_open(path, &f->repo, &f->err) < 0)
		fail_msg("%s", f->err.text);
}

enum { HISTORIES = 25 };

static int first_seed(void)
{
	const char *given = getenv("REPO_SEED");

	return given ? atoi(given) : 1;
}

static void facts_are_what_git_says(void **state)
{
	struct fixture *f = *state;

	for (int seed = first_seed(); seed < first_seed() + HISTORIES; seed++) {
		generate(f, seed);
		for (int i = 0; i < 7; i++) {
			auto_free char *old = xasprintf("HEAD~%d", i + 1);
			auto_free char *new = xasprintf("HEAD~%d", i);

			compare(f, old, new, seed);
		}
		compare(f, "HEAD~7", "HEAD", seed);
		compare(f, "HEAD", "HEAD~7", seed);
	}
}

static char *patch_of(struct fixture *f, const char *old, const char *new, size_t max, bool *cut)
{
	struct buf out = BUF_INIT;
	struct pair p;

	pair_open(&p, f, old, new);
	if (change_patch(&p.change, max, &out, cut, &f->err) < 0)
		fail_msg("%s", f->err.text);
	pair_done(&p);
	return buf_steal(&out);
}

static void patches_are_what_git_prints(void **state)
{
	struct fixture *f = *state;

	for (int seed = first_seed(); seed < first_seed() + HISTORIES; seed++) {
		generate(f, seed);
		for (int i = 0; i < 7; i++) {
			auto_free char *old = xasprintf("HEAD~%d", i + 1);
			auto_free char *new = xasprintf("HEAD~%d", i);
			auto_free char *script = xasprintf(
				"cd repo && git --git-dir=.git --work-tree=/ -c core.quotePath=true diff --no-ext-diff "
				"--no-textconv --full-index -M -C %s %s",
				old, new);
			auto_free char *want = fixture_ask(f, script);
			auto_free char *got = NULL;
			bool cut;

			got = patch_of(f, old, new, SIZE_MAX / 2, &cut);
			if (*got)
				got[strlen(got) - 1] = '\0';
			ok(!cut, "whole");
			if (strcmp(got, want) != 0)
				fail_msg("history %d, %s\ngot:\n%s\nexpected:\n%s", seed, old, got,
					want);
		}
	}
}

static void patches_are_cut_at_a_line(void **state)
{
	struct fixture *f = *state;
	auto_free char *whole = NULL;
	bool cut;

	fixture_repo(f, "seq 1 50 > a && seq 1 50 > b && head -c 400 /dev/zero > bin && ln -s a l");
	fixture_run(f,
		"cd repo && seq 10 60 > a && rm b && git mv l m && echo x > bin && git add -A && git commit -qm x");
	whole = patch_of(f, "HEAD~1", "HEAD", SIZE_MAX / 2, &cut);
	for (size_t max = 0; max <= strlen(whole); max += 7) {
		auto_free char *part = patch_of(f, "HEAD~1", "HEAD", max, &cut);
		size_t n = strlen(part);

		ok(cut && n <= max && !strncmp(part, whole, n) && (!n || part[n - 1] == '\n'),
			"a part of it that ends with a line");
	}
	free(patch_of(f, "HEAD~1", "HEAD", strlen(whole), &cut));
	ok(!cut, "what just fits is not cut");
}

static const struct fact_path *path_of(const struct facts *facts, const char *path)
{
	for (size_t i = 0; i < facts->n_paths; i++)
		if (!strcmp(facts->paths[i].path, path))
			return &facts->paths[i];
	fail_msg("not changed: %s", path);
	return NULL;
}

static void kinds_sizes_and_targets(void **state)
{
	struct fixture *f = *state;
	auto_facts struct facts facts = { 0 };
	const struct fact_path *p;

	fixture_repo(f,
		"git init -q ../sub && git -C ../sub commit -q --allow-empty -m 1 && git submodule --quiet add ../sub sub && printf 'a\\0b' > bin && "
		"echo t > t && ln -s t l && echo run > run && printf 'no newline' > n && head -c 8001 /dev/zero | tr '\\0' x > late && printf '\\0' >> late");
	fixture_run(f,
		"git -C sub commit -q --allow-empty -m 2 && cd repo && git -C sub pull -q && printf 'a\\0bc' > bin && rm t && ln -s l t && ln -sfn bin l && "
		"chmod 755 run && printf 'no newline\\nat all' > n && echo more >> late && echo '* -text -diff' > .gitattributes && git add -A && git commit -qm x");
	facts_of(f, "HEAD~1", "HEAD", &facts);
	p = path_of(&facts, "sub");
	ok(p->kind == FACT_SUBMODULE && p->operation == FACT_MODIFY && !p->added && !p->removed &&
			!p->new_size,
		"a submodule has no lines and no size");
	p = path_of(&facts, "bin");
	ok(p->kind == FACT_BINARY && p->old_size == 3 && p->new_size == 4 && !p->added,
		"a binary has sizes and no lines");
	p = path_of(&facts, "t");
	ok(p->kind == FACT_SYMLINK && p->operation == FACT_TYPE && !strcmp(p->target, "l"),
		"a file that is a symlink now");
	p = path_of(&facts, "l");
	ok(p->kind == FACT_SYMLINK && p->operation == FACT_MODIFY && !strcmp(p->target, "bin"),
		"a symlink that leads elsewhere");
	p = path_of(&facts, "run");
	ok(p->operation == FACT_MODE && p->old_mode == FACT_MODE_FILE &&
			p->new_mode == FACT_MODE_EXEC && !p->added,
		"a mode");
	p = path_of(&facts, "n");
	ok(p->added == 2 && p->removed == 1, "a last line without a newline is a line");
	p = path_of(&facts, "late");
	ok(p->kind == FACT_FILE && p->added == 1 && p->removed == 1,
		"a NUL behind the first 8000 bytes is text to git");
	p = path_of(&facts, ".gitattributes");
	ok(p->kind == FACT_FILE && p->operation == FACT_ADD && p->added == 1,
		"attributes have no say");
	ok(facts.lines_added > 0, "totals are there");
}

static void text_beside_a_binary_or_submodule_is_counted(void **state)
{
	struct fixture *f = *state;
	auto_facts struct facts facts = { 0 };
	const struct fact_path *p;

	fixture_repo(f,
		"git config advice.addEmbeddedRepo false && printf 'a\\0b' > to_text && seq 7 > to_binary && seq 7 > sub_was_text && git init -q sub && "
		"git -C sub commit -q --allow-empty -m 1 && printf 'a\\0b' > link && seq 60 > moved");
	fixture_run(f,
		"cd repo && seq 5000 > to_text && printf 'a\\0b' > to_binary && rm -rf sub && seq 4000 > sub && rm sub_was_text && "
		"git init -q sub_was_text && git -C sub_was_text commit -q --allow-empty -m 1 && ln -sf x link && git -c advice.addEmbeddedRepo=false add -A && git commit -qm x");
	facts_of(f, "HEAD~1", "HEAD", &facts);
	p = path_of(&facts, "to_text");
	ok(p->kind == FACT_BINARY && p->operation == FACT_MODIFY, "nobody sees the text in a diff");
	ok(p->added == 5000 && !p->removed, "but its lines are counted");
	p = path_of(&facts, "to_binary");
	ok(p->kind == FACT_BINARY && !p->added && p->removed == 7, "and those that were lost");
	p = path_of(&facts, "sub");
	ok(p->kind == FACT_FILE && p->operation == FACT_TYPE && p->added == 4000,
		"a text in place of a submodule is counted");
	p = path_of(&facts, "sub_was_text");
	ok(p->kind == FACT_SUBMODULE && p->removed == 7, "and one that had to make room for one");
	p = path_of(&facts, "link");
	ok(p->kind == FACT_SYMLINK && p->operation == FACT_TYPE, "a symlink stays a symlink");
	ok(facts.lines_added >= 9000 && facts.lines_removed >= 14, "all of it in the totals");
}

static void everything_against_the_empty_tree(void **state)
{
	struct fixture *f = *state;
	auto_facts struct facts facts = { 0 };
	struct repo_commit c;
	struct change change;

	fixture_repo(f, "echo 1 > a && mkdir d && seq 5 > d/b && : > empty");
	ok(repo_resolve(f->repo, NULL, &c, &f->err) == 0, "resolved");
	change = (struct change){ f->repo, NULL, NULL, c.tree };
	ok(change_facts(&change, &facts, &f->err) == 0, f->err.text);
	ok(facts.n_paths == 3 && facts.lines_added == 6 && facts.paths[0].operation == FACT_ADD,
		"all is added");
	ok(strspn(facts.paths[0].old_id, "0") == 40, "no old name");
	repo_commit_done(&c);
}

static void counts_of_large_texts_are_never_too_low(void **state)
{
	struct fixture *f = *state;
	auto_facts struct facts facts = { 0 };
	const struct fact_path *p;
	auto_free char *patch = NULL;
	bool cut;

	fixture_repo(f, "yes line | head -c 20000000 > big && yes '' | head -600000 > lines");
	fixture_run(f, "cd repo && echo more >> big && echo more >> lines && git commit -qam x");
	facts_of(f, "HEAD~1", "HEAD", &facts);
	p = path_of(&facts, "big");
	ok(p->kind == FACT_FILE && p->added == 4000001 && p->removed == 4000000,
		"all lines of both");
	p = path_of(&facts, "lines");
	ok(p->added == 600001 && p->removed == 600000, "likewise for very many");
	patch = patch_of(f, "HEAD~1", "HEAD", 1 << 20, &cut);
	ok(strstr(patch, "Binary files a/big and b/big differ"), "they are not shown");
}

static void too_many_for_comparing_are_found_when_identical(void **state)
{
	struct fixture *f = *state;
	auto_facts struct facts facts = { 0 };
	size_t renames = 0;

	fixture_repo(f, "mkdir a && for i in $(seq 1010); do seq $i $((i + 20)) > a/f$i; done");
	fixture_run(f,
		"cd repo && mv a b && for i in $(seq 1005); do echo now $i has changed >> b/f$i; done && git add -A && git commit -qm x");
	facts_of(f, "HEAD~1", "HEAD", &facts);
	for (size_t i = 0; i < facts.n_paths; i++)
		renames += facts.paths[i].operation == FACT_RENAME;
	ok(renames == 5, "only identical files are renames");
	compare(f, "HEAD~1", "HEAD", 0);
}

static void malformed_trees_are_errors(void **state)
{
	struct fixture *f = *state;
	static const char *const trees[] = {
		"100644 b\\0I100644 a\\0I",
		"100644 a\\0I100644 a\\0I",
		"40000 a\\0T100644 a.c\\0I100644 a\\0I",
		"40000 a\\0T100644 a-\\0I",
	};

	fixture_repo(f, "echo 1 > f");
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		auto_free char *script = xasprintf(
			"cd repo && python3 - <<'END' > ../tree\nimport subprocess, sys\n"
			"rev = lambda r: bytes.fromhex(subprocess.check_output(['git', 'rev-parse', r], text=True).strip())\n"
			"base = subprocess.check_output(['git', 'rev-list', '--max-parents=0', 'HEAD'], text=True).strip()\n"
			"sys.stdout.buffer.write(b'%s'.replace(b'\\0I', b'\\0' + rev(base + ':f')).replace(b'\\0T', b'\\0' + rev(base + '^{tree}')))\n"
			"END\nt=$(git hash-object -t tree -w --literally ../tree) && git update-ref HEAD $(git commit-tree $t -p HEAD -m x)",
			trees[i]);
		struct facts facts = { 0 };
		struct pair p;

		fixture_run(f, script);
		pair_open(&p, f, "HEAD~1", "HEAD");
		ok(change_facts(&p.change, &facts, &f->err) == -EINVAL, trees[i]);
		ok(strstr(f->err.text, "malformed"), f->err.text);
		facts_done(&facts);
		pair_done(&p);
	}
}

static void a_tree_that_stands_for_billions_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct facts facts = { 0 };
	struct pair p;

	fixture_repo(f, "echo 1 > f");
	fixture_run(f,
		"cd repo && t=$(git rev-parse HEAD^{tree}) && for i in 1 2 3 4 5 6 7 8 9 10 11 12; do "
		"t=$(for n in 0 1 2 3 4 5 6 7 8 9; do printf '040000 tree %s\\td%s\\n' $t $n; done | git mktree); done; "
		"git update-ref HEAD $(git commit-tree $t -p HEAD -m bomb)");
	pair_open(&p, f, "HEAD~1", "HEAD");
	ok(change_facts(&p.change, &facts, &f->err) == -EFBIG, f->err.text);
	facts_done(&facts);
	pair_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPO_TEST(
			"facts are what git diff says of generated histories, whatever .gitattributes says",
			facts_are_what_git_says),
		REPO_TEST("patches are what git diff prints of them", patches_are_what_git_prints),
		REPO_TEST("a patch that is too long is cut at the end of a line",
			patches_are_cut_at_a_line),
		REPO_TEST("kinds, sizes, modes and targets are told", kinds_sizes_and_targets),
		REPO_TEST("the text in place of a binary or a submodule is counted",
			text_beside_a_binary_or_submodule_is_counted),
		REPO_TEST(
			"a change from nothing adds everything", everything_against_the_empty_tree),
		REPO_TEST("counts of texts that are too large to compare are never too low",
			counts_of_large_texts_are_never_too_low),
		REPO_TEST("above a thousand by a thousand only identical files are renames",
			too_many_for_comparing_are_found_when_identical),
		REPO_TEST("a tree out of order or with a name twice is an error",
			malformed_trees_are_errors),
		REPO_TEST("a tree that stands for billions of files is an error",
			a_tree_that_stands_for_billions_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
