#include "audit/sign.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/encode.h"
#include "base/text.h"

static const char secret_prefix[] = "PRIVATE+KEY+";

struct signer {
	EVP_PKEY *key;
	struct vkey vkey;
};

DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)
DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free)

/*
 * Without this, libcrypto begins by reading the system's configuration, which could only do harm
 * here, and by listing every cipher and digest that it has, which takes longer than anything that
 * we want of it.
 */
static void start(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
				    OPENSSL_INIT_NO_ADD_ALL_DIGESTS,
		NULL);
}

int signer_new(
	const char *name, const unsigned char seed[SIGN_SEED], struct signer **ret, struct err *err)
{
	CLEANUP(cleanup_EVP_PKEY_free) EVP_PKEY *key = NULL;
	auto_signer struct signer *s = xcalloc(1, sizeof(*s));
	unsigned char public[VKEY_BYTES];
	size_t len = sizeof(public);
	int r;

	start();
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, SIGN_SEED);
	if (!key || EVP_PKEY_get_raw_public_key(key, public, &len) != 1 || len != sizeof(public))
		return err_say(err, -EIO, "libcrypto can't make an Ed25519 key");
	r = vkey_make(name, public, &s->vkey, err);
	if (r < 0)
		return r;
	s->key = steal_pointer(&key);
	*ret = steal_pointer(&s);
	return 0;
}

static void wipe(struct buf *b)
{
	if (b->data)
		OPENSSL_cleanse(b->data, b->cap);
	buf_done(b);
}

int signer_parse(const char *text, struct signer **ret, struct err *err)
{
	CLEANUP(wipe) struct buf blob = BUF_INIT;
	auto_signer struct signer *s = NULL;
	auto_free char *name = NULL;
	uint32_t id;
	size_t len;
	int r;

	if (!text_starts(text, secret_prefix))
		return err_say(err, -EINVAL, "not a private key of a log");
	text += strlen(secret_prefix);
	if (vkey_split(text, &len, &id, &blob) < 0 || blob.data[0] != VKEY_ED25519)
		return err_say(err, -EINVAL, "a malformed private key, or not an Ed25519 one");
	name = xstrndup(text, len);
	r = signer_new(name, (const unsigned char *)blob.data + 1, &s, err);
	if (r < 0)
		return r;
	if (s->vkey.id != id)
		return err_say(err, -EINVAL, "private key of '%s': its key id is wrong", name);
	*ret = steal_pointer(&s);
	return 0;
}

void signer_add_secret(struct buf *out, const char *name, const unsigned char seed[SIGN_SEED],
	const struct vkey *vkey)
{
	unsigned char blob[1 + SIGN_SEED] = { VKEY_ED25519 };

	memcpy(blob + 1, seed, SIGN_SEED);
	/* As in vkey_split: grown once, so that no copy stays behind. */
	buf_reserve(out, strlen(name) + 128);
	buf_addf(out, "%s%s+%08x+", secret_prefix, name, vkey->id);
	base64_add(out, blob, sizeof(blob));
	OPENSSL_cleanse(blob, sizeof(blob));
}

const struct vkey *signer_vkey(const struct signer *s)
{
	return &s->vkey;
}

void signer_free(struct signer *s)
{
	if (!s)
		return;
	EVP_PKEY_free(s->key);
	free(s);
}

int signer_add_note(
	const struct signer *s, const char *text, size_t len, struct buf *out, struct err *err)
{
	CLEANUP(cleanup_EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[SIGN_BYTES];
	size_t sig_len = sizeof(sig);

	if (!ctx || EVP_DigestSignInit(ctx, NULL, NULL, NULL, s->key) != 1 ||
		EVP_DigestSign(ctx, sig, &sig_len, (const unsigned char *)text, len) != 1 ||
		sig_len != sizeof(sig))
		return err_say(err, -EIO, "libcrypto can't sign");
	buf_add(out, text, len);
	buf_addc(out, '\n');
	note_add_sig(out, s->vkey.name, s->vkey.id, sig, sizeof(sig));
	return 0;
}

static bool is_by(const struct note_sig *sig, const struct vkey *vkey)
{
	return sig->id == vkey->id && sig->name_len == strlen(vkey->name) &&
	       !memcmp(sig->name, vkey->name, sig->name_len);
}

static bool holds(const struct note *note, const struct note_sig *sig, EVP_PKEY *key)
{
	CLEANUP(cleanup_EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	return ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
	       EVP_DigestVerify(ctx, note_sig_bytes(note, sig), sig->len,
		       (const unsigned char *)note->text, note->text_len) == 1;
}

int note_verify(const struct note *note, const struct vkey *vkey, struct err *err)
{
	CLEANUP(cleanup_EVP_PKEY_free) EVP_PKEY *key = NULL;
	size_t good = 0;

	start();
	key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, vkey->key, VKEY_BYTES);
	if (!key)
		return err_say(err, -EINVAL, "the public key of '%s' is not one", vkey->name);
	for (size_t i = 0; i < note->n; i++) {
		if (!is_by(&note->sigs[i], vkey))
			continue;
		if (!holds(note, &note->sigs[i], key))
			return err_say(
				err, -EKEYREJECTED, "the signature of '%s' is wrong", vkey->name);
		good++;
	}
	return good ? 0 : err_say(err, -ENOKEY, "there is no signature of '%s'", vkey->name);
}

int checkpoint_sign(
	const struct checkpoint *c, const struct signer *s, struct buf *out, struct err *err)
{
	auto_buf struct buf text = BUF_INIT;

	checkpoint_add(&text, c);
	return signer_add_note(s, text.data, text.len, out, err);
}

int checkpoint_open(const char *data, size_t len, const struct vkey *vkey, struct checkpoint *ret,
	struct err *err)
{
	auto_note struct note note = { .text = NULL };
	struct checkpoint c;
	int r = note_parse(data, len, &note, err);

	if (r == 0)
		r = note_verify(&note, vkey, err);
	if (r == 0)
		r = checkpoint_parse(note.text, note.text_len, &c, err);
	if (r < 0)
		return r;
	if (strcmp(c.origin, vkey->name) != 0)
		return err_say(err, -EINVAL, "it is a checkpoint of '%s', not of '%s'", c.origin,
			vkey->name);
	*ret = c;
	return 0;
}
