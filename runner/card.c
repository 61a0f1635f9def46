#include "runner/card.h"

#include <string.h>

#include "base/text.h"
#include "runner/drawing.h"
#include "runner/style.h"

/* Of each list; all of it is in the JSON. */
enum { MAX_LINES = 8 };

/* Where the parts of a file's row end. */
enum { OPERATION = 8, LINES = 10 };

/* That tell one commit, or one log, from another. */
enum { BASE_CHARACTERS = 10, ROOT_CHARACTERS = 12 };

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

/* That there are n in all where only so many are shown. */
static void more(struct drawing *d, uint64_t n, size_t shown, const char *what)
{
	if (n <= shown)
		return;
	drawing_row(d, "");
	buf_addf(d->out, "and %llu more%s%s\n", (unsigned long long)(n - shown),
		n - shown == 1 ? "" : " ", n - shown == 1 ? "" : what);
}

static void draw_head(struct drawing *d)
{
	const json_t *agent = at(at(d->result, "actor", "agent"), "name", NULL);

	drawing_add_styled(d, "1", "remit ");
	d->start = d->out->len;
	drawing_add(d, at(d->result, "job", NULL));
	buf_adds(d->out, json_is_string(agent) ? "  " : "");
	drawing_add(d, agent);
	if (number(d->result, "run", "wall")) {
		buf_adds(d->out, json_is_string(agent) ? ", " : "  ");
		text_add_human_duration(d->out, number(d->result, "run", "wall"));
	}
	if (*text(d->result, "subject", "base"))
		buf_adds(d->out, ", base ");
	drawing_add_first(d, at(d->result, "subject", "base"), BASE_CHARACTERS);
	drawing_end(d);
	if (!is_there(at(d->result, "task", NULL)))
		return;
	drawing_row(d, "task");
	drawing_add_line(d, at(d->result, "task", NULL));
	drawing_end(d);
}

static void draw_verdict(struct drawing *d)
{
	struct style s = style_of_result(d->result);
	auto_free char *word = xasprintf("1;%s", s.colour);

	drawing_row(d, "verdict");
	drawing_add_styled(d, word, s.name);
	buf_addf(d->out, ": %s\n", s.meaning);
	if (!is_there(at(d->result, "error", NULL)))
		return;
	drawing_row(d, "error");
	drawing_add(d, at(d->result, "error", NULL));
	buf_addc(d->out, '\n');
}

static void draw_reason(struct drawing *d, const json_t *reason)
{
	static const char *const parts[] = { "path", "because", "clause" };
	const char *between = ": ";

	drawing_add(d, json_object_get(reason, "verdict"));
	buf_adds(d->out, " by ");
	drawing_add(d, json_object_get(reason, "rule"));
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		const json_t *part = json_object_get(reason, parts[i]);

		if (!is_there(part))
			continue;
		buf_adds(d->out, between);
		drawing_add(d, part);
		between = "; ";
	}
	drawing_end(d);
}

/* The first rows of a list, one an element, and how many of n in all these are not. */
static void draw_first(struct drawing *d, const char *label, const json_t *list,
	void (*draw)(struct drawing *d, const json_t *element), const char *what, uint64_t n)
{
	size_t i;
	json_t *element;

	json_array_foreach (list, i, element) {
		if (i == MAX_LINES)
			break;
		drawing_row(d, i ? "" : label);
		draw(d, element);
	}
	more(d, n, i, what);
}

static void draw_list(struct drawing *d, const char *label, const json_t *list,
	void (*draw)(struct drawing *d, const json_t *element), const char *what)
{
	draw_first(d, label, list, draw, what, json_array_size(list));
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
	drawing_add(d, json_object_get(need, "from"));
	drawing_end(d);
}

static void draw_needs(struct drawing *d)
{
	draw_list(d, "needs", at(d->result, "decision", "needs"), draw_need, "needs");
}

/* Up to a column of the row. */
static void pad(struct drawing *d, size_t column)
{
	do
		buf_addc(d->out, ' ');
	while (d->out->len - d->start < column);
}

/* Names come last, since they can be of any length. */
static void draw_file(struct drawing *d, const json_t *file)
{
	auto_free char *lines = xasprintf("+%llu -%llu",
		(unsigned long long)number(file, "added", NULL),
		(unsigned long long)number(file, "removed", NULL));

	drawing_add(d, json_object_get(file, "operation"));
	pad(d, OPERATION);
	buf_adds(d->out, lines);
	pad(d, OPERATION + LINES);
	if (is_there(json_object_get(file, "old_path"))) {
		drawing_add(d, json_object_get(file, "old_path"));
		buf_adds(d->out, " -> ");
	}
	drawing_add(d, json_object_get(file, "path"));
	drawing_end(d);
}

