/*
 * note.h: signed notes (C2SP signed-note): a text and the signatures beneath it. Syntax only; see
 * sign.h for making and checking signatures.
 *
 *     text, any lines of UTF-8, the last one ended too
 *     (an empty line)
 *     U+2014 NAME base64(key id, 4 bytes big-endian || signature)         one line or more
 */
#ifndef REMIT_NOTE_H
#define REMIT_NOTE_H

#include "base/buf.h"
#include "base/err.h"

enum { NOTE_MAX_BYTES = 1 << 16, NOTE_KEY_ID = 4 };

struct note_sig {
	const char *name; /* borrowed from the note's bytes; not ended by a NUL */
	size_t name_len;
	uint32_t id;
	size_t at, len; /* the signature within bytes */
};

struct note {
	const char *text; /* borrowed; its last newline is part of it */
	size_t text_len;
	struct note_sig *sigs; /* owned */
	size_t n;
	struct buf bytes; /* the decoded signatures, behind one another */
};

/* data must outlive the note. -EINVAL and a sentence for what is not a note. */
int note_parse(const char *data, size_t len, struct note *ret, struct err *err) MUST_USE;
void note_done(struct note *note);
#define auto_note CLEANUP(note_done)

/* The signature's bytes, borrowed. */
const unsigned char *note_sig_bytes(const struct note *note, const struct note_sig *sig);

/* Appends one line of signature. */
void note_add_sig(struct buf *out, const char *name, uint32_t id, const void *sig, size_t len);

/*
 * True for what may stand as the name of a key: UTF-8 without spaces, pluses and control
 * characters.
 */
bool note_is_name(const char *name, size_t len);

#endif
