/* fuzz_base64_json.c: base64, hexadecimal, JSON, and any bytes within JSON. */
#include <string.h>

#include "base/encode.h"
#include "base/json.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

/* One value has one spelling, so what is decoded encodes to the very input. */
static void check_base64(const char *s, size_t len)
{
	auto_buf struct buf plain = BUF_INIT, coded = BUF_INIT;

	if (base64_decode(s, len, &plain) < 0) {
		must(!plain.len);
		return;
	}
	base64_add(&coded, buf_str(&plain), plain.len);
	must(coded.len == len && !memcmp(buf_str(&coded), s, len));
}

static void check_hex(const char *s)
{
	auto_free unsigned char *plain = xcalloc(strlen(s) / 2, 1);
	auto_free char *coded = xcalloc(strlen(s) + 2, 1);

	if (hex_decode(s, plain, strlen(s) / 2) < 0)
		return;
	hex_encode(plain, strlen(s) / 2, coded);
	must(!strcasecmp(coded, s));
}

static void check_json(const char *s, size_t len)
{
	auto_json json_t *json = NULL, *again = NULL;
	auto_free char *first = NULL, *second = NULL;
	struct err err = { "" };

	if (json_parse(s, len, "j", &json, &err) < 0) {
		must(!json && text_starts(err.text, "j:"));
		return;
	}
	first = json_canonical(json);
	must(json_parse(first, strlen(first), "j", &again, &err) == 0 && json_equal(json, again));
	second = json_canonical(again);
	must(!strcmp(first, second));
}

static void check_bytes(const char *s, size_t len)
{
	auto_json json_t *json = json_bytes(s, len), *back = NULL;
	auto_free char *text = json_canonical(json);
	auto_buf struct buf out = BUF_INIT;

	must(json_parse(text, strlen(text), "j", &back, NULL) == 0);
	must(json_get_bytes(back, &out) == 0);
	must(out.len == len && !memcmp(buf_str(&out), s, len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *s = xcalloc(size + 1, 1);

	if (size)
		memcpy(s, data, size);
	check_base64(s, size);
	check_hex(s);
	check_json(s, size);
	check_bytes(s, size);
	return 0;
}
