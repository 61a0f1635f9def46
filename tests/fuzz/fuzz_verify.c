/*
 * fuzz_verify.c: a log that somebody has been at. Input is a list of edits to the files of a good one: what
 * verifies after them has every byte that it had, and no file that a log of its size can't have.
 */
#include <fcntl.h>
#include <string.h>

#include "audit/tile.h"
#include "audit/verify.h"
#include "base/io.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_EDITS = 4, MAX_FILE = 1 << 20, SIZE = 259 };

static const char good[] = "tests/data/log/259";

static const char *const names[] = { "checkpoint", "tile/0/000", "tile/0/001.p/3", "tile/1/000.p/1",
	"tile/entries/000", "tile/entries/001.p/3" };

struct good_log {
	struct vkey vkey;
	struct buf files[ARRAY_SIZE(names)];
};

static void load(struct good_log *l)
{
	must(vkey_read("tests/data/log/259.vkey", &l->vkey, NULL) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		auto_free char *path = xasprintf("%s/%s", good, names[i]);

		must(file_read(AT_FDCWD, path, MAX_FILE, &l->files[i], NULL) == 0);
	}
}

static const struct good_log *good_log(void)
{
	static struct good_log l;

	if (!l.vkey.name[0])
		load(&l);
	return &l;
}

static void put(const char *name, const void *data, size_t len)
{
	auto_free char *path = xasprintf("log/%s", name);

	must(fuzz_put(path, data, len));
}

enum edit { EDIT_FLIP, EDIT_CUT, EDIT_ADD, EDIT_REMOVE, EDIT_INSERT, EDIT_NEW, EDITS };

struct added {
	char *names[MAX_EDITS];
	size_t n;
};

static void added_done(struct added *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->names[i]);
}

/* A file of another name, with the beginning of one that is there. */
static void add_file(struct added *a, const struct buf *from, size_t len, const char *name)
{
	auto_free char *path = xasprintf("log/%s", name);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return;
	if (*name && *name != '/' && !strstr(name, "..") && text_is_utf8(name, strlen(name)) &&
		fuzz_put(path, from->data, len < from->len ? len : from->len))
		a->names[a->n++] = xstrdup(name);
}

/* A tile as the log had it when it was smaller. */
static void check_added(const char *name)
{
	auto_free char *path = xasprintf("log/%s", name),
		       *full = xstrndup(name, strcspn(name, "."));
	auto_buf struct buf now = BUF_INIT;
	struct tile t;
	bool known = false;

	must(tile_parse(name, &t) == 0);
	must(file_read(fuzz_scratch()->fd, path, MAX_FILE, &now, NULL) == 0);
	for (size_t i = 1; i < ARRAY_SIZE(names); i++)
		known = known || (text_starts(names[i], full) && now.len &&
					 now.len <= good_log()->files[i].len &&
					 !memcmp(now.data, good_log()->files[i].data, now.len));
	must(known);
}

static void edit(struct feed *f, struct added *added)
{
	enum edit how = feed_byte(f) % EDITS;
	size_t which = feed_byte(f) % ARRAY_SIZE(names), at = feed_u16(f);
	const struct buf *was = &good_log()->files[which];
	auto_free char *path = xasprintf("log/%s", names[which]), *text = feed_text(f);
	auto_buf struct buf now = BUF_INIT;

	at = at < was->len ? at : was->len;
	if (how == EDIT_REMOVE) {
		must(tree_remove(fuzz_scratch()->fd, path, NULL) == 0);
		return;
	}
	if (how == EDIT_NEW) {
		add_file(added, was, at, text);
		return;
	}
	buf_add(&now, was->data, how == EDIT_INSERT || how == EDIT_CUT ? at : was->len);
	if (how == EDIT_FLIP && at < was->len)
		now.data[at] = (char)(now.data[at] ^ (*text ? *text : 1));
	if (how == EDIT_ADD || how == EDIT_INSERT)
		buf_adds(&now, text);
	if (how == EDIT_INSERT)
		buf_add(&now, was->data + at, was->len - at);
	put(names[which], buf_str(&now), now.len);
}

/* Others may have signed it as well. */
static bool is_cosigned(const struct buf *was, const char *now)
{
	size_t text = (size_t)(strstr(was->data, "\n\n") + 2 - was->data);

	return !strncmp(now, was->data, text) && strstr(now + text, was->data + text);
}

static void check_file(size_t which)
{
	const struct buf *was = &good_log()->files[which];
	auto_free char *path = xasprintf("log/%s", names[which]);
	auto_buf struct buf now = BUF_INIT;

	must(file_read(fuzz_scratch()->fd, path, MAX_FILE, &now, NULL) == 0);
	if (!which)
		must(is_cosigned(was, now.data));
	else
		must(now.len == was->len && !memcmp(now.data, was->data, now.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *dir = xasprintf("%s/log", fuzz_scratch()->path);
	struct verify_options o = { .dir = dir, .vkey = &good_log()->vkey };
	struct verify_report report;
	struct feed f = { data, size };
	struct added added CLEANUP(added_done) = { .n = 0 };

	must(tree_remove(fuzz_scratch()->fd, "log", NULL) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		put(names[i], good_log()->files[i].data, good_log()->files[i].len);
	for (int i = 0; f.left && i < MAX_EDITS; i++)
		edit(&f, &added);
	must(verify_log(&o, &report, NULL) == 0);
	must(report.good || report.problem.text[0]);
	for (size_t i = 0; report.good && i < ARRAY_SIZE(names); i++)
		check_file(i);
	for (size_t i = 0; report.good && i < added.n; i++)
		check_added(added.names[i]);
	must(!report.good || report.head.size == SIZE);
	return 0;
}
