#include "runner/card.h"

#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "runner/style.h"

/* A row fits the terminal; what is longer is in the JSON as a whole. */
enum { MAX_LINES = 8, LABEL = 12 };

struct drawing {
	const struct ctx *ctx;
	const json_t *result;
	struct buf *out;
	size_t start; /* of the row's text in out */
};

static const json_t *at(const json_t *o, const char *a, const char *b)
{
	const json_t *inner = json_object_get(o, a);

	return b ? json_object_get(inner, b) : inner;
}

/* "" for what is not there, as in the result of a job that came to no end. */
static const char *text(const json_t *o, const char *a, const char *b)
{
	const char *s = json_string_value(at(o, a, b));

	return s ? s : "";
}

static uint64_t number(const json_t *o, const char *a, const char *b)
{
	json_int_t n = json_integer_value(at(o, a, b));

	return n > 0 ? (uint64_t)n : 0;
}

static bool is_there(const json_t *value)
{
	return value && !json_is_null(value);
}

static void add_value(struct buf *out, const json_t *value)
{
	auto_buf struct buf bytes = BUF_INIT;

	if (value && json_get_bytes(value, &bytes) == 0)
		text_add_safe(out, buf_str(&bytes), bytes.len);
}

/* The first line of what may have many. */
static void add_line(struct buf *out, const json_t *value)
{
	auto_buf struct buf bytes = BUF_INIT;
	size_t n;

	if (!value || json_get_bytes(value, &bytes) < 0)
		return;
	n = strcspn(buf_str(&bytes), "\n");
	text_add_safe(out, buf_str(&bytes), n);
	if (n + 1 < bytes.len)
		buf_adds(out, " ...");
}

static void add_styled(struct drawing *d, const char *style, const char *what)
{
	if (d->ctx->colour)
		buf_addf(d->out, "\033[%sm%s\033[0m", style, what);
	else
		buf_adds(d->out, what);
}

/* "  verdict   " and then whatever follows. A label of "" continues the row above. */
static void row(struct drawing *d, const char *label)
{
	auto_free char *padded = xasprintf("%-9s", label);

	buf_adds(d->out, "  ");
	add_styled(d, "2", padded);
	buf_adds(d->out, " ");
	d->start = d->out->len;
}

/* Where so many characters from start end. */
static size_t end_of(const struct buf *out, size_t start, size_t characters)
{
	size_t at_byte = start;

	while (characters-- && at_byte < out->len) {
		size_t n = text_utf8_len(out->data + at_byte, out->len - at_byte);

		at_byte += n ? n : 1;
	}
	return at_byte;
}

static size_t room(const struct drawing *d)
{
	return d->ctx->columns - LABEL;
}

static void end_row_within(struct drawing *d, size_t room)
{
	if (end_of(d->out, d->start, room) < d->out->len) {
		buf_truncate(d->out, end_of(d->out, d->start, room - 3));
		buf_adds(d->out, "...");
	}
	buf_addc(d->out, '\n');
}

static void end_row(struct drawing *d)
{
	end_row_within(d, room(d));
}

static void more(struct drawing *d, size_t n, const char *what)
{
	if (n <= MAX_LINES)
		return;
	row(d, "");
	buf_addf(d->out, "and %zu more%s%s\n", n - MAX_LINES, n - MAX_LINES == 1 ? "" : " ",
		n - MAX_LINES == 1 ? "" : what);
}

static void draw_head(struct drawing *d)
{
	const json_t *agent = at(at(d->result, "actor", "agent"), "name", NULL);

	add_styled(d, "1", "remit ");
	d->start = d->out->len;
	add_value(d->out, at(d->result, "job", NULL));
	buf_adds(d->out, json_is_string(agent) ? "  " : "");
	add_value(d->out, agent);
	if (number(d->result, "run", "wall")) {
		buf_adds(d->out, json_is_string(agent) ? ", " : "  ");
		text_add_human_duration(d->out, number(d->result, "run", "wall"));
	}
	if (*text(d->result, "subject", "base"))
		buf_addf(d->out, ", base %.10s", text(d->result, "subject", "base"));
	end_row(d);
	if (!is_there(at(d->result, "task", NULL)))
		return;
	row(d, "task");
	add_line(d->out, at(d->result, "task", NULL));
	end_row(d);
}

static void draw_verdict(struct drawing *d)
{
	struct style s = style_of_result(d->result);
	auto_free char *word = xasprintf("1;%s", s.colour);

	row(d, "verdict");
	add_styled(d, word, s.name);
	buf_addf(d->out, ": %s\n", s.meaning);
	if (!is_there(at(d->result, "error", NULL)))
		return;
	row(d, "error");
	add_value(d->out, at(d->result, "error", NULL));
	buf_addc(d->out, '\n');
}

static void draw_reason(struct drawing *d, const json_t *reason)
{
	static const char *const parts[] = { "path", "because", "clause" };
	const char *between = ": ";

	add_value(d->out, json_object_get(reason, "verdict"));
	buf_adds(d->out, " by ");
	add_value(d->out, json_object_get(reason, "rule"));
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		const json_t *part = json_object_get(reason, parts[i]);

		if (!is_there(part))
			continue;
		buf_adds(d->out, between);
		add_value(d->out, part);
		between = "; ";
	}
	end_row(d);
}

