#include "base/bind.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

struct reader {
	const struct doc *doc;
	const struct bind_field *field;
	const json_t *value;
	struct err *err;
};

static void *member(void *base, const struct bind_field *f)
{
	return (char *)base + f->at;
}

static const char *kind(const struct reader *r)
{
	if (doc_is_null(r->doc, r->value))
		return "nothing";
	switch (json_typeof(r->value)) {
	case JSON_OBJECT:
		return "a map";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "text";
	default:
		return "a number or truth value";
	}
}

static int expected(const struct reader *r, const char *what)
{
	return doc_fail(r->doc, r->value, r->err, "'%s': expected %s, found %s", r->field->key,
		what, kind(r));
}

/* Turns the sentence of an inner parser into one with a place. */
static int misread(const struct reader *r, const struct err *inner)
{
	return doc_fail(r->doc, r->value, r->err, "'%s': %s", r->field->key, inner->text);
}

static int check(const struct reader *r, const char *s)
{
	struct err inner = { "" };

	if (!r->field->check || r->field->check(s, &inner) == 0)
		return 0;
	return misread(r, &inner);
}

/* JSON of our own (no document) may hold any bytes but NUL; people write text. */
static int get_text(const struct reader *r, struct buf *out)
{
	if (doc_is_null(r->doc, r->value))
		return -EINVAL;
	if (!r->doc)
		return json_get_bytes(r->value, out) < 0 || memchr(buf_str(out), '\0', out->len)
			       ? -EINVAL
			       : 0;
	if (!json_is_string(r->value))
		return -EINVAL;
	buf_adds(out, json_string_value(r->value));
	return 0;
}

static int decode_str(const struct reader *r, void *p)
{
	auto_buf struct buf text = BUF_INIT;
	char **slot = p;
	int e;

	if (!r->doc && json_is_null(r->value))
		return 0;
	if (get_text(r, &text) < 0)
		return expected(r, "text");
	e = check(r, buf_str(&text));
	if (e < 0)
		return e;
	free(*slot);
	*slot = buf_steal(&text);
	return 0;
}

static int decode_bool(const struct reader *r, void *p)
{
	const char *s = json_string_value(r->value);
	bool *slot = p;

	if (json_is_boolean(r->value))
		*slot = json_is_true(r->value);
	else if (s && (!strcmp(s, "true") || !strcmp(s, "false")))
		*slot = *s == 't';
	else
		return expected(r, "true or false");
	return 0;
}

static int read_number(const struct bind_field *f, const char *s, uint64_t *ret, struct err *err)
{
	if (f->type == BIND_SIZE)
		return text_size(s, ret, err);
	if (f->type == BIND_DURATION)
		return text_duration(s, ret, err);
	return text_uint(s, 0, UINT64_MAX, ret, err);
}

static void add_number(const struct bind_field *f, uint64_t n, struct buf *out)
{
	if (f->type == BIND_SIZE)
		text_add_size(out, n);
	else if (f->type == BIND_DURATION)
		text_add_duration(out, n);
	else
		buf_addf(out, "%" PRIu64, n);
}

/* Where a field has no bound of its own, what JSON can carry is one. */
static int check_bounds(const struct reader *r, uint64_t n)
{
	const struct bind_field *f = r->field;
	uint64_t max = f->max ? f->max : INT64_MAX;
	auto_buf struct buf low = BUF_INIT, high = BUF_INIT;

	if (n >= f->min && n <= max)
		return 0;
	add_number(f, f->min, &low);
	add_number(f, max, &high);
	if (!f->max && n < f->min)
		return doc_fail(r->doc, r->value, r->err, "'%s' is too small: expected at least %s",
			f->key, buf_str(&low));
	return doc_fail(r->doc, r->value, r->err, "'%s' is out of range: expected %s to %s", f->key,
		buf_str(&low), buf_str(&high));
}

/* A plan, which is JSON of our own, carries numbers as numbers; people write text. */
static int decode_number(const struct reader *r, void *p)
{
	const char *s = json_string_value(r->value);
	struct err inner = { "" };
	uint64_t n;
	int e;

	if (json_is_integer(r->value) && json_integer_value(r->value) >= 0)
		n = (uint64_t)json_integer_value(r->value);
	else if (!s || doc_is_null(r->doc, r->value))
		return expected(r, "a number");
	else if (read_number(r->field, s, &n, &inner) < 0)
		return misread(r, &inner);
	e = check_bounds(r, n);
	if (e == 0)
		*(uint64_t *)p = n;
	return e;
}

static void add_names(struct buf *out, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		buf_addf(out, "%s%s", i ? (names[i + 1] ? ", " : " or ") : "", names[i]);
}

static bool find_name(const char *const *names, const char *s, unsigned int *ret)
{
	for (unsigned int i = 0; s && names[i]; i++)
		if (!strcmp(names[i], s)) {
			*ret = i;
			return true;
		}
	return false;
}

