/* text.h: the one parser for each kind of number, and text that is safe to print. */
#ifndef REMIT_TEXT_H
#define REMIT_TEXT_H

#include "base/buf.h"
#include "base/err.h"

/* Decimal digits only, no sign, no blank, no leading zero; -ERANGE outside of [min, max]. */
int text_uint(const char *s, uint64_t min, uint64_t max, uint64_t *ret, struct err *err) MUST_USE;

/* Bytes: digits and an optional k, m, g or t (powers of 1024; upper case too). */
int text_size(const char *s, uint64_t *ret_bytes, struct err *err) MUST_USE;

/* Milliseconds: digits and one of ms, s, m, h, d; a bare number is not a duration. */
int text_duration(const char *s, uint64_t *ret_ms, struct err *err) MUST_USE;

/* Shortest exact spelling that text_size and text_duration read back. */
void text_add_size(struct buf *out, uint64_t bytes);
void text_add_duration(struct buf *out, uint64_t ms);

/* Rounded, for people: "1.5 MiB", "2m 03s". */
void text_add_human_size(struct buf *out, uint64_t bytes);
void text_add_human_duration(struct buf *out, uint64_t ms);

/* Length of the UTF-8 sequence at s (1..4), or 0 where s does not begin a valid one (RFC 3629). */
size_t text_utf8_len(const char *s, size_t len);
bool text_is_utf8(const char *s, size_t len);

/*
 * Copies text that an outsider chose so that a terminal shows it and does nothing else: control
 * bytes, invalid UTF-8, C1, bidirectional and invisible code points come out as \xHH or \u{H}.
 * Always ends with a NUL; cuts at a whole character.
 */
void text_safe(const char *s, size_t len, char *out, size_t size);
void text_add_safe(struct buf *out, const char *s, size_t len);

/* The same, but that lines and tabs stay: of text of many lines. */
void text_add_safe_lines(struct buf *out, const char *s, size_t len);

/*
 * Copies a JSON document so that a terminal shows it and does nothing else: what text_safe escapes comes out
 * as \uXXXX, which means the same. Control bytes that JSON does not allow in strings stay.
 */
void text_add_safe_json(struct buf *out, const char *json, size_t len);

bool text_starts(const char *s, const char *prefix);
bool text_ends(const char *s, const char *suffix);

/* Which of the names is nearest to word, for "did you mean"; NULL when none is near. */
const char *text_nearest(const char *word, const char *const *names, size_t n);

#endif
