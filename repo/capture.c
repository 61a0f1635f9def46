#include "repo/capture.h"

#include <string.h>

#include "repo/capture_walk.h"
#include "repo/commits.h"
#include "repo/discard.h"

void capture_done(struct capture *c)
{
	for (size_t i = 0; i < c->n_commits; i++) {
		free(c->commits[i].author);
		free(c->commits[i].message);
	}
	free(c->commits);
	strs_done(&c->ignored_names);
	strs_done(&c->discarded);
	*c = (struct capture){ 0 };
}

/* The new tree, its objects in the quarantine. */
static int take_tree(const struct view *base, const struct capture_options *options,
	const git_oid *old, git_oid *ret, struct capture_walk *w, struct err *err)
{
	auto_objstore struct objstore *store = NULL;
	int r = objstore_open(options->quarantine, OBJSTORE_LOOSE_MAX, &store, err);

	if (r < 0)
		return r;
	w->files.view = base;
	w->files.store = store;
	w->files.overlay = !options->whole;
	r = capture_walk_run(w, options->upper, old, ret, err);
	capture_files_done(&w->files);
	buf_done(&w->path);
	return r < 0 ? r : objstore_finish(store, err);
}

/* What is seen only when the tree is whole. */
static int scan_tree(struct repo *repo, const struct capture_options *options, const git_oid *old,
	const git_oid *new, struct anomalies *a, struct err *err)
{
	auto_view struct view both = { 0 };
	int r = view_open(repo, options->quarantine, &both, err);

	return r < 0 ? r : anomaly_scan(&both, old, new, a, err);
}

static int run(struct repo *repo, const struct view *base, const struct capture_options *options,
	struct capture *ret, struct facts *facts, struct err *err)
{
	auto_free char *scratch = xasprintf("%s.commits", options->quarantine);
	struct anomalies anomalies = { .facts = facts };
	struct capture_walk w = { .out = ret, .anomalies = &anomalies };
	git_oid old, new;
	int r = repo_parse_id(options->base_tree, &old, err);

	if (r == 0)
		r = take_tree(base, options, &old, &new, &w, err);
	if (r == 0)
		r = scan_tree(repo, options, &old, &new, &anomalies, err);
	if (r < 0)
		return r;
	anomaly_finish(&anomalies);
	git_oid_tostr(ret->tree, sizeof(ret->tree), &new);
	discard_list(options->upper, options->private, CAPTURE_MAX_NAMED, &ret->discarded);
	return commits_read(base, options->upper, options->base_commit, scratch, ret, err);
}

int capture_run(struct repo *repo, const struct capture_options *options, struct capture *ret,
	struct facts *facts, struct err *err)
{
	auto_view struct view base = { 0 };
	int r = view_open(repo, NULL, &base, err);

	*ret = (struct capture){ 0 };
	if (r == 0)
		r = run(repo, &base, options, ret, facts, err);
	if (r < 0) {
		capture_done(ret);
		return err_prefix(err, r, "capture the change");
	}
	return 0;
}