static int decode_enum(const struct reader *r, void *p)
{
	auto_buf struct buf names = BUF_INIT;
	const char *s = json_string_value(r->value);

	if (find_name(r->field->names, s, p))
		return 0;
	add_names(&names, r->field->names);
	if (!s || doc_is_null(r->doc, r->value))
		return expected(r, buf_str(&names));
	return doc_fail(r->doc, r->value, r->err, "'%s': expected %s, found '%s'", r->field->key,
		buf_str(&names), s);
}

static int add_one(const struct reader *r, struct strs *out)
{
	auto_buf struct buf text = BUF_INIT, names = BUF_INIT;
	unsigned int which;
	int e;

	if (get_text(r, &text) < 0)
		return expected(r, "text");
	if (r->field->names && !find_name(r->field->names, buf_str(&text), &which)) {
		add_names(&names, r->field->names);
		return doc_fail(r->doc, r->value, r->err, "'%s': expected %s, found '%s'",
			r->field->key, buf_str(&names), buf_str(&text));
	}
	e = check(r, buf_str(&text));
	if (e == 0)
		strs_add(out, buf_str(&text));
	return e;
}

static int decode_strs(const struct reader *r, void *p)
{
	size_t i;
	json_t *item;

	if (doc_is_null(r->doc, r->value))
		return 0;
	if (r->field->flags & BIND_ONE_OR_MANY && json_is_string(r->value))
		return add_one(r, p);
	if (!json_is_array(r->value))
		return expected(r, "a list of texts");
	json_array_foreach (r->value, i, item) {
		struct reader one = { r->doc, r->field, item, r->err };
		int e = add_one(&one, p);

		if (e < 0)
			return e;
	}
	return 0;
}

static void list_reserve(struct list *l, const struct bind_table *t, size_t more)
{
	if (more)
		l->v = xrealloc(l->v, l->n + more, t->size);
}

/* Into room that was reserved. */
static void *list_add(struct list *l, const struct bind_table *t)
{
	void *item = (char *)l->v + l->n++ * t->size;

	bind_init(t, item);
	return item;
}

static int decode_list(const struct reader *r, void *p)
{
	size_t i;
	json_t *item;

	if (doc_is_null(r->doc, r->value))
		return 0;
	if (!json_is_array(r->value))
		return expected(r, "a list");
	list_reserve(p, r->field->sub, json_array_size(r->value));
	json_array_foreach (r->value, i, item) {
		int e = bind_decode(
			r->field->sub, r->doc, item, list_add(p, r->field->sub), r->err);

		if (e < 0)
			return e;
	}
	return 0;
}

/* Where each key that is there already stands: a search for each would be quadratic. */
static json_t *map_index(const struct list *l, const struct bind_table *t)
{
	json_t *index = json_object();

	for (size_t i = 0; i < l->n; i++)
		json_put_int(index, *(char **)member((char *)l->v + i * t->size, t->fields), i);
	return index;
}

static void *map_entry(
	struct list *l, const struct bind_table *t, const json_t *index, const char *key)
{
	const json_t *at = json_object_get(index, key);
	void *item;

	if (at) {
		item = (char *)l->v + (size_t)json_integer_value(at) * t->size;
		bind_done(t, item);
		bind_init(t, item);
	} else {
		item = list_add(l, t);
	}
	*(char **)member(item, t->fields) = xstrdup(key);
	return item;
}

static int decode_fields(const struct bind_table *t, size_t first, const struct doc *doc,
	const json_t *value, void *dst, struct err *err);

/* A map to plain text has a table of two fields: the key and the text. */
static bool is_plain(const struct bind_table *t)
{
	return t->n == 2 && t->fields[1].type == BIND_STR;
}

/* In JSON of our own an object in such a map is text of any bytes. */
static int decode_entry(const struct reader *r, const char *key, const json_t *value, void *item)
{
	const struct bind_table *t = r->field->sub;
	struct reader plain = { r->doc, &t->fields[1], value, r->err };
	struct err inner = { "" };

	if (r->field->check && r->field->check(key, &inner) < 0)
		return doc_fail_key(r->doc, value, r->err, "'%s': %s", r->field->key, inner.text);
	if (!is_plain(t) || (r->doc && json_is_object(value)))
		return decode_fields(t, 1, r->doc, value, item, r->err);
	if (json_is_null(value))
		return expected(&plain, "text");
	return decode_str(&plain, member(item, &t->fields[1]));
}

static int decode_map(const struct reader *r, void *p)
{
	auto_json json_t *index = map_index(p, r->field->sub);
	const char *key;
	json_t *value;

	if (doc_is_null(r->doc, r->value))
		return 0;
	if (!json_is_object(r->value))
		return expected(r, "a map");
	list_reserve(p, r->field->sub, json_object_size(r->value));
	json_object_foreach ((json_t *)r->value, key, value) {
		int e = decode_entry(r, key, value, map_entry(p, r->field->sub, index, key));

		if (e < 0)
			return e;
	}
	return 0;
}

