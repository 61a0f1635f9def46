#include "audit/sign.h"

#include <sodium.h>
#include <string.h>

#include "base/encode.h"
#include "base/text.h"

static const char secret_prefix[] = "PRIVATE+KEY+";

struct signer {
	unsigned char key[crypto_sign_ed25519_SECRETKEYBYTES];
	struct vkey vkey;
};

_Static_assert(SIGN_SEED == crypto_sign_ed25519_SEEDBYTES, "the seed of an Ed25519 key");
_Static_assert(SIGN_BYTES == crypto_sign_ed25519_BYTES, "an Ed25519 signature");
_Static_assert(VKEY_BYTES == crypto_sign_ed25519_PUBLICKEYBYTES, "an Ed25519 public key");

void secret_done(struct buf *b)
{
	if (b->data)
		sodium_memzero(b->data, b->cap);
	buf_done(b);
}

int signer_new(
	const char *name, const unsigned char seed[SIGN_SEED], struct signer **ret, struct err *err)
{
	auto_signer struct signer *s = sodium_init() < 0 ? NULL : sodium_malloc(sizeof(*s));
	unsigned char public[VKEY_BYTES];
	int r;

	if (!s || crypto_sign_ed25519_seed_keypair(public, s->key, seed) != 0)
		return err_say(err, -EIO, "libsodium can't make an Ed25519 key");
	r = vkey_make(name, public, &s->vkey, err);
	if (r < 0)
		return r;
	*ret = steal_pointer(&s);
	return 0;
}

int signer_parse(const char *text, struct signer **ret, struct err *err)
{
	auto_secret struct buf blob = BUF_INIT;
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
	sodium_memzero(blob, sizeof(blob));
}

const struct vkey *signer_vkey(const struct signer *s)
{
	return &s->vkey;
}

void signer_free(struct signer *s)
{
	sodium_free(s);
}

int signer_add_note(
	const struct signer *s, const char *text, size_t len, struct buf *out, struct err *err)
{
	unsigned char sig[SIGN_BYTES];

	if (crypto_sign_ed25519_detached(sig, NULL, (const unsigned char *)text, len, s->key) != 0)
		return err_say(err, -EIO, "libsodium can't sign");
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

static bool holds(const struct note *note, const struct note_sig *sig, const struct vkey *vkey)
{
	return sig->len == SIGN_BYTES &&
	       crypto_sign_ed25519_verify_detached(note_sig_bytes(note, sig),
		       (const unsigned char *)note->text, note->text_len, vkey->key) == 0;
}

int note_verify(const struct note *note, const struct vkey *vkey, struct err *err)
{
	size_t good = 0;

	if (sodium_init() < 0)
		return err_say(err, -EIO, "libsodium does not start");
	for (size_t i = 0; i < note->n; i++) {
		if (!is_by(&note->sigs[i], vkey))
			continue;
		if (!holds(note, &note->sigs[i], vkey))
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
