/* links.h: where symlinks of a tree lead when they are followed in that tree. */
#ifndef REMIT_REPO_LINKS_H
#define REMIT_REPO_LINKS_H

#include "repo/view.h"

struct links;

struct links *links_new(const struct view *v, const git_oid *tree) MUST_USE;
void links_free(struct links *l);
DEFINE_CLEANUP(struct links *, links_free)
#define auto_links CLEANUP(cleanup_links_free)

struct links_result {
	bool escapes; /* absolute, beyond the top, or through .git, as some system reads it */
	bool given_up; /* it escapes only in that all links together were too long a way to follow */
	const char *
		hostile; /* why nobody should have such a target, as name_hostile says it; or NULL */
	char *target; /* owned by the caller */
};

/*
 * Follows the symlink at path, component by component and through other symlinks, as the kernel
 * would. What is missing counts as a directory, since it may come to be one. One that is too long a
 * way to follow escapes; one that goes round in circles leads nowhere and does not.
 */
int links_follow(struct links *l, const char *path, const git_oid *blob, struct links_result *ret,
	struct err *err) MUST_USE;

#endif
