#include "audit/vkey.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/note.h"
#include "base/encode.h"
#include "base/io.h"

enum { VKEY_MAX_FILE = 4096, ID_HEX = 2 * NOTE_KEY_ID };

/* SHA-256(name || newline || type || key), its first four bytes. */
static uint32_t key_id(const char *name, const unsigned char key[VKEY_BYTES])
{
	static const unsigned char middle[] = { '\n', VKEY_ED25519 };
	unsigned char digest[SHA256_LEN];
	struct sha256 h;

	sha256_init(&h);
	sha256_add(&h, name, strlen(name));
	sha256_add(&h, middle, sizeof(middle));
	sha256_add(&h, key, VKEY_BYTES);
	sha256_end(&h, digest);
	return (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 | (uint32_t)digest[2] << 8 |
	       digest[3];
}

int vkey_make(
	const char *name, const unsigned char key[VKEY_BYTES], struct vkey *ret, struct err *err)
{
	struct vkey v = { .id = 0 };

	if (!note_is_name(name, strlen(name)))
		return err_say(err, -EINVAL,
			"'%s' can't name a log: expected text without blanks, '+' and control characters",
			name);
	if (strlen(name) > VKEY_MAX_NAME)
		return err_say(
			err, -EINVAL, "a log's name is at most %d bytes long", VKEY_MAX_NAME);
	memcpy(v.name, name, strlen(name));
	memcpy(v.key, key, VKEY_BYTES);
	v.id = key_id(name, key);
	*ret = v;
	return 0;
}

void vkey_add(struct buf *out, const struct vkey *vkey)
{
	unsigned char blob[1 + VKEY_BYTES] = { VKEY_ED25519 };

	memcpy(blob + 1, vkey->key, VKEY_BYTES);
	buf_addf(out, "%s+%08" PRIx32 "+", vkey->name, vkey->id);
	base64_add(out, blob, sizeof(blob));
}

int vkey_split(const char *text, size_t *ret_name, uint32_t *ret_id, struct buf *blob)
{
	size_t name = strcspn(text, "+"), len;
	const char *hex = text + name + 1, *base64 = hex + ID_HEX + 1;
	unsigned char id[NOTE_KEY_ID];
	char digits[ID_HEX + 1] = "";

	if (strlen(text) < name + ID_HEX + 2 || base64[-1] != '+')
		return -EINVAL;
	memcpy(digits, hex, ID_HEX);
	len = strcspn(base64, "\n");
	if (hex_decode(digits, id, sizeof(id)) < 0 || (base64[len] && base64[len + 1]))
		return -EINVAL;
	/* Room for all of it at once, so that no copy of a secret stays behind in freed memory. */
	buf_reserve(blob, len + 1);
	if (base64_decode(base64, len, blob) < 0 || blob->len != 1 + VKEY_BYTES)
		return -EINVAL;
	*ret_name = name;
	*ret_id = (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
	return 0;
}

int vkey_parse(const char *text, struct vkey *ret, struct err *err)
{
	auto_buf struct buf blob = BUF_INIT;
	auto_free char *name = NULL;
	struct vkey v;
	uint32_t id;
	size_t len;
	int r;

	if (vkey_split(text, &len, &id, &blob) < 0)
		return err_say(
			err, -EINVAL, "not a public key: expected NAME+HEX+BASE64 in one line");
	if (blob.data[0] != VKEY_ED25519)
		return err_say(err, -EINVAL,
			"key type %d is not one that remit knows: expected Ed25519",
			(unsigned char)blob.data[0]);
	name = xstrndup(text, len);
	r = vkey_make(name, (const unsigned char *)blob.data + 1, &v, err);
	if (r < 0)
		return r;
	if (v.id != id)
		return err_say(err, -EINVAL, "public key of '%s': its key id is wrong", name);
	*ret = v;
	return 0;
}

int vkey_read(const char *path, struct vkey *ret, struct err *err)
{
	auto_buf struct buf text = BUF_INIT;
	int r = file_read(AT_FDCWD, path, VKEY_MAX_FILE, &text, err);

	if (r < 0)
		return r;
	if (memchr(buf_str(&text), '\0', text.len))
		return err_say(err, -EINVAL, "'%s': not a public key", path);
	r = vkey_parse(buf_str(&text), ret, err);
	return r < 0 ? err_prefix(err, r, "'%s'", path) : 0;
}
