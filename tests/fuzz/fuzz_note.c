/*
 * fuzz_note.c: signed notes, checkpoints and public keys: what is taken is written back byte for
 * byte.
 */
#include <string.h>

#include "audit/checkpoint.h"
#include "audit/note.h"
#include "audit/vkey.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xcalloc(size + 1, 1);

	if (size)
		memcpy(text, data, size);
	fuzz_note(text, size);
	fuzz_checkpoint(text, size);
	fuzz_vkey(text);
	return 0;
}
