/*
 * fuzz_note.c: signed notes, checkpoints, public and private keys: what is taken is written back byte for
 * byte, and what is signed with a key that was taken verifies.
 */
#include <string.h>

#include "audit/sign.h"
#include "tests/fuzz/fuzz.h"

static void fuzz_note(const char *data, size_t size)
{
	auto_note struct note note = { .text = NULL };
	auto_buf struct buf again = BUF_INIT;

	if (note_parse(data, size, &note, NULL) < 0)
		return;
	must(note.n && note.text_len && note.text[note.text_len - 1] == '\n');
	buf_add(&again, note.text, note.text_len);
	buf_addc(&again, '\n');
	for (size_t i = 0; i < note.n; i++) {
		const struct note_sig *s = &note.sigs[i];
		auto_free char *name = xstrndup(s->name, s->name_len);

		note_add_sig(&again, name, s->id, note_sig_bytes(&note, s), s->len);
	}
	must(again.len == size && !memcmp(again.data, data, size));
}

static void fuzz_checkpoint(const char *data, size_t size)
{
	auto_buf struct buf again = BUF_INIT;
	struct checkpoint c;

	if (checkpoint_parse(data, size, &c, NULL) < 0)
		return;
	checkpoint_add(&again, &c);
	must(again.len <= size && !memcmp(again.data, data, again.len));
}

static void fuzz_vkey(const char *text)
{
	auto_buf struct buf again = BUF_INIT;
	struct vkey v;

	if (vkey_parse(text, &v, NULL) < 0)
		return;
	vkey_add(&again, &v);
	must(!strncasecmp(again.data, text, again.len));
}

static void fuzz_key(const char *text)
{
	auto_signer struct signer *s = NULL;
	auto_note struct note note = { .text = NULL };
	auto_buf struct buf signed_note = BUF_INIT;
	struct err err = { "" };

	if (signer_parse(text, &s, &err) < 0) {
		must(!s && err.text[0]);
		return;
	}
	must(strstr(text, signer_vkey(s)->name) && strlen(signer_vkey(s)->name));
	must(signer_add_note(s, "text\n", 5, &signed_note, NULL) == 0);
	must(note_parse(signed_note.data, signed_note.len, &note, NULL) == 0);
	must(note_verify(&note, signer_vkey(s), NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xcalloc(size + 1, 1);

	if (size)
		memcpy(text, data, size);
	fuzz_note(text, size);
	fuzz_checkpoint(text, size);
	fuzz_vkey(text);
	fuzz_key(text);
	return 0;
}