/* The first rows of a list, one an element. */
static void draw_list(struct drawing *d, const char *label, const json_t *list,
	void (*draw)(struct drawing *d, const json_t *element), const char *what)
{
	size_t i;
	json_t *element;

	json_array_foreach (list, i, element) {
		if (i == MAX_LINES)
			break;
		row(d, i ? "" : label);
		draw(d, element);
	}
	more(d, json_array_size(list), what);
}

static void draw_reasons(struct drawing *d)
{
	draw_list(d, "why", at(d->result, "decision", "reasons"), draw_reason, "reasons");
}

static void draw_need(struct drawing *d, const json_t *need)
{
	uint64_t count = number(need, "count", NULL);

	if (!strcmp(text(need, "what", NULL), "approval"))
		buf_addf(d->out, "%llu approval%s from ", (unsigned long long)count,
			count == 1 ? "" : "s");
	else
		buf_adds(d->out, "evidence: ");
	add_value(d->out, json_object_get(need, "from"));
	end_row(d);
}

static void draw_needs(struct drawing *d)
{
	draw_list(d, "needs", at(d->result, "decision", "needs"), draw_need, "needs");
}

/* Names come last, since they can be of any length. */
static void draw_file(struct drawing *d, const json_t *file)
{
	auto_free char *lines = xasprintf("+%llu -%llu",
		(unsigned long long)number(file, "added", NULL),
		(unsigned long long)number(file, "removed", NULL));

	buf_addf(d->out, "%-7s %-9s ", text(file, "operation", NULL), lines);
	if (is_there(json_object_get(file, "old_path"))) {
		add_value(d->out, json_object_get(file, "old_path"));
		buf_adds(d->out, " -> ");
	}
	add_value(d->out, json_object_get(file, "path"));
	end_row(d);
}

static void draw_changed(struct drawing *d)
{
	const json_t *files = at(d->result, "paths", NULL);
	size_t n = json_array_size(files);

	if (!files)
		return;
	row(d, "changed");
	if (!n)
		buf_adds(d->out, "nothing");
	else
		buf_addf(d->out, "%zu file%s, +%llu -%llu", n, n == 1 ? "" : "s",
			(unsigned long long)number(d->result, "added", NULL),
			(unsigned long long)number(d->result, "removed", NULL));
	if (number(d->result, "ignored", NULL))
		buf_addf(d->out, "; %llu ignored by .gitignore left out",
			(unsigned long long)number(d->result, "ignored", NULL));
	end_row(d);
	draw_list(d, "", files, draw_file, "files");
}

static void draw_anomaly(struct drawing *d, const json_t *a)
{
	add_value(d->out, json_object_get(a, "kind"));
	buf_adds(d->out, ": ");
	add_value(d->out, json_object_get(a, "path"));
	if (is_there(json_object_get(a, "detail"))) {
		buf_adds(d->out, " -> ");
		add_value(d->out, json_object_get(a, "detail"));
	}
	end_row(d);
}

static void draw_anomalies(struct drawing *d)
{
	draw_list(d, "anomaly", at(d->result, "anomalies", NULL), draw_anomaly, "anomalies");
}

static void draw_names(struct drawing *d, const char *label, const json_t *list)
{
	size_t i;
	json_t *name;

	if (!json_array_size(list))
		return;
	row(d, label);
	json_array_foreach (list, i, name) {
		if (i && d->out->len - d->start > room(d) / 2)
			break;
		buf_adds(d->out, i ? ", " : "");
		add_value(d->out, name);
	}
	if (i < json_array_size(list))
		buf_addf(d->out, " and %zu more", json_array_size(list) - i);
	end_row(d);
}

static void draw_discarded(struct drawing *d)
{
	draw_names(d, "discarded", at(d->result, "discarded", NULL));
}

/* What the checkout had beside its commit; what the job did not see can't be in its change. */
static void draw_note(struct drawing *d)
{
	uint64_t n = number(d->result, "uncommitted", NULL);

	if (!n)
		return;
	row(d, "note");
	buf_addf(d->out,
		"%llu file%s with uncommitted changes in your checkout: the job saw the commit alone",
		(unsigned long long)n, n == 1 ? "" : "s");
	end_row(d);
}

static void draw_attempt(struct drawing *d, const json_t *a)
{
	uint64_t count = number(a, "count", NULL);

	add_value(d->out, json_object_get(a, "what"));
	if (*text(a, "program", NULL)) {
		buf_adds(d->out, " by ");
		add_value(d->out, json_object_get(a, "program"));
	}
	if (count > 1)
		buf_addf(d->out, ", %llu times", (unsigned long long)count);
	end_row(d);
}

static void draw_denied(struct drawing *d)
{
	const json_t *list = at(d->result, "run", "attempts");

	if (list && !json_array_size(list)) {
		row(d, "denied");
		buf_adds(d->out, "no attempt\n");
	}
	draw_list(d, "denied", list, draw_attempt, "attempts");
}