static void draw_changed(struct drawing *d)
{
	const json_t *files = at(d->result, "paths", NULL);
	size_t n = json_array_size(files);

	if (!files)
		return;
	drawing_row(d, "changed");
	if (!n)
		buf_adds(d->out, "nothing");
	else
		buf_addf(d->out, "%zu file%s, +%llu -%llu", n, n == 1 ? "" : "s",
			(unsigned long long)number(d->result, "added", NULL),
			(unsigned long long)number(d->result, "removed", NULL));
	if (number(d->result, "ignored", NULL))
		buf_addf(d->out, "; %llu ignored by .gitignore left out",
			(unsigned long long)number(d->result, "ignored", NULL));
	drawing_end(d);
	draw_list(d, "", files, draw_file, "files");
}

static void draw_anomaly(struct drawing *d, const json_t *a)
{
	drawing_add(d, json_object_get(a, "kind"));
	buf_adds(d->out, ": ");
	drawing_add(d, json_object_get(a, "path"));
	if (is_there(json_object_get(a, "detail"))) {
		buf_adds(d->out, " -> ");
		drawing_add(d, json_object_get(a, "detail"));
	}
	drawing_end(d);
}

static void draw_anomalies(struct drawing *d)
{
	draw_first(d, "anomaly", at(d->result, "anomalies", NULL), draw_anomaly, "anomalies",
		number(d->result, "anomaly_count", NULL));
}

/* As many of n names as there is room for. */
static void draw_names(struct drawing *d, const char *label, const json_t *list, uint64_t n)
{
	size_t i;
	json_t *name;

	if (!json_array_size(list))
		return;
	drawing_row(d, label);
	json_array_foreach (list, i, name) {
		if (i && d->out->len - d->start > drawing_room(d) / 2)
			break;
		buf_adds(d->out, i ? ", " : "");
		drawing_add(d, name);
	}
	if (i < n)
		buf_addf(d->out, " and %llu more", (unsigned long long)(n - i));
	drawing_end(d);
}

static void draw_discarded(struct drawing *d)
{
	const json_t *list = at(d->result, "discarded", NULL);
	uint64_t n = number(d->result, "discarded_count", NULL);

	draw_names(d, "discarded", list, n > json_array_size(list) ? n : json_array_size(list));
}

/* What the checkout had beside its commit; what the job did not see can't be in its change. */
static void draw_note(struct drawing *d)
{
	uint64_t n = number(d->result, "uncommitted", NULL);

	if (!n)
		return;
	drawing_row(d, "note");
	buf_addf(d->out,
		"%llu file%s with uncommitted changes in your checkout: the job saw the commit alone",
		(unsigned long long)n, n == 1 ? "" : "s");
	drawing_end(d);
}

static void draw_attempt(struct drawing *d, const json_t *a)
{
	uint64_t count = number(a, "count", NULL);

	drawing_add(d, json_object_get(a, "what"));
	if (*text(a, "program", NULL)) {
		buf_adds(d->out, " by ");
		drawing_add(d, json_object_get(a, "program"));
	}
	if (count > 1)
		buf_addf(d->out, ", %llu times", (unsigned long long)count);
	drawing_end(d);
}

static void draw_denied(struct drawing *d)
{
	const json_t *list = at(d->result, "run", "attempts");

	if (list && !json_array_size(list)) {
		drawing_row(d, "denied");
		buf_adds(d->out, "no attempt\n");
	}
	draw_list(d, "denied", list, draw_attempt, "attempts");
}

static void draw_reached_one(struct drawing *d, const json_t *host)
{
	uint64_t n = number(host, "connections", NULL);

	drawing_add(d, json_object_get(host, "name"));
	buf_addf(d->out, ":%llu, %llu connection%s, ",
		(unsigned long long)number(host, "port", NULL), (unsigned long long)n,
		n == 1 ? "" : "s");
	text_add_human_size(d->out, number(host, "out", NULL));
	buf_adds(d->out, " out, ");
	text_add_human_size(d->out, number(host, "in", NULL));
	buf_adds(d->out, " in");
	drawing_end(d);
}

static void draw_reached(struct drawing *d)
{
	const json_t *network = at(d->result, "run", "network");

	draw_list(d, "reached", json_object_get(network, "reached"), draw_reached_one, "hosts");
}

static void draw_allowed(struct drawing *d)
{
	static const char *const kinds[] = { "read", "write", "hide", "reach" };
	const json_t *allowed = at(d->result, "allowed", NULL);

	if (!allowed)
		return;
	drawing_row(d, "allowed");
	buf_adds(d->out, "profile ");
	drawing_add(d, at(d->result, "profile", NULL));
	buf_addf(d->out, "; network: %s; Landlock ABI %llu",
		strcmp(text(allowed, "network", NULL), "none") ? "its own loopback" : "none",
		(unsigned long long)number(allowed, "landlock", NULL));
	drawing_end(d);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const json_t *list = at(allowed, kinds[i], NULL);
		auto_free char *label = xasprintf("  %s", kinds[i]);

		draw_names(d, label, list, json_array_size(list));
	}
}

