#include "repo/git.h"

#include <string.h>

void repo_commit_done(struct repo_commit *c)
{
	free(c->branch);
	*c = (struct repo_commit){ 0 };
}

/* No reference at all, whatever HEAD is called. */
static bool is_empty(const struct repo *repo)
{
	auto_git_refs git_reference_iterator *refs = NULL;
	const char *name;

	return git_reference_iterator_new(&refs, repo->git) == 0 &&
	       git_reference_next_name(&name, refs) == GIT_ITEROVER;
}

static int fail_unborn(const struct repo *repo, struct err *err)
{
	auto_git_reference git_reference *head = NULL;
	const char *branch = "HEAD";

	if (git_reference_lookup(&head, repo->git, "HEAD") == 0 &&
		git_reference_symbolic_target(head))
		branch = git_reference_symbolic_target(head);
	if (!strncmp(branch, "refs/heads/", 11))
		branch += 11;
	if (is_empty(repo))
		return err_say(err, -ENOENT,
			"repository '%s' is empty: make a first commit before a job works on it",
			repo->name);
	return err_say(err, -ENOENT,
		"branch '%s' of '%s' has no commit yet: make one, or name a revision to start from",
		branch, repo->name);
}

/* A reference that leads to an object which is not there is no matter of how the revision was written. */
static int fail_missing(const struct repo *repo, const char *rev, struct err *err)
{
	auto_git_reference git_reference *ref = NULL;

	if (git_reference_dwim(&ref, repo->git, rev) == 0)
		return err_say(err, -EIO,
			"repository '%s' is damaged: the commit that '%s' leads to is missing: "
			"'git fsck' says more",
			repo->name, rev);
	if (git_repository_is_shallow(repo->git) == 1)
		return err_say(err, -ENOENT,
			"there is no revision '%s' in '%s', a shallow clone: 'git fetch --unshallow' "
			"brings the rest of its history",
			rev, repo->name);
	return err_say(err, -ENOENT, "there is no revision '%s' in '%s'", rev, repo->name);
}

static int fail_revision(const struct repo *repo, int r, const char *rev, struct err *err)
{
	if (r == GIT_ENOTFOUND)
		return fail_missing(repo, rev, err);
	if (r == GIT_EAMBIGUOUS)
		return err_say(err, -EINVAL,
			"revision '%s' is ambiguous in '%s': more than one object begins so", rev,
			repo->name);
	if (r == GIT_EINVALIDSPEC)
		return err_say(err, -EINVAL, "'%s' is not a revision as git writes them", rev);
	return repo_fail(err, r, "resolve revision '%s' in '%s'", rev, repo->name);
}

static int peel(const struct repo *repo, git_object *object, const char *rev, git_commit **ret,
	struct err *err)
{
	int r = git_object_peel((git_object **)ret, object, GIT_OBJECT_COMMIT);

	if (r == GIT_EPEEL || r == GIT_EINVALIDSPEC || r == GIT_EAMBIGUOUS)
		return err_say(err, -EINVAL, "revision '%s' names a %s, not a commit", rev,
			git_object_type2string(git_object_type(object)));
	return r < 0 ? fail_revision(repo, r, rev, err) : 0;
}

/* The branch that HEAD is on, where it points to id. */
static char *branch_at(const struct repo *repo, const git_oid *id)
{
	auto_git_reference git_reference *head = NULL;

	if (git_repository_head_detached(repo->git) == 1 ||
		git_repository_head(&head, repo->git) < 0 || !git_reference_is_branch(head))
		return NULL;
	if (!git_reference_target(head) || git_oid_cmp(git_reference_target(head), id) != 0)
		return NULL;
	return xstrdup(git_reference_shorthand(head));
}

static void describe(const struct repo *repo, const git_commit *commit, struct repo_commit *ret)
{
	git_time_t time = git_commit_time(commit);

	*ret = (struct repo_commit){ .time = time > 0 ? (uint64_t)time : 0 };
	git_oid_tostr(ret->id, sizeof(ret->id), git_commit_id(commit));
	git_oid_tostr(ret->tree, sizeof(ret->tree), git_commit_tree_id(commit));
	ret->branch = branch_at(repo, git_commit_id(commit));
}

int repo_resolve(struct repo *repo, const char *rev, struct repo_commit *ret, struct err *err)
{
	auto_git_object git_object *object = NULL;
	auto_git_commit git_commit *commit = NULL;
	int r;

	if ((!rev || !strcmp(rev, "HEAD")) && git_repository_head_unborn(repo->git) == 1)
		return fail_unborn(repo, err);
	if (!rev)
		rev = "HEAD";
	r = git_revparse_single(&object, repo->git, rev);
	if (r < 0)
		return fail_revision(repo, r, rev, err);
	r = peel(repo, object, rev, &commit, err);
	if (r < 0)
		return r;
	describe(repo, commit, ret);
	return 0;
}
