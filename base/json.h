/* json.h: jansson with what remit asks of every document: bounds, no duplicate keys, one canonical form. */
#ifndef REMIT_JSON_H
#define REMIT_JSON_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

DEFINE_CLEANUP(json_t *, json_decref)
#define auto_json CLEANUP(cleanup_json_decref)

/* Parses all of data; name is what the error calls it: "name:line:col: what". */
int json_parse(
	const char *data, size_t len, const char *name, json_t **ret, struct err *err) MUST_USE;

/* Keys sorted by code point, no blanks: one value, one sequence of bytes. */
char *json_canonical(const json_t *json) MUST_USE;

/*
 * A string of any bytes: plain where they are UTF-8 without NUL, else {"base64": "..."}.
 * json_get_bytes reads either back.
 */
json_t *json_bytes(const char *data, size_t len) MUST_USE;
int json_get_bytes(const json_t *json, struct buf *out) MUST_USE;

/* Sets a member and gives it away; a NULL value is a bug. */
void json_put(json_t *object, const char *key, json_t *value);
void json_put_str(json_t *object, const char *key, const char *s); /* any bytes, NULL is null */
void json_put_int(json_t *object, const char *key, uint64_t n);
void json_push(json_t *array, json_t *value);

/* A member that must be there and of that kind; -EINVAL and a sentence otherwise. Borrowed. */
int json_get_str(const json_t *object, const char *key, const char **ret, struct err *err) MUST_USE;
int json_get_int(const json_t *object, const char *key, uint64_t *ret, struct err *err) MUST_USE;

#endif
