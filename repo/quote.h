/* quote.h: paths as git prints them where a line has to hold one. */
#ifndef REMIT_REPO_QUOTE_H
#define REMIT_REPO_QUOTE_H

#include "base/buf.h"

/*
 * prefix and path; in double quotes with C escapes where there is a control character, a quote, a
 * backslash or a byte beyond ASCII in it (git-config(1), core.quotePath). ends_line: nothing
 * follows, so a path with a blank in it gets a tab behind it for those who would otherwise take it
 * for the end.
 */
void quote_add(struct buf *out, const char *prefix, const char *path, bool ends_line);

#endif
