#include "tests/unit/repo_fixture.h"

#include "repo/layer.h"

struct written {
	struct fixture *f;
	struct change change;
	struct facts facts;
	char *old, *new, *blob;
	int fd;
};

/* A change between two commits, and a directory for its layer. */
static void begin(struct written *w, struct fixture *f, const char *script)
{
	auto_free char *whole = xasprintf("cd repo\n%s\ngit add -A && git commit -qm new", script);
	auto_free char *dir = path_join(f->dir, "layer");

	*w = (struct written){ .f = f, .fd = -1 };
	fixture_run(f, whole);
	w->old = fixture_ask(f, "git -C repo rev-parse HEAD~1^{tree}");
	w->new = fixture_ask(f, "git -C repo rev-parse HEAD^{tree}");
	w->blob = fixture_ask(f, "git -C repo hash-object -w --stdin < /dev/null");
	w->change = (struct change){ f->repo, NULL, w->old, w->new };
	fixture_run(f, "rm -rf layer && mkdir layer");
	ok(dir_open(AT_FDCWD, dir, &w->fd, &f->err) == 0, f->err.text);
}

static void end(struct written *w)
{
	cleanup_fd(&w->fd);
	facts_done(&w->facts);
	free(w->old);
	free(w->new);
	free(w->blob);
}

static void a_layer_makes_the_old_tree_the_new_one(void **state)
{
	struct fixture *f = *state;
	struct written w;

	fixture_repo(f,
		"mkdir -p a/b/c keep gone/deep && echo 1 > a/b/c/f && echo 2 > keep/f && echo 3 > keep/g && "
		"echo 4 > gone/deep/f && echo 5 > swap && ln -s keep link");
	begin(&w, f,
		"echo 9 > a/b/c/f && rm -r gone keep/g swap link && mkdir -p swap/in link/d n/e/w && echo 6 > swap/in/f && "
		"echo 7 > link/d/f && echo '#' > n/e/w/x && chmod +x n/e/w/x && ln -s ../.. n/e/l");
	ok(change_facts(&w.change, &w.facts, &f->err) == 0, f->err.text);
	ok(layer_write(&w.change, &w.facts, w.fd, &f->err) == 0, f->err.text);
	fixture_run(f,
		"cd layer && cmp a/b/c/f ../repo/a/b/c/f && cmp swap/in/f ../repo/swap/in/f && cmp link/d/f ../repo/link/d/f && "
		"test -x n/e/w/x && test \"$(readlink n/e/l)\" = ../.. && test -c gone && test -c keep/g && test ! -e keep/f");
	end(&w);
}

static void add_path(struct facts *facts, const char *path, const char *target, const char *id)
{
	facts->paths = xrealloc(facts->paths, facts->n_paths + 1, sizeof(*facts->paths));
	facts->paths[facts->n_paths++] = (struct fact_path){
		.path = xstrdup(path),
		.operation = FACT_ADD,
		.kind = target ? FACT_SYMLINK : FACT_FILE,
		.new_mode = target ? 0120000 : 0100644,
		.target = target ? xstrdup(target) : NULL,
	};
	snprintf(facts->paths[facts->n_paths - 1].new_id,
		sizeof(facts->paths[facts->n_paths - 1].new_id), "%s", id);
}

/* No tree has both, but that is for the layer to rely on no more than it must. */
static void nothing_is_made_behind_a_symlink(void **state)
{
	struct fixture *f = *state;
	static const char *const paths[] = { "a/b", "a/b/c", "a/b/c/d" };

	fixture_repo(f, "echo 1 > f");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct written w;

		begin(&w, f, "echo x >> f");
		fixture_run(f, "rm -rf outside && mkdir outside");
		add_path(&w.facts, "a", "../outside", w.blob);
		add_path(&w.facts, paths[i], NULL, w.blob);
		ok(layer_write(&w.change, &w.facts, w.fd, &f->err) < 0, paths[i]);
		fixture_run(f, "test -L layer/a && test -z \"$(ls outside)\"");
		end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPO_TEST("a layer on the old tree shows the new one",
			a_layer_makes_the_old_tree_the_new_one),
		REPO_TEST("nothing is made behind a symlink of the change",
			nothing_is_made_behind_a_symlink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
