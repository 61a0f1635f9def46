/* capture_level.h: one directory of a workspace: the names in upper, on top of the base's tree. */
#ifndef REMIT_REPO_CAPTURE_LEVEL_H
#define REMIT_REPO_CAPTURE_LEVEL_H

#include <sys/stat.h>

#include "repo/ignore.h"
#include "repo/objstore.h"

struct level {
	int fd;
	git_tree *base; /* the same directory in the base; NULL: none */
	bool opaque; /* what is not in upper is not there */
	bool marked_whiteouts;
	bool ignored; /* by a pattern for it, or for a directory above */
	const struct ignore *ignore; /* what is in force in it; borrowed */
	struct ignore *own_ignore;
};

void level_done(struct level *l);

/* One name in upper. */
struct found {
	const char *name;
	struct stat st;
	const git_tree_entry *base; /* what the base has under this name; NULL: nothing */
	bool whiteout;
	git_oid id; /* what the new tree has, */
	uint32_t mode; /* git's; 0: nothing */
};

/* Looks at a name: fills in st, base and whiteout. */
int level_look(const struct level *l, struct found *f, bool overlay) MUST_USE;

/*
 * The text of .gitignore as the job left it, from upper or from the base; nothing for anything but
 * a file.
 */
int level_read_ignore(const struct level *l, const struct view *base, const struct found *v,
	size_t n, struct buf *out, struct err *err) MUST_USE;

/*
 * Writes the tree, unless it is the base's; *ret_empty: there is nothing in it, and *ret is not
 * set. v is sorted by name.
 */
int level_write_tree(const struct level *l, const struct found *v, size_t n, struct objstore *store,
	git_oid *ret, bool *ret_empty, struct err *err) MUST_USE;

#endif
