#include "base/bind.h"

#include <string.h>

static const void *member(const void *base, const struct bind_field *f)
{
	return (const char *)base + f->at;
}

static json_t *encode_str(const struct bind_field *f, const void *p)
{
	const char *s = *(char *const *)p;

	(void)f;
	return s ? json_bytes(s, strlen(s)) : json_null();
}

static json_t *encode_strs(const struct bind_field *f, const void *p)
{
	const struct strs *s = p;
	json_t *list = json_array();

	(void)f;
	for (size_t i = 0; i < s->n; i++)
		json_push(list, json_bytes(s->v[i], strlen(s->v[i])));
	return list;
}

static json_t *encode_bool(const struct bind_field *f, const void *p)
{
	(void)f;
	return json_boolean(*(const bool *)p);
}

static json_t *encode_number(const struct bind_field *f, const void *p)
{
	(void)f;
	return json_integer((json_int_t) * (const uint64_t *)p);
}

static json_t *encode_enum(const struct bind_field *f, const void *p)
{
	return json_string(f->names[*(const unsigned int *)p]);
}

static json_t *encode_struct(const struct bind_field *f, const void *p)
{
	return bind_encode(f->sub, p);
}

static json_t *encode_list(const struct bind_field *f, const void *p)
{
	const struct list *l = p;
	json_t *list = json_array();

	for (size_t i = 0; i < l->n; i++)
		json_push(list, bind_encode(f->sub, (const char *)l->v + i * f->sub->size));
	return list;
}

/* A map to plain text has a table of two fields: the key and the text. */
static bool is_plain_map(const struct bind_field *f)
{
	return f->sub->n == 2 && f->sub->fields[1].type == BIND_STR;
}

static json_t *encode_entry(const struct bind_field *f, const void *item)
{
	json_t *value;

	if (is_plain_map(f))
		return encode_str(&f->sub->fields[1], member(item, &f->sub->fields[1]));
	value = bind_encode(f->sub, item);
	json_object_del(value, f->sub->fields[0].key);
	return value;
}

static json_t *encode_map(const struct bind_field *f, const void *p)
{
	const struct list *l = p;
	json_t *map = json_object();

	for (size_t i = 0; i < l->n; i++) {
		const void *item = (const char *)l->v + i * f->sub->size;
		const char *key = *(char *const *)member(item, f->sub->fields);
		json_put(map, key, encode_entry(f, item));
	}
	return map;
}

static json_t *encode_custom(const struct bind_field *f, const void *p)
{
	return f->custom->encode ? f->custom->encode(p) : NULL;
}

static json_t *(*const encoders[])(const struct bind_field *f, const void *p) = {
	[BIND_STR] = encode_str,
	[BIND_STRS] = encode_strs,
	[BIND_BOOL] = encode_bool,
	[BIND_INT] = encode_number,
	[BIND_SIZE] = encode_number,
	[BIND_DURATION] = encode_number,
	[BIND_ENUM] = encode_enum,
	[BIND_STRUCT] = encode_struct,
	[BIND_LIST] = encode_list,
	[BIND_MAP] = encode_map,
	[BIND_CUSTOM] = encode_custom,
};

json_t *bind_encode(const struct bind_table *t, const void *src)
{
	json_t *object = json_object();

	for (size_t i = 0; i < t->n; i++) {
		const struct bind_field *f = &t->fields[i];
		json_t *value = encoders[f->type](f, member(src, f));

		if (value)
			json_put(object, f->key, value);
	}
	return object;
}

static json_t *schema_names(const char *const *names)
{
	json_t *list = json_array();

	for (size_t i = 0; names[i]; i++)
		json_push(list, json_string(names[i]));
	return list;
}

static json_t *schema_text(const struct bind_field *f)
{
	return f->names ? json_pack("{s:s, s:o}", "type", "string", "enum", schema_names(f->names))
			: json_pack("{s:s}", "type", "string");
}

static json_t *schema_strs(const struct bind_field *f)
{
	json_t *list = json_pack(
		"{s:[s,s], s:o}", "type", "array", "null", "items", schema_text(f));

	if (!(f->flags & BIND_ONE_OR_MANY))
		return list;
	return json_pack("{s:[o,o]}", "anyOf", schema_text(f), list);
}

static json_t *schema_bool(const struct bind_field *f)
{
	(void)f;
	return json_pack("{s:s}", "type", "boolean");
}

static json_t *schema_int(const struct bind_field *f)
{
	json_t *s = json_pack("{s:s, s:I}", "type", "integer", "minimum", (json_int_t)f->min);

	if (f->max)
		json_put_int(s, "maximum", f->max);
	return s;
}

static json_t *schema_size(const struct bind_field *f)
{
	(void)f;
	return json_pack("{s:[{s:s, s:s}, {s:s, s:i}]}", "anyOf", "type", "string", "pattern",
		"^(0|[1-9][0-9]*)[kmgtKMGT]?$", "type", "integer", "minimum", 0);
}

static json_t *schema_duration(const struct bind_field *f)
{
	(void)f;
	return json_pack(
		"{s:s, s:s}", "type", "string", "pattern", "^(0|[1-9][0-9]*)(ms|s|m|h|d)$");
}

static json_t *schema_fields(const struct bind_table *t, size_t first);

static json_t *schema_struct(const struct bind_field *f)
{
	return schema_fields(f->sub, 0);
}

static json_t *schema_list(const struct bind_field *f)
{
	return json_pack(
		"{s:[s,s], s:o}", "type", "array", "null", "items", schema_fields(f->sub, 0));
}

static json_t *schema_map(const struct bind_field *f)
{
	json_t *value = is_plain_map(f) ? schema_text(&f->sub->fields[1])
					: schema_fields(f->sub, 1);

	return json_pack("{s:[s,s], s:o}", "type", "object", "null", "additionalProperties", value);
}

static json_t *schema_custom(const struct bind_field *f)
{
	return f->custom->schema();
}

static json_t *(*const schemas[])(const struct bind_field *f) = {
	[BIND_STR] = schema_text,
	[BIND_STRS] = schema_strs,
	[BIND_BOOL] = schema_bool,
	[BIND_INT] = schema_int,
	[BIND_SIZE] = schema_size,
	[BIND_DURATION] = schema_duration,
	[BIND_ENUM] = schema_text,
	[BIND_STRUCT] = schema_struct,
	[BIND_LIST] = schema_list,
	[BIND_MAP] = schema_map,
	[BIND_CUSTOM] = schema_custom,
};

static json_t *schema_fields(const struct bind_table *t, size_t first)
{
	json_t *properties = json_object(), *required = json_array();

	for (size_t i = first; i < t->n; i++) {
		const struct bind_field *f = &t->fields[i];
		json_t *field = schemas[f->type](f);

		if (f->help)
			json_put_str(field, "description", f->help);
		json_put(properties, f->key, field);
		if (f->flags & BIND_REQUIRED)
			json_push(required, json_string(f->key));
	}
	return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties,
		"required", required, "additionalProperties", 0);
}

json_t *bind_schema(const struct bind_table *t)
{
	json_t *schema = schema_fields(t, 0);

	json_put_str(schema, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_put_str(schema, "title", t->what);
	if (t->help)
		json_put_str(schema, "description", t->help);
	return schema;
}
