/* change_view.h: a change opened for reading. */
#ifndef REMIT_REPO_CHANGE_VIEW_H
#define REMIT_REPO_CHANGE_VIEW_H

#include "repo/change.h"
#include "repo/delta.h"

struct change_view {
	struct view view;
	git_oid old, new;
	bool has_old;
};

int change_view_open(
	const struct change *change, struct change_view *ret, struct err *err) MUST_USE;
void change_view_done(struct change_view *v);
#define auto_change_view CLEANUP(change_view_done)

/* NULL for the empty tree. */
const git_oid *change_view_old(const struct change_view *v);

#endif
