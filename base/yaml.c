#include "base/doc.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/io.h"

struct loader {
	yaml_parser_t parser;
	struct doc *doc;
	struct err *err;
	const char *data;
	size_t len;
	size_t nodes;
};

static struct doc_pos mark(const yaml_mark_t *m)
{
	return (struct doc_pos){ (unsigned int)m->line + 1, (unsigned int)m->column + 1 };
}

/* libyaml decodes ahead of its marks, and says of bytes that it can't decode only how many came before. */
static struct doc_pos position(const char *data, size_t len)
{
	struct doc_pos p = { 1, 1 };

	for (size_t i = 0; i < len; i++) {
		bool lone = data[i] == '\r' && (i + 1 == len || data[i + 1] != '\n');

		if (data[i] == '\n' || lone)
			p = (struct doc_pos){ p.line + 1, 1 };
		else
			p.col += (data[i] & 0xc0) != 0x80;
	}
	return p;
}

static int refuse_at(struct loader *l, struct doc_pos p, const char *what)
{
	return err_say(l->err, -EINVAL, "%s:%u:%u: %s", doc_name(l->doc), p.line, p.col, what);
}

static int refuse(struct loader *l, const yaml_mark_t *at, const char *what)
{
	return refuse_at(l, mark(at), what);
}

static int next(struct loader *l, yaml_event_t *event)
{
	const yaml_parser_t *p = &l->parser;
	const char *problem;

	if (yaml_parser_parse(&l->parser, event))
		return 0;
	problem = p->problem ? p->problem : "not readable as YAML";
	if (p->error != YAML_READER_ERROR)
		return refuse(l, &p->problem_mark, problem);
	return refuse_at(l,
		position(l->data, p->problem_offset < l->len ? p->problem_offset : l->len),
		problem);
}

static const unsigned char *anchor_of(const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return e->data.scalar.anchor;
	case YAML_SEQUENCE_START_EVENT:
		return e->data.sequence_start.anchor;
	case YAML_MAPPING_START_EVENT:
		return e->data.mapping_start.anchor;
	default:
		return NULL;
	}
}

static const unsigned char *tag_of(const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return e->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return e->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return e->data.mapping_start.tag;
	default:
		return NULL;
	}
}

static int admit(struct loader *l, const yaml_event_t *e, int depth)
{
	if (e->type == YAML_ALIAS_EVENT)
		return refuse(l, &e->start_mark, "aliases are not allowed: write the value out");
	if (anchor_of(e))
		return refuse(l, &e->start_mark, "anchors are not allowed: write the value out");
	if (tag_of(e))
		return refuse(l, &e->start_mark, "tags are not allowed");
	if (depth > DOC_MAX_DEPTH)
		return refuse(l, &e->start_mark, "nested too deeply: expected at most 64 levels");
	if (++l->nodes > DOC_MAX_NODES)
		return refuse(l, &e->start_mark, "too many values: expected at most 1048576");
	return 0;
}

static bool is_null(const yaml_event_t *e)
{
	const char *s = (const char *)e->data.scalar.value;

	return e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (!*s || !strcmp(s, "~") || !strcmp(s, "null"));
}

static int load_node(
	struct loader *l, yaml_event_t *e, struct doc_pos key, int depth, json_t **ret);

static int load_scalar(struct loader *l, const yaml_event_t *e, json_t **ret)
{
	const char *s = (const char *)e->data.scalar.value;

	if (memchr(s, '\0', e->data.scalar.length))
		return refuse(l, &e->start_mark, "NUL in a value");
	*ret = json_stringn(s, e->data.scalar.length);
	return *ret ? 0 : refuse(l, &e->start_mark, "not valid UTF-8");
}

static int load_list(struct loader *l, int depth, json_t **ret)
{
	auto_json json_t *list = json_array();

	for (;;) {
		yaml_event_t e;
		json_t *item = NULL;
		int r = next(l, &e);

		if (r < 0)
			return r;
		if (e.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&e);
			*ret = steal_pointer(&list);
			return 0;
		}
		r = load_node(l, &e, mark(&e.start_mark), depth + 1, &item);
		yaml_event_delete(&e);
		if (r < 0)
			return r;
		json_push(list, item);
	}
}

static int load_key(struct loader *l, const yaml_event_t *e, const json_t *map)
{
	int r = admit(l, e, 0);

	if (r < 0)
		return r;
	if (e->type != YAML_SCALAR_EVENT)
		return refuse(l, &e->start_mark, "expected a plain word as key");
	if (memchr(e->data.scalar.value, '\0', e->data.scalar.length))
		return refuse(l, &e->start_mark, "NUL in a key");
	if (json_object_get(map, (const char *)e->data.scalar.value))
		return refuse(l, &e->start_mark, "this key is here twice");
	return 0;
}

static int load_member(struct loader *l, const yaml_event_t *key, int depth, json_t *map)
{
	json_t *value = NULL;
	yaml_event_t e;
	int r = next(l, &e);

	if (r < 0)
		return r;
	r = load_node(l, &e, mark(&key->start_mark), depth + 1, &value);
	yaml_event_delete(&e);
	if (r < 0)
		return r;
	if (json_object_set_new(map, (const char *)key->data.scalar.value, value) < 0)
		return refuse(l, &key->start_mark, "this key is not valid UTF-8");
	return 0;
}

