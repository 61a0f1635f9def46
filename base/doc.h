/* doc.h: a YAML or JSON document whose every value knows its line and column. */
#ifndef REMIT_DOC_H
#define REMIT_DOC_H

#include "base/json.h"

/* Lines and columns count from 1; 0 where a value did not come from a document. */
struct doc_pos {
	unsigned int line, col;
};

struct doc;

enum { DOC_MAX_BYTES = 4 << 20, DOC_MAX_DEPTH = 64, DOC_MAX_NODES = 1 << 20 };

/*
 * Parses YAML 1.1 (of which JSON is a part) as libyaml's events give it. Every scalar becomes a
 * string: what it means is for its reader to say, so no `on` turns into a truth value. Refused,
 * with name:line:column: aliases, anchors, tags, directives, duplicate and non-scalar keys, more than one
 * document, NUL, and more than the bounds above. -EINVAL; -EFBIG for too many bytes.
 */
int doc_parse(
	const char *data, size_t len, const char *name, struct doc **ret, struct err *err) MUST_USE;

/* Reads and parses a file beneath dirfd (or AT_FDCWD). */
int doc_load(
	int dirfd, const char *path, const char *name, struct doc **ret, struct err *err) MUST_USE;

void doc_free(struct doc *doc);
DEFINE_CLEANUP(struct doc *, doc_free)
#define auto_doc CLEANUP(cleanup_doc_free)

const json_t *doc_root(const struct doc *doc);
const char *doc_name(const struct doc *doc);

/* Where a value, or the key that it stands under, begins. doc may be NULL. */
struct doc_pos doc_pos(const struct doc *doc, const json_t *value);
struct doc_pos doc_key_pos(const struct doc *doc, const json_t *value);

/* A plain scalar that is empty, ~ or null. */
bool doc_is_null(const struct doc *doc, const json_t *value);

/* "name:line:col: sentence", -EINVAL. at may be NULL. */
int doc_fail(const struct doc *doc, const json_t *at, struct err *err, const char *fmt, ...)
	PRINTF(4, 5);
int doc_fail_key(const struct doc *doc, const json_t *at, struct err *err, const char *fmt, ...)
	PRINTF(4, 5);

/* For doc_parse alone. */
struct doc *doc_new(const char *name);
void doc_set_root(struct doc *doc, json_t *root);
void doc_note(
	struct doc *doc, const json_t *value, struct doc_pos at, struct doc_pos key, bool null);

#endif
