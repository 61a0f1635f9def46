#include "runner/live.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/text.h"

/* Counting the files that changed costs what has changed: the longer it takes, the less often. */
enum { COUNT_EVERY_MS = 1000, COUNT_SHARE = 20 };

void live_start(struct live *l, const struct ctx *ctx, const char *events, const char *upper)
{
	*l = (struct live){ .ctx = ctx,
		.on = ctx->terminal,
		.started = ctx->tick_ms(),
		.events = -1,
		.upper = -1 };
	if (!l->on)
		return;
	if (events)
		l->events = open(events, O_RDONLY | O_CLOEXEC);
	if (upper)
		l->upper = open(upper, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Our own lines begin with number, time and type; a job can't put anything before these. */
static void count_line(struct live *l, const char *line)
{
	const char *type = strstr(line, "\"type\":\"");

	if (!type)
		return;
	type += strlen("\"type\":\"");
	l->programs += text_starts(type, "start\"");
	l->denied += text_starts(type, "denied\"") || text_starts(type, "tripwire\"");
}

static void take(struct live *l, char c)
{
	if (c == '\n') {
		l->tail[l->tail_len] = '\0';
		count_line(l, l->tail);
		l->tail_len = 0;
	} else if (l->tail_len < sizeof(l->tail) - 1) {
		l->tail[l->tail_len++] = c;
	}
}

static void read_events(struct live *l)
{
	char chunk[16384];
	ssize_t n;

	while (l->events >= 0 && (n = read(l->events, chunk, sizeof(chunk))) > 0)
		for (ssize_t i = 0; i < n; i++)
			take(l, chunk[i]);
}

/* All names that the job made or changed, but for its private .git. */
static uint64_t count_names(const struct live *l)
{
	auto_fd int git = open_beneath(l->upper, ".git", O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, 0);
	uint64_t bytes, all = 0, private = 0;

	if (tree_usage(l->upper, &bytes, &all) < 0)
		return 0;
	if (git >= 0 && tree_usage(git, &bytes, &private) == 0)
	private++;
	return all > private ? all - private : 0;
}

static void count_files(struct live *l)
{
	uint64_t now = l->ctx->tick_ms(), took;

	if (l->upper < 0 || now < l->next_count)
		return;
	l->files = count_names(l);
	took = (l->ctx->tick_ms() - now) * COUNT_SHARE;
	l->next_count = now + (took > COUNT_EVERY_MS ? took : COUNT_EVERY_MS);
}

static void show(const struct live *l, const char *text)
{
	if (l->on)
		fprintf(stderr, "\r\033[K%s", text);
}

void live_tick(void *arg)
{
	struct live *l = arg;
	auto_buf struct buf line = BUF_INIT;

	if (!l->on)
		return;
	read_events(l);
	count_files(l);
	text_add_human_duration(&line, l->ctx->tick_ms() - l->started);
	buf_addf(&line, "  programs %llu  files %llu  denied %llu", (unsigned long long)l->programs,
		(unsigned long long)l->files, (unsigned long long)l->denied);
	show(l, buf_str(&line));
}

void live_say(struct live *l, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	show(l, text);
}

void live_stop(struct live *l)
{
	show(l, "");
	if (l->events >= 0)
		close(l->events);
	if (l->upper >= 0)
		close(l->upper);
	l->events = -1;
	l->upper = -1;
	l->on = false;
}