static int load_map(struct loader *l, int depth, json_t **ret)
{
	auto_json json_t *map = json_object();

	for (;;) {
		yaml_event_t key;
		int r = next(l, &key);

		if (r < 0)
			return r;
		if (key.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&key);
			*ret = steal_pointer(&map);
			return 0;
		}
		r = load_key(l, &key, map);
		if (r == 0)
			r = load_member(l, &key, depth, map);
		yaml_event_delete(&key);
		if (r < 0)
			return r;
	}
}

/* Loads the node that event e begins; e stays the caller's. */
static int load_node(struct loader *l, yaml_event_t *e, struct doc_pos key, int depth, json_t **ret)
{
	struct doc_pos at = mark(&e->start_mark);
	bool null = e->type == YAML_SCALAR_EVENT && is_null(e);
	json_t *node = NULL;
	int r = admit(l, e, depth);

	if (r == 0 && e->type == YAML_SCALAR_EVENT)
		r = load_scalar(l, e, &node);
	else if (r == 0 && e->type == YAML_SEQUENCE_START_EVENT)
		r = load_list(l, depth, &node);
	else if (r == 0 && e->type == YAML_MAPPING_START_EVENT)
		r = load_map(l, depth, &node);
	else if (r == 0)
		r = refuse(l, &e->start_mark, "expected a value");
	if (r < 0)
		return r;
	doc_note(l->doc, node, at, key, null);
	*ret = node;
	return 0;
}

static int expect(struct loader *l, yaml_event_type_t type, const char *what)
{
	yaml_event_t e;
	int r = next(l, &e);

	if (r == 0 && e.type != type)
		r = refuse(l, &e.start_mark, what);
	if (r == 0 || l->parser.error == YAML_NO_ERROR)
		yaml_event_delete(&e);
	return r;
}

static int load_document(struct loader *l)
{
	json_t *root = NULL;
	yaml_event_t e;
	int r = expect(l, YAML_STREAM_START_EVENT, "expected a document");

	if (r == 0)
		r = expect(l, YAML_DOCUMENT_START_EVENT, "the file is empty");
	if (r == 0)
		r = next(l, &e);
	if (r < 0)
		return r;
	r = load_node(l, &e, mark(&e.start_mark), 0, &root);
	yaml_event_delete(&e);
	if (r < 0)
		return r;
	doc_set_root(l->doc, root);
	r = expect(l, YAML_DOCUMENT_END_EVENT, "expected the end of the document");
	return r < 0 ? r
		     : expect(l, YAML_STREAM_END_EVENT, "expected one document, found a second");
}

static bool begins_line(const char *data, size_t at)
{
	static const char *const breaks[] = { "\n", "\r", "\xc2\x85", "\xe2\x80\xa8",
		"\xe2\x80\xa9" };

	for (size_t i = 0; at && i < ARRAY_SIZE(breaks); i++) {
		size_t n = strlen(breaks[i]);

		if (n <= at && !memcmp(data + at - n, breaks[i], n))
			return true;
	}
	return !at;
}

/* libyaml compares every %TAG with all before it; nobody needs a directive. */
static int refuse_directives(struct loader *l)
{
	const char *p = l->data, *end = l->data + l->len;

	while (p < end && (p = memchr(p, '%', (size_t)(end - p)))) {
		size_t at = (size_t)(p++ - l->data);

		if (begins_line(l->data, at))
			return refuse_at(l, position(l->data, at),
				"a line can't begin with %: no directives");
	}
	return 0;
}

static int parse(struct loader *l)
{
	int r = refuse_directives(l);

	if (r < 0)
		return r;
	if (!yaml_parser_initialize(&l->parser))
		return err_say(
			l->err, -ENOMEM, "%s: the YAML parser can't start", doc_name(l->doc));
	yaml_parser_set_encoding(&l->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&l->parser, (const unsigned char *)l->data, l->len);
	r = load_document(l);
	yaml_parser_delete(&l->parser);
	return r;
}

int doc_parse(const char *data, size_t len, const char *name, struct doc **ret, struct err *err)
{
	auto_doc struct doc *doc = doc_new(name);
	bool marked = len >= 3 && !memcmp(data, "\xef\xbb\xbf", 3); /* a byte order mark */
	struct loader l = { .doc = doc, .err = err };
	int r;

	if (len > DOC_MAX_BYTES)
		return err_say(err, -EFBIG, "%s: larger than %d bytes", name, DOC_MAX_BYTES);
	l.data = marked ? data + 3 : data;
	l.len = marked ? len - 3 : len;
	r = parse(&l);
	if (r < 0)
		return r;
	*ret = steal_pointer(&doc);
	return 0;
}

int doc_load(int dirfd, const char *path, const char *name, struct doc **ret, struct err *err)
{
	auto_buf struct buf text = BUF_INIT;
	int r = file_read(dirfd, path, DOC_MAX_BYTES, &text, err);

	return r < 0 ? r : doc_parse(buf_str(&text), text.len, name, ret, err);
}
