#include "base/json.h"

#include <string.h>

#include "base/encode.h"
#include "base/text.h"

int json_parse(const char *data, size_t len, const char *name, json_t **ret, struct err *err)
{
	json_error_t at;
	json_t *json = json_loadb(data, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &at);

	if (!json)
		return err_say(err, -EINVAL, "%s:%d:%d: %s", name, at.line, at.column, at.text);
	*ret = json;
	return 0;
}

char *json_canonical(const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

	if (!text)
		abort();
	return text;
}

json_t *json_bytes(const char *data, size_t len)
{
	auto_buf struct buf b = BUF_INIT;

	if (!memchr(data, '\0', len) && text_is_utf8(data, len))
		return json_stringn_nocheck(data, len);
	base64_add(&b, data, len);
	return json_pack("{s:s}", "base64", buf_str(&b));
}

int json_get_bytes(const json_t *json, struct buf *out)
{
	const json_t *b = json_object_get(json, "base64");

	if (json_is_string(json)) {
		buf_add(out, json_string_value(json), json_string_length(json));
		return 0;
	}
	if (!json_is_string(b) || json_object_size(json) != 1)
		return -EINVAL;
	return base64_decode(json_string_value(b), json_string_length(b), out);
}

void json_put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(object, key, value) < 0)
		abort();
}

void json_put_str(json_t *object, const char *key, const char *s)
{
	json_put(object, key, s ? json_bytes(s, strlen(s)) : json_null());
}

void json_put_int(json_t *object, const char *key, uint64_t n)
{
	json_put(object, key, json_integer((json_int_t)n));
}

void json_push(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) < 0)
		abort();
}

int json_get_str(const json_t *object, const char *key, const char **ret, struct err *err)
{
	const char *s = json_string_value(json_object_get(object, key));

	if (!s)
		return err_say(err, -EINVAL, "'%s' is missing or not a string", key);
	*ret = s;
	return 0;
}

int json_get_int(const json_t *object, const char *key, uint64_t *ret, struct err *err)
{
	const json_t *n = json_object_get(object, key);

	if (!json_is_integer(n) || json_integer_value(n) < 0)
		return err_say(err, -EINVAL, "'%s' is missing or not a whole number", key);
	*ret = (uint64_t)json_integer_value(n);
	return 0;
}
