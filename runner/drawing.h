/* drawing.h: labelled rows of text that fit a terminal, in which what others wrote is escaped. */
#ifndef REMIT_RUNNER_DRAWING_H
#define REMIT_RUNNER_DRAWING_H

#include "base/json.h"
#include "runner/ctx.h"

struct drawing {
	const struct ctx *ctx;
	const json_t *result; /* what is drawn; borrowed */
	struct buf *out;
	size_t start; /* of the row's text in out */
};

/* "  verdict   " and then whatever follows. A label of "" continues the row above. */
void drawing_row(struct drawing *d, const char *label);

/* Ends the row; what does not fit the terminal, or so many characters, is cut. */
void drawing_end(struct drawing *d);
void drawing_end_within(struct drawing *d, size_t characters);

/* How many characters a row has for its text. */
size_t drawing_room(const struct drawing *d);

/* A string, or what stands for one that is not UTF-8, escaped (see text_safe); nothing for any other value. */
void drawing_add(struct drawing *d, const json_t *value);

/* The same, its first characters alone. */
void drawing_add_first(struct drawing *d, const json_t *value, size_t characters);

/* The same, the first line of what may have many. */
void drawing_add_line(struct drawing *d, const json_t *value);

/* Words of our own, in colour where there is any. style: parameters of SGR (ECMA-48). */
void drawing_add_styled(struct drawing *d, const char *style, const char *words);

#endif
