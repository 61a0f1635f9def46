/* sign.h: Ed25519 over notes. The only file that touches a private key is sign.c. */
#ifndef REMIT_SIGN_H
#define REMIT_SIGN_H

#include "audit/checkpoint.h"
#include "audit/note.h"
#include "audit/vkey.h"

enum { SIGN_SEED = 32, SIGN_BYTES = 64 };

/* Wipes a buffer that held a private key before its memory is given back. Grow it once: what is left behind is not wiped. */
void secret_done(struct buf *b);
#define auto_secret CLEANUP(secret_done)

/* Its memory is locked, left out of core dumps and of swap, and wiped at the end. */
struct signer;

/* The key of a log from its 32 secret bytes, which stay the caller's to wipe. */
int signer_new(const char *name, const unsigned char seed[SIGN_SEED], struct signer **ret,
	struct err *err) MUST_USE;

/* From "PRIVATE+KEY+NAME+HEX+BASE64", one line, as Go's note package writes it. -EINVAL. */
int signer_parse(const char *text, struct signer **ret, struct err *err) MUST_USE;

/* That line, without a newline, in one piece: out is auto_secret. */
void signer_add_secret(struct buf *out, const char *name, const unsigned char seed[SIGN_SEED],
	const struct vkey *vkey);

const struct vkey *signer_vkey(const struct signer *s);
void signer_free(struct signer *s);
DEFINE_CLEANUP(struct signer *, signer_free)
#define auto_signer CLEANUP(cleanup_signer_free)

/* Appends text, which ends with a newline, as a note with our signature beneath it. */
int signer_add_note(const struct signer *s, const char *text, size_t len, struct buf *out,
	struct err *err) MUST_USE;

/*
 * Good when the key has signed the note. Signatures of others are passed over. -EKEYREJECTED when
 * a signature that claims to be the key's is wrong; -ENOKEY when there is none.
 */
int note_verify(const struct note *note, const struct vkey *vkey, struct err *err) MUST_USE;

/* A checkpoint as a signed note, and back: syntax, signature, and the key's name as its origin. */
int checkpoint_sign(const struct checkpoint *c, const struct signer *s, struct buf *out,
	struct err *err) MUST_USE;
int checkpoint_open(const char *data, size_t len, const struct vkey *vkey, struct checkpoint *ret,
	struct err *err) MUST_USE;

#endif
