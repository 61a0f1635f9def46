#include "audit/cmd.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/log.h"
#include "audit/verify.h"
#include "base/text.h"

struct options {
	struct cmd_common common;
	const char *log, *vkey;
	bool json, quiet;
};

static const struct opt opts[] = {
	{ "log", 0, OPT_STR, offsetof(struct options, log), "DIR", "the log's directory" },
	{ "vkey", 0, OPT_STR, offsetof(struct options, vkey), "FILE", "its public key" },
	{ "json", 0, OPT_FLAG, offsetof(struct options, json), NULL, "one line of JSON" },
	{ "quiet", 'q', OPT_FLAG, offsetof(struct options, quiet), NULL, "only the exit status" },
	CMD_HELP_OPT,
};

/*
 * text is safe UTF-8 already (struct err, names of tiles), so that these two are all there is to
 * escape.
 */
static void add_json_string(struct buf *out, const char *text)
{
	buf_addc(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *text);
	}
	buf_addc(out, '"');
}

static void add_json_member(struct buf *out, const char *key, const char *text)
{
	buf_addf(out, ",\"%s\":", key);
	add_json_string(out, text);
}

static void add_json(struct buf *out, const struct verify_report *r, bool settled)
{
	auto_buf struct buf root = BUF_INIT, origin = BUF_INIT;

	/* Whoever has the key of a log may have called it anything. */
	text_add_safe(&origin, r->head.origin, strlen(r->head.origin));
	base64_add(&root, r->head.root, sizeof(r->head.root));
	buf_addf(out, "{\"good\":%s", r->good ? "true" : "false");
	if (r->good) {
		add_json_member(out, "origin", buf_str(&origin));
		buf_addf(out, ",\"size\":%" PRIu64, r->head.size);
		add_json_member(out, "root", buf_str(&root));
		buf_addf(out, ",\"settled\":%s", settled ? "true" : "false");
	} else {
		if (r->has_entry)
			buf_addf(out, ",\"entry\":%" PRIu64, r->entry);
		if (*r->file)
			add_json_member(out, "file", r->file);
		add_json_member(out, "problem", r->problem.text);
	}
	buf_adds(out, "}\n");
}

static void add_text(struct buf *out, const struct verify_report *r, bool settled)
{
	if (r->good) {
		buf_adds(out, "good: '");
		text_add_safe(out, r->head.origin, strlen(r->head.origin));
		buf_addf(out, "', %" PRIu64 " entries, root ", r->head.size);
		base64_add(out, r->head.root, sizeof(r->head.root));
		buf_addc(out, '\n');
		if (!settled)
			buf_adds(out,
				"a crash left some of it in the journal alone; the next who appends puts it in its place\n");
		return;
	}
	buf_adds(out, "bad: ");
	if (r->has_entry)
		buf_addf(out, "entry %" PRIu64 ": ", r->entry);
	if (*r->file)
		buf_addf(out, "%s: ", r->file);
	buf_addf(out, "%s\n", r->problem.text);
}

/* A line that is written over, for a person who waits. */
static void show_progress(void *ctx, uint64_t done, uint64_t size)
{
	uint64_t *shown = ctx, percent = done / (size / 100 + 1);

	if (percent == *shown)
		return;
	*shown = percent;
	fprintf(stderr, "\r%3" PRIu64 "%% of %" PRIu64 " entries", percent, size);
}

static void clear_progress(void)
{
	fprintf(stderr, "\r\033[K");
}

/*
 * A crash may have left the last batch to be finished from the journal, which is beside the log and
 * is no business of somebody who has a copy: so where there is none to be read, the log is verified as it is.
 */
static void look(const struct options *o, const struct vkey *vkey, struct pending *ret_rest,
	struct err *ret_why)
{
	static const int fine[] = { 0, -ENOENT, -EACCES, -EPERM, -EROFS, -EBUSY };
	char boot[CMD_BOOT];
	int r;

	cmd_boot(boot);
	r = log_look(o->log, vkey, boot, ret_rest, ret_why);
	for (size_t i = 0; i < ARRAY_SIZE(fine); i++)
		if (r == fine[i])
			*ret_why->text = '\0';
}

static int verify(const struct options *o, const struct vkey *vkey, const struct pending *rest,
	struct verify_report *ret, struct err *err)
{
	bool watched = !o->quiet && !o->json && isatty(STDERR_FILENO);
	uint64_t shown = 0;
	struct verify_options how = { .dir = o->log,
		.vkey = vkey,
		.rest = rest,
		.progress = watched ? show_progress : NULL,
		.ctx = &shown };
	int r = verify_log(&how, ret, err);

	if (shown)
		clear_progress();
	return r;
}

static int run(const void *options)
{
	const struct options *o = options;
	struct err err = { "" }, trouble = { "" };
	struct verify_report report;
	auto_pending struct pending rest = PENDING_INIT;
	auto_buf struct buf out = BUF_INIT;
	struct vkey vkey;

	if (vkey_read(o->vkey, &vkey, &err) < 0) {
		cmd_fail(&err);
		return CMD_USAGE;
	}
	look(o, &vkey, &rest, &trouble);
	if (verify(o, &vkey, &rest, &report, &err) < 0)
		return cmd_fail(&err);
	if (o->json)
		add_json(&out, &report, pending_is_empty(&rest));
	else
		add_text(&out, &report, pending_is_empty(&rest));
	if (!o->quiet)
		fputs(buf_str(&out), stdout);
	if (*trouble.text && !o->quiet)
		cmd_fail(&trouble);
	return report.good ? CMD_GOOD : CMD_FAILED;
}

const struct cmd cmd_log_verify = {
	.name = "verify",
	.help = "Checks every byte of a log against its public key",
	.more = "Needs only the directory and the public key. Finds any changed, removed, reordered or\n"
		"added byte and says where the first one is; but for lines of other signers in the\n"
		"checkpoint, in which anybody may write. It can't tell a whole older state of the log,\n"
		"with the checkpoint of then, from the newest: compare its size and root with one that\n"
		"you have seen. Nothing is written.\n",
	.opts = { opts, ARRAY_SIZE(opts), false },
	.size = sizeof(struct options),
	.run = run,
};