static void draw_done(struct drawing *d)
{
	const json_t *run = at(d->result, "run", NULL);
	uint64_t programs = number(run, "execs", NULL);

	if (!run)
		return;
	drawing_row(d, "done");
	buf_addf(d->out, "%llu program%s, exit status %llu, ", (unsigned long long)programs,
		programs == 1 ? "" : "s", (unsigned long long)number(run, "exit", NULL));
	text_add_human_duration(d->out, number(run, "user", NULL) + number(run, "sys", NULL));
	buf_adds(d->out, " of processor time");
	if (is_there(at(run, "why", NULL))) {
		buf_adds(d->out, "; stopped: ");
		drawing_add(d, at(run, "why", NULL));
	}
	drawing_end(d);
}

/* What the record has no room for, by kind. */
static void draw_omitted(struct drawing *d)
{
	static const struct {
		const char *key, *what[2];
	} kinds[] = { { "omitted", { "event", "events" } },
		{ "programs_omitted", { "name of a program", "names of programs" } },
		{ "attempts_omitted", { "refused attempt", "refused attempts" } } };
	const json_t *run = at(d->result, "run", NULL);
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		uint64_t n = number(run, kinds[i].key, NULL);

		if (!n)
			continue;
		if (!any)
			drawing_row(d, "left out");
		buf_addf(d->out, "%s%llu %s", any ? ", " : "", (unsigned long long)n,
			kinds[i].what[n != 1]);
		any = true;
	}
	if (any)
		drawing_end(d);
}

static void draw_check(struct drawing *d, const json_t *check)
{
	bool passed = json_is_true(json_object_get(check, "passed"));

	drawing_add(d, json_object_get(check, "name"));
	if (!is_there(json_object_get(check, "output_sha256"))) {
		buf_addc(d->out, ' ');
		drawing_add(d, json_object_get(check, "why"));
		drawing_end(d);
		return;
	}
	buf_addf(d->out, " %s, exit status %llu, ", passed ? "passed" : "failed",
		(unsigned long long)number(check, "exit", NULL));
	text_add_human_duration(d->out, number(check, "wall", NULL));
	if (is_there(json_object_get(check, "why"))) {
		buf_adds(d->out, "; stopped: ");
		drawing_add(d, json_object_get(check, "why"));
	}
	drawing_end(d);
}

static void draw_checks(struct drawing *d)
{
	draw_list(d, "checks", at(d->result, "checks", NULL), draw_check, "checks");
}

static void draw_log(struct drawing *d)
{
	if (!*text(d->result, "log", "root"))
		return;
	drawing_row(d, "log");
	drawing_add(d, at(d->result, "log", "origin"));
	buf_addf(d->out, ", %llu entries, root ",
		(unsigned long long)number(d->result, "log", "size"));
	drawing_add_first(d, at(d->result, "log", "root"), ROOT_CHARACTERS);
	drawing_end(d);
}

/* One command that makes sense now; never cut, since it is to be copied. */
static void next(
	struct drawing *d, bool *any, const char *command, const char *key, const char *comment)
{
	drawing_row(d, *any ? "" : "next");
	buf_addf(d->out, "%s ", command);
	drawing_add(d, at(d->result, key, NULL));
	buf_addf(d->out, "%s\n", comment);
	*any = true;
}

static void draw_next(struct drawing *d)
{
	bool any = false;

	if (number(d->result, "run", "exit"))
		next(d, &any, "remit show --output", "job", "   # what it wrote");
	if (!*text(d->result, "ref", NULL))
		return;
	next(d, &any, "remit diff", "job", "");
	if (*text(d->result, "branch", NULL))
		next(d, &any, "git merge", "branch", "");
	else
		next(d, &any, "git update-ref -d", "ref", "   # to forget it");
}

void card_draw(const struct ctx *ctx, const json_t *result, struct buf *out)
{
	static void (*const parts[])(struct drawing * d) = { draw_head, draw_verdict, draw_reasons,
		draw_needs, draw_changed, draw_anomalies, draw_discarded, draw_note, draw_denied,
		draw_reached, draw_allowed, draw_done, draw_omitted, draw_checks, draw_log,
		draw_next };
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

	drawing_add(&d, at(result, "job", NULL));
	buf_adds(out, "  ");
	drawing_add_styled(&d, s.colour, word);
	buf_addf(out, "  %3zu %-5s  ", n, n == 1 ? "file" : "files");
	text_add_human_duration(out, number(result, "run", "wall"));
	d.start = out->len;
	buf_adds(out, "  ");
	drawing_add(&d, at(at(result, "actor", "agent"), "name", NULL));
	buf_adds(out, "  ");
	drawing_add_line(&d, at(result, "task", NULL));
	drawing_end_within(&d, drawing_room(&d) / 2);
}
