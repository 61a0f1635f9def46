#include "base/doc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct note {
	const json_t *value;
	struct doc_pos at, key;
	bool null;
};

/* Notes are kept in an open hash on the value's address: each value of a document is its own object. */
struct doc {
	char *name;
	json_t *root;
	struct note *notes;
	size_t n, cap;
};

struct doc *doc_new(const char *name)
{
	struct doc *doc = xcalloc(1, sizeof(*doc));

	doc->name = xstrdup(name);
	return doc;
}

void doc_free(struct doc *doc)
{
	if (!doc)
		return;
	json_decref(doc->root);
	free(doc->notes);
	free(doc->name);
	free(doc);
}

const json_t *doc_root(const struct doc *doc)
{
	return doc->root;
}

const char *doc_name(const struct doc *doc)
{
	return doc->name;
}

void doc_set_root(struct doc *doc, json_t *root)
{
	doc->root = root;
}

static struct note *slot(struct note *notes, size_t cap, const json_t *value)
{
	size_t i = ((uintptr_t)value >> 4) * 0x9e3779b97f4a7c15ULL >> 20 & (cap - 1);

	while (notes[i].value && notes[i].value != value)
		i = (i + 1) & (cap - 1);
	return &notes[i];
}

static void grow(struct doc *doc)
{
	size_t cap = doc->cap ? doc->cap * 2 : 64;
	struct note *notes = xcalloc(cap, sizeof(*notes));

	for (size_t i = 0; i < doc->cap; i++)
		if (doc->notes[i].value)
			*slot(notes, cap, doc->notes[i].value) = doc->notes[i];
	free(doc->notes);
	doc->notes = notes;
	doc->cap = cap;
}

void doc_note(
	struct doc *doc, const json_t *value, struct doc_pos at, struct doc_pos key, bool null)
{
	if (doc->n * 2 >= doc->cap)
		grow(doc);
	*slot(doc->notes, doc->cap, value) = (struct note){ value, at, key, null };
	doc->n++;
}

static struct note find(const struct doc *doc, const json_t *value)
{
	if (!doc || !doc->cap || !value)
		return (struct note){ 0 };
	return *slot(doc->notes, doc->cap, value);
}

struct doc_pos doc_pos(const struct doc *doc, const json_t *value)
{
	return find(doc, value).at;
}

struct doc_pos doc_key_pos(const struct doc *doc, const json_t *value)
{
	return find(doc, value).key;
}

bool doc_is_null(const struct doc *doc, const json_t *value)
{
	return json_is_null(value) || find(doc, value).null;
}

static int fail(
	const struct doc *doc, struct doc_pos at, struct err *err, const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (doc && at.line)
		return err_say(err, -EINVAL, "%s:%u:%u: %s", doc->name, at.line, at.col, text);
	if (doc)
		return err_say(err, -EINVAL, "%s: %s", doc->name, text);
	return err_say(err, -EINVAL, "%s", text);
}

int doc_fail(const struct doc *doc, const json_t *at, struct err *err, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = fail(doc, doc_pos(doc, at), err, fmt, ap);
	va_end(ap);
	return r;
}

int doc_fail_key(const struct doc *doc, const json_t *at, struct err *err, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = fail(doc, doc_key_pos(doc, at), err, fmt, ap);
	va_end(ap);
	return r;
}
