/* pattern_glob.h: one pattern taken apart into places, each with the bytes that it can stand for. */
#ifndef REMIT_POLICY_PATTERN_GLOB_H
#define REMIT_POLICY_PATTERN_GLOB_H

#include "base/buf.h"

/* A set of bytes. */
struct glob_set {
	uint64_t bits[4];
};

/* Which bytes may pass while a place is waited for: a star stands before it. */
enum glob_hold { GLOB_HOLD_NONE, GLOB_HOLD_NAME /* all but a slash */, GLOB_HOLD_ANY };

struct glob_place {
	struct glob_set set; /* one of these bytes leads on to the next place */
	enum glob_hold hold;
	bool skip; /* the slash of a double star and slash behind a slash: may also stand for nothing */
};

/* The places match one after the other; the last is the end, whose set is empty. */
struct glob {
	struct glob_place *v;
	size_t n; /* places before the end */
	bool name_only; /* matched against the last component alone, else against the whole path */
	bool never; /* malformed: git takes it and matches nothing */
	/*
	 * The slash of a double star and slash that does not come after a slash, as in "ab**" and "/c": git
	 * lets these stand for nothing, too, so the pattern is as good as two, one of them without this
	 * place. SIZE_MAX: there is none.
	 */
	size_t split;
};

/*
 * Reads a pattern as git's wildmatch does with WM_PATHNAME: len bytes without NUL, without the `!` in
 * front and without the slash at the end. name_only: it held no slash.
 */
void glob_parse(struct glob *g, const char *text, size_t len, bool name_only);
void glob_done(struct glob *g);

/* A copy that lacks a place, for glob_done as well. */
void glob_copy_without(struct glob *to, const struct glob *from, size_t place);

enum glob_shape {
	GLOB_LITERAL, /* bytes and nothing else */
	GLOB_SUFFIX, /* a star and then at least one byte, nothing else */
	GLOB_GENERAL,
};

/* Says what a pattern that can match comes to, and puts the bytes of the first two shapes into ret. */
enum glob_shape glob_shape(const struct glob *g, struct buf *ret);

bool glob_set_has(const struct glob_set *set, unsigned char byte);

/* The only byte of a set, or -1. */
int glob_set_only(const struct glob_set *set);

/* The class that begins behind the bracket at text[*at]; moves *at behind its end. False: malformed. */
bool glob_class_parse(const char *text, size_t len, size_t *at, struct glob_set *ret);

/* Adds the bytes from first to last, none when first is above last. */
void glob_set_add(struct glob_set *set, unsigned char first, unsigned char last);

/* Complement. */
void glob_set_invert(struct glob_set *set);
void glob_set_remove(struct glob_set *set, unsigned char byte);

#endif