static void draw_allowed(struct drawing *d)
{
	const json_t *allowed = at(d->result, "allowed", NULL);

	if (!allowed)
		return;
	row(d, "allowed");
	buf_adds(d->out, "profile ");
	add_value(d->out, at(d->result, "profile", NULL));
	buf_addf(d->out, "; network: %s; Landlock ABI %llu",
		strcmp(text(allowed, "network", NULL), "none") ? "its own loopback" : "none",
		(unsigned long long)number(allowed, "landlock", NULL));
	end_row(d);
	draw_names(d, "  read", at(allowed, "read", NULL));
	draw_names(d, "  write", at(allowed, "write", NULL));
	draw_names(d, "  hide", at(allowed, "hide", NULL));
}

static void draw_done(struct drawing *d)
{
	const json_t *run = at(d->result, "run", NULL);
	uint64_t programs = number(run, "execs", NULL);

	if (!run)
		return;
	row(d, "done");
	buf_addf(d->out, "%llu program%s, exit status %llu, ", (unsigned long long)programs,
		programs == 1 ? "" : "s", (unsigned long long)number(run, "exit", NULL));
	text_add_human_duration(d->out, number(run, "user", NULL) + number(run, "sys", NULL));
	buf_adds(d->out, " of processor time");
	if (is_there(at(run, "why", NULL))) {
		buf_adds(d->out, "; stopped: ");
		add_value(d->out, at(run, "why", NULL));
	}
	end_row(d);
}

static void draw_check(struct drawing *d, const json_t *check)
{
	bool passed = json_is_true(json_object_get(check, "passed"));

	add_value(d->out, json_object_get(check, "name"));
	if (!is_there(json_object_get(check, "output_sha256"))) {
		buf_addc(d->out, ' ');
		add_value(d->out, json_object_get(check, "why"));
		end_row(d);
		return;
	}
	buf_addf(d->out, " %s, exit status %llu, ", passed ? "passed" : "failed",
		(unsigned long long)number(check, "exit", NULL));
	text_add_human_duration(d->out, number(check, "wall", NULL));
	if (is_there(json_object_get(check, "why"))) {
		buf_adds(d->out, "; stopped: ");
		add_value(d->out, json_object_get(check, "why"));
	}
	end_row(d);
}

static void draw_checks(struct drawing *d)
{
	draw_list(d, "checks", at(d->result, "checks", NULL), draw_check, "checks");
}

static void draw_log(struct drawing *d)
{
	if (!*text(d->result, "log", "root"))
		return;
	row(d, "log");
	add_value(d->out, at(d->result, "log", "origin"));
	buf_addf(d->out, ", %llu entries, root %.12s",
		(unsigned long long)number(d->result, "log", "size"),
		text(d->result, "log", "root"));
	end_row(d);
}

/* One command that makes sense now; never cut, since it is to be copied. */
static void next(
	struct drawing *d, bool *any, const char *command, const char *name, const char *comment)
{
	row(d, *any ? "" : "next");
	buf_addf(d->out, "%s %s%s\n", command, name, comment);
	*any = true;
}

static void draw_next(struct drawing *d)
{
	const char *branch = text(d->result, "branch", NULL), *ref = text(d->result, "ref", NULL);
	bool any = false;

	if (number(d->result, "run", "exit"))
		next(d, &any, "remit show --output", text(d->result, "job", NULL),
			"   # what it wrote");
	if (!*ref)
		return;
	next(d, &any, "remit diff", text(d->result, "job", NULL), "");
	if (*branch)
		next(d, &any, "git merge", branch, "");
	else
		next(d, &any, "git update-ref -d", ref, "   # to forget it");
}

void card_draw(const struct ctx *ctx, const json_t *result, struct buf *out)
{
	static void (*const parts[])(struct drawing * d) = { draw_head, draw_verdict, draw_reasons,
		draw_needs, draw_changed, draw_anomalies, draw_discarded, draw_note, draw_denied,
		draw_allowed, draw_done, draw_checks, draw_log, draw_next };
	struct drawing d = { ctx, result, out, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		parts[i](&d);
}

void card_draw_line(const struct ctx *ctx, const json_t *result, struct buf *out)
{
	struct style s = style_of_result(result);
	size_t n = json_array_size(at(result, "paths", NULL));
	struct drawing d = { ctx, result, out, 0 };
	auto_free char *word = xasprintf("%-11s", s.name);

	add_value(out, at(result, "job", NULL));
	buf_adds(out, "  ");
	add_styled(&d, s.colour, word);
	buf_addf(out, "  %3zu %-5s  ", n, n == 1 ? "file" : "files");
	text_add_human_duration(out, number(result, "run", "wall"));
	d.start = out->len;
	buf_adds(out, "  ");
	add_value(out, at(at(result, "actor", "agent"), "name", NULL));
	buf_adds(out, "  ");
	add_line(out, at(result, "task", NULL));
	end_row_within(&d, room(&d) / 2);
}
