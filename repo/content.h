/* content.h: one side of a changed path as text, for counting and showing lines. */
#ifndef REMIT_REPO_CONTENT_H
#define REMIT_REPO_CONTENT_H

#include "repo/treediff.h"

/*
 * Attributes and configuration have no say: a NUL in the first 8000 bytes makes a file binary, as
 * it does for git without them, and so does a size above git's core.bigFileThreshold. Texts above
 * CONTENT_MAX_COMPARED are counted but not compared: memory for that grows with the lines.
 */
#define CONTENT_BIG_FILE (UINT64_C(512) << 20)
enum { CONTENT_MAX_COMPARED = 16 << 20, CONTENT_MAX_LINES = 1000000 };

struct content {
	uint64_t size;
	uint64_t lines; /* a last one without a newline counts; 0 for a binary */
	bool binary;
	const char *data; /* NULL where it is too much to compare; otherwise size bytes */
	git_odb_object *blob;
	char text[80]; /* of a submodule: the line that git shows for it */
};

/* A side with mode 0 is empty. */
int content_read(const struct view *v, const struct side *side, struct content *ret,
	struct err *err) MUST_USE;
void content_done(struct content *c);
#define auto_content CLEANUP(content_done)

bool content_is_binary(const void *data, size_t len);

/* True when both can be compared line by line. */
bool content_comparable(const struct content *old, const struct content *new);

/*
 * Lines that a diff adds and removes; all lines of both where they are not comparable, so that no
 * count is ever too low. A binary has none, but the text that takes its place, or that it takes the
 * place of, has all of its own, although git shows none of them.
 */
int content_count(const struct content *old, const struct content *new, uint64_t *ret_added,
	uint64_t *ret_removed, struct err *err) MUST_USE;

#endif
