/* name.h: which names may be in a tree, and which are one name to other systems. */
#ifndef REMIT_REPO_NAME_H
#define REMIT_REPO_NAME_H

#include "base/base.h"

/*
 * Why an entry of a tree must not have this name: NULL when it may. Refused is what git refuses in
 * a tree or an index ("", ".", "..", a slash, ".git") and what HFS+, NTFS or Windows read as ".git"
 * or ".gitmodules": other case, ignored code points, trailing dots and spaces, short names,
 * streams, backslashes as separators (git's documentation of core.protectHFS, core.protectNTFS and
 * fsck). mode is git's: .gitmodules must not be a symlink.
 */
const char *name_refused(const char *name, uint32_t mode);

/*
 * Why nobody should give this name to a file, though git takes it: NULL when there is no such reason.
 * Characters that a terminal does not show as they are (see text_safe), bytes that are not UTF-8, and
 * what Windows reads otherwise: backslashes, dots and spaces at the end, names of devices (Microsoft's
 * "Naming Files, Paths, and Namespaces").
 */
const char *name_hostile(const char *name);

/* The same of the target of a symlink, of which no more is asked than how it is read. */
const char *name_hostile_target(const char *target);

/* True for what is one name here, but to Windows a way that has ".." in it: "a\..\..\b". */
bool name_leads_up(const char *name);

/* True for what some system reads as ".git", ".git" itself included. */
bool name_is_dot_git(const char *name);

/*
 * The name as a file system sees it that ignores case and keeps names normalized: case folding,
 * NFC, ignorable code points gone; ASCII folding alone where the bytes are not UTF-8. Owned by the
 * caller.
 */
char *name_fold(const char *name) MUST_USE;

#endif
