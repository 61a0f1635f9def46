/*
 * How far the user's work tree is from its commit, for a note that such changes take no part in a
 * job.
 */
#include "repo/git.h"

#include <string.h>

/*
 * Both comparisons report in the order of names. The second is held against the first, so that a
 * file that differs in both counts once.
 */
struct tally {
	struct strs staged;
	size_t next; /* the first of staged that the second comparison has not passed */
	uint64_t n, max;
};

static const char *name_of(const git_diff_delta *delta)
{
	return delta->new_file.path ? delta->new_file.path : delta->old_file.path;
}

/* Callbacks of libgit2: a negative value ends the comparison, 1 keeps the delta out of the list. */
static int note_staged(
	const git_diff *diff, const git_diff_delta *delta, const char *spec, void *ctx)
{
	struct tally *t = ctx;

	(void)diff, (void)spec;
	strs_add(&t->staged, name_of(delta));
	return ++t->n >= t->max ? GIT_EUSER : 1;
}

static int note_changed(
	const git_diff *diff, const git_diff_delta *delta, const char *spec, void *ctx)
{
	struct tally *t = ctx;
	const char *name = name_of(delta);

	(void)diff, (void)spec;
	while (t->next < t->staged.n && strcmp(t->staged.v[t->next], name) < 0)
		t->next++;
	if (t->next < t->staged.n && !strcmp(t->staged.v[t->next], name))
		return 1;
	return ++t->n >= t->max ? GIT_EUSER : 1;
}

static int head_tree(const struct repo *repo, git_tree **ret)
{
	auto_git_object git_object *tree = NULL;
	int r;

	*ret = NULL;
	if (git_repository_head_unborn(repo->git) == 1)
		return 0;
	r = git_revparse_single(&tree, repo->git, "HEAD^{tree}");
	if (r == 0)
		*ret = (git_tree *)steal_pointer(&tree);
	return r;
}

static int compare(const struct repo *repo, git_tree *head, struct tally *t)
{
	auto_git_diff git_diff *staged = NULL;
	auto_git_diff git_diff *changed = NULL;
	git_diff_options options;
	int r = git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);

	if (r < 0)
		return r;
	options.ignore_submodules = GIT_SUBMODULE_IGNORE_DIRTY;
	options.notify_cb = note_staged;
	options.payload = t;
	r = git_diff_tree_to_index(&staged, repo->git, head, NULL, &options);
	if (r < 0)
		return r;
	options.notify_cb = note_changed;
	return git_diff_index_to_workdir(&changed, repo->git, NULL, &options);
}

int repo_count_dirty(struct repo *repo, uint64_t max, uint64_t *ret, struct err *err)
{
	auto_git_tree git_tree *head = NULL;
	struct tally t = { .max = max };
	int r = 0;

	*ret = 0;
	if (!repo->workdir || !max)
		return 0;
	r = head_tree(repo, &head);
	if (r == 0)
		r = compare(repo, head, &t);
	strs_done(&t.staged);
	if (r < 0 && r != GIT_EUSER)
		return repo_fail(err, r, "compare the work tree of '%s'", repo->name);
	*ret = t.n;
	return 0;
}