static int decode_struct(const struct reader *r, void *p)
{
	return bind_decode(r->field->sub, r->doc, r->value, p, r->err);
}

static int decode_custom(const struct reader *r, void *p)
{
	return r->field->custom->decode(r->doc, r->value, p, r->err);
}

static int (*const decoders[])(const struct reader *r, void *p) = {
	[BIND_STR] = decode_str,
	[BIND_STRS] = decode_strs,
	[BIND_BOOL] = decode_bool,
	[BIND_INT] = decode_number,
	[BIND_SIZE] = decode_number,
	[BIND_DURATION] = decode_number,
	[BIND_ENUM] = decode_enum,
	[BIND_STRUCT] = decode_struct,
	[BIND_LIST] = decode_list,
	[BIND_MAP] = decode_map,
	[BIND_CUSTOM] = decode_custom,
};

static int unknown_key(const struct bind_table *t, size_t first, const struct doc *doc,
	const char *key, const json_t *value, struct err *err)
{
	auto_free const char **names = xcalloc(t->n + 1, sizeof(*names));
	auto_buf struct buf all = BUF_INIT;
	const char *near;

	for (size_t i = first; i < t->n; i++)
		names[i - first] = t->fields[i].key;
	near = text_nearest(key, names, t->n - first);
	if (near)
		return doc_fail_key(doc, value, err, "unknown key '%s' in %s: did you mean '%s'?",
			key, t->what, near);
	add_names(&all, names);
	return doc_fail_key(doc, value, err, "unknown key '%s' in %s: expected %s", key, t->what,
		buf_str(&all));
}

static const struct bind_field *find_field(
	const struct bind_table *t, size_t first, const char *key)
{
	for (size_t i = first; i < t->n; i++)
		if (!strcmp(t->fields[i].key, key))
			return &t->fields[i];
	return NULL;
}

static int check_required(const struct bind_table *t, size_t first, const struct doc *doc,
	const json_t *value, struct err *err)
{
	for (size_t i = first; i < t->n; i++) {
		const json_t *item = json_object_get(value, t->fields[i].key);

		if (t->fields[i].flags & BIND_REQUIRED && (!item || doc_is_null(doc, item)))
			return doc_fail(
				doc, value, err, "%s: '%s' is missing", t->what, t->fields[i].key);
	}
	return 0;
}

static int decode_fields(const struct bind_table *t, size_t first, const struct doc *doc,
	const json_t *value, void *dst, struct err *err)
{
	const char *key;
	json_t *item;

	if (!json_is_object(value) && !(first && doc_is_null(doc, value)))
		return doc_fail(doc, value, err, "expected a map: %s", t->what);
	json_object_foreach ((json_t *)value, key, item) {
		const struct bind_field *f = find_field(t, first, key);
		struct reader r = { doc, f, item, err };
		int e;

		if (!f)
			return unknown_key(t, first, doc, key, item, err);
		e = decoders[f->type](&r, member(dst, f));
		if (e < 0)
			return e;
	}
	return check_required(t, first, doc, value, err);
}

int bind_decode(const struct bind_table *t, const struct doc *doc, const json_t *value, void *dst,
	struct err *err)
{
	return decode_fields(t, 0, doc, value, dst, err);
}

void bind_init(const struct bind_table *t, void *dst)
{
	memset(dst, 0, t->size);
	for (size_t i = 0; i < t->n; i++) {
		const struct bind_field *f = &t->fields[i];
		void *p = member(dst, f);

		if (f->type == BIND_BOOL)
			*(bool *)p = f->preset != 0;
		else if (f->type == BIND_ENUM)
			*(unsigned int *)p = (unsigned int)f->preset;
		else if (f->type == BIND_INT || f->type == BIND_SIZE || f->type == BIND_DURATION)
			*(uint64_t *)p = f->preset;
		else if (f->type == BIND_STRUCT)
			bind_init(f->sub, p);
	}
}

static void list_done(const struct bind_table *t, struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		bind_done(t, (char *)l->v + i * t->size);
	free(l->v);
	*l = (struct list){ 0 };
}

void bind_done(const struct bind_table *t, void *dst)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct bind_field *f = &t->fields[i];
		void *p = member(dst, f);

		if (f->type == BIND_STR) {
			free(*(char **)p);
			*(char **)p = NULL;
		} else if (f->type == BIND_STRS) {
			strs_done(p);
		} else if (f->type == BIND_STRUCT) {
			bind_done(f->sub, p);
		} else if (f->type == BIND_LIST || f->type == BIND_MAP) {
			list_done(f->sub, p);
		} else if (f->type == BIND_CUSTOM && f->custom->done) {
			f->custom->done(p);
		}
	}
}
