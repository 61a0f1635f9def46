/* pattern_path.h: paths as `git check-ignore --stdin` reads and prints them. */
#ifndef REMIT_POLICY_PATTERN_PATH_H
#define REMIT_POLICY_PATTERN_PATH_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Undoes C-style quoting (git-config(1), core.quotePath) of a line that begins with a double quote.
 * As in git, what comes behind the closing quote is left aside. -EINVAL: badly quoted.
 */
int pattern_path_unquote(const char *text, size_t len, struct buf *out, struct err *err) MUST_USE;

/* Adds a path, in quotes where a byte of it needs them: control bytes, `"`, `\` and all above 0x7e. */
void pattern_path_add_quoted(struct buf *out, const char *path, size_t len);

/*
 * The path that git works with: without empty, "." and ".." components, a slash at the end kept; the top
 * itself is the empty path. Magic in front (gitglossary(7), pathspec) is taken as far as
 * check-ignore takes it: `:/`, `:(top)` and the empty one. *ret points into text or into scratch.
 *
 * -EINVAL with a sentence for what git refuses as well: an empty path, one that leads out of the
 * tree, other magic. Refused besides, since there is no work tree here: an absolute path, and empty, "."
 * and ".." components behind `:/`, which git takes as they stand.
 */
int pattern_path_clean(const char *text, size_t len, struct buf *scratch, const char **ret,
	size_t *ret_len, struct err *err) MUST_USE;

#endif
