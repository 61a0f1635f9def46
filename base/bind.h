/*
 * bind.h: one table a struct, from which its parser, its checks, its writer, its JSON Schema and
 * its documentation come. Profiles, policies, job files and plans are all read this way.
 */
#ifndef REMIT_BIND_H
#define REMIT_BIND_H

#include "base/doc.h"

/* A list of strings, owned. */
struct strs {
	char **v;
	size_t n;
};

void strs_done(struct strs *s);
void strs_add(struct strs *s, const char *value);
bool strs_has(const struct strs *s, const char *value);
#define auto_strs CLEANUP(strs_done)

/* A list of structs laid out one after the other, owned. */
struct list {
	void *v;
	size_t n;
};

enum bind_type {
	BIND_STR, /* char *, NULL when absent */
	BIND_STRS, /* struct strs; a lone string counts as a list of one where the field says so */
	BIND_BOOL, /* bool: true or false */
	BIND_INT, /* uint64_t within [min, max] */
	BIND_SIZE, /* uint64_t bytes: "4g" */
	BIND_DURATION, /* uint64_t milliseconds: "30m" */
	BIND_ENUM, /* unsigned int: index into names */
	BIND_STRUCT, /* a nested struct described by sub */
	BIND_LIST, /* struct list of structs described by sub */
	BIND_MAP, /* struct list of structs described by sub, keyed by its first field, a BIND_STR */
	BIND_CUSTOM, /* whatever custom->decode makes of it */
};

struct bind_table;
struct bind_field;

struct bind_custom {
	/* Reads value into the field at p; errors through doc_fail. */
	int (*decode)(const struct doc *doc, const json_t *value, void *p, struct err *err);
	json_t *(*encode)(const void *p); /* NULL: left out */
	void (*done)(void *p);
	json_t *(*schema)(void);
};

enum bind_flags {
	BIND_REQUIRED = 1 << 0,
	BIND_ONE_OR_MANY = 1 << 1, /* BIND_STRS: a lone string is a list of one */
};

struct bind_field {
	const char *key;
	enum bind_type type;
	unsigned int flags;
	size_t at;
	uint64_t min, max; /* BIND_INT, BIND_SIZE, BIND_DURATION; max 0: no bound */
	uint64_t preset; /* value before anything is read */
	const char *const *names; /* BIND_ENUM, ended by NULL; BIND_STRS: the words allowed */
	const struct bind_table *sub; /* BIND_STRUCT, BIND_LIST, BIND_MAP */
	const struct bind_custom *custom;
	int (*check)(const char *value,
		struct err *err); /* BIND_STR, each of BIND_STRS, BIND_MAP keys */
	const char *help;
};

struct bind_table {
	const char *what; /* "profile", for messages and the schema's title */
	size_t size;
	const struct bind_field *fields;
	size_t n;
	const char *help;
};

#define BIND_TABLE(name_, type_, what_, fields_, help_)                                       \
	const struct bind_table name_ = { what_, sizeof(type_), fields_, ARRAY_SIZE(fields_), \
		help_ }

/* Sets every field to its preset. dst is plain memory. */
void bind_init(const struct bind_table *t, void *dst);

/*
 * Reads value, an object, over what dst holds: scalars replace, lists append, maps replace by key.
 * Unknown keys, wrong kinds and values out of bounds: -EINVAL with name:line:column (doc may be NULL),
 * what is wrong and what was expected. dst must be bind_done() in any case.
 */
int bind_decode(const struct bind_table *t, const struct doc *doc, const json_t *value, void *dst,
	struct err *err) MUST_USE;

/* Every field, so that reading it back gives the same struct; numbers as numbers. */
json_t *bind_encode(const struct bind_table *t, const void *src) MUST_USE;

void bind_done(const struct bind_table *t, void *dst);

/* JSON Schema (draft 2020-12) of what bind_decode takes. */
json_t *bind_schema(const struct bind_table *t) MUST_USE;

#endif
