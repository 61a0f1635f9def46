/* view.h: objects as they are read: those of a repository, and of a quarantine if there is one. */
#ifndef REMIT_REPO_VIEW_H
#define REMIT_REPO_VIEW_H

#include "repo/git.h"

/*
 * git is a repository in memory that has objects and nothing else: no configuration, no attributes,
 * no references. Nothing is ever written through a view.
 */
struct view {
	const struct repo *repo;
	git_odb *odb;
	git_repository *git;
};

/* quarantine: an object directory, or NULL. Missing counts as empty. */
int view_open(const struct repo *repo, const char *quarantine, struct view *ret,
	struct err *err) MUST_USE;
void view_done(struct view *v);
#define auto_view CLEANUP(view_done)

/* Each names the object that is missing, and says what to do about it in a partial clone. */
int view_tree(const struct view *v, const git_oid *id, git_tree **ret, struct err *err) MUST_USE;
int view_commit(
	const struct view *v, const git_oid *id, git_commit **ret, struct err *err) MUST_USE;
int view_size(const struct view *v, const git_oid *id, uint64_t *ret, struct err *err) MUST_USE;
int view_read(
	const struct view *v, const git_oid *id, git_odb_object **ret, struct err *err) MUST_USE;

/* Takes the next piece of an object; anything but 0 ends the reading and is handed on. */
typedef int (*view_sink)(void *ctx, const void *data, size_t len, struct err *err);

/*
 * Hands a blob to sink in pieces and checks that they add up to its name. Memory is bounded for
 * loose objects; one that lies in a pack is read as a whole.
 */
int view_stream(const struct view *v, const git_oid *id, view_sink sink, void *ctx,
	struct err *err) MUST_USE;

#endif
