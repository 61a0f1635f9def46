#include <git2/sys/commit.h>
#include <string.h>

#include "repo/change_view.h"
#include "repo/objstore.h"

/* UTC: a job has no time zone. */
static int sign(
	const char *name, const char *email, uint64_t time, git_signature **ret, struct err *err)
{
	int r = git_signature_new(ret, name, email, (git_time_t)time, 0);

	return r < 0 ? repo_fail(err, r, "'%s <%s>' is not a name git takes", name, email) : 0;
}

static int format(
	const struct change_view *v, const struct change_commit *c, git_buf *out, struct err *err)
{
	auto_git_signature git_signature *author = NULL;
	auto_git_signature git_signature *committer = NULL;
	auto_git_commit git_commit *parent = NULL;
	auto_git_tree git_tree *tree = NULL;
	const git_commit *parents[1];
	git_oid id;
	int r = repo_parse_id(c->parent, &id, err);

	if (r == 0)
		r = view_commit(&v->view, &id, &parent, err);
	if (r == 0)
		r = view_tree(&v->view, &v->new, &tree, err);
	if (r == 0)
		r = sign(c->author_name, c->author_email, c->time, &author, err);
	if (r == 0)
		r = sign(c->committer_name, c->committer_email, c->time, &committer, err);
	if (r < 0)
		return r;
	parents[0] = parent;
	r = git_commit_create_buffer(
		out, v->view.git, author, committer, NULL, c->message, tree, 1, parents);
	return r < 0 ? repo_fail(err, r, "write the commit") : 0;
}

int change_write_commit(const struct change *change, const struct change_commit *commit,
	char ret_id[REPO_ID_HEX + 1], struct err *err)
{
	auto_change_view struct change_view v = { 0 };
	auto_objstore struct objstore *store = NULL;
	auto_git_buf git_buf text = { 0 };
	git_oid id;
	int r = change_view_open(change, &v, err);

	if (r == 0)
		r = format(&v, commit, &text, err);
	if (r == 0)
		r = objstore_open(change->quarantine, OBJSTORE_LOOSE_MAX, &store, err);
	if (r == 0)
		r = objstore_write(store, GIT_OBJECT_COMMIT, text.ptr, text.size, &id, err);
	if (r < 0)
		return err_prefix(err, r, "make the commit of the change");
	git_oid_tostr(ret_id, REPO_ID_HEX + 1, &id);
	return 0;
}
