#include "runner/logclient.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>

#include "audit/read.h"
#include "audit/store.h"
#include "base/io.h"
#include "base/proc.h"
#include "base/text.h"

enum { MAX_SAID = 65536 };

struct paths {
	char *log, *key, *vkey;
};

static struct paths paths_of(const struct ctx *ctx)
{
	return (struct paths){ ctx_state(ctx, "log"), ctx_state(ctx, "keys/log.key"),
		ctx_state(ctx, "log.vkey") };
}

static void paths_done(struct paths *p)
{
	free(p->log);
	free(p->key);
	free(p->vkey);
}

/* A name that no other log has: the host's, for people, and random digits, for certain. */
static int make_origin(char *out, size_t size, struct err *err)
{
	unsigned char random[8];
	char host[64] = "host", hex[2 * sizeof(random) + 1];

	if (gethostname(host, sizeof(host) - 1) < 0 ||
		getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return err_set(err, -errno, "make a name for the log");
	for (char *p = host; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789.-", *p))
			*p = '-';
	hex_encode(random, sizeof(random), hex);
	snprintf(out, size, "%s/remit/%s", host, hex);
	return 0;
}

/* Puts what a remit-log had to say before it ended, without its name, in the place of the sentence. */
static int fail_as(struct err *err, int code, const struct buf *said)
{
	static const char name[] = "remit-log: ";
	const char *text = buf_str(said);
	size_t n;

	text += text_starts(text, name) ? strlen(name) : 0;
	n = strcspn(text, "\n");
	return n ? err_say(err, code, "%.*s", (int)n, text) : code;
}

static int run_init(
	const struct ctx *ctx, const struct paths *p, const char *origin, struct err *err)
{
	char *argv[] = { ctx->log, "init", "--log", p->log, "--key", p->key, "--vkey", p->vkey,
		"--origin", (char *)origin, NULL };
	auto_fd int in = -1, out = -1;
	struct proc_fd fds[] = { { -1, 0 }, { -1, 1 }, { -1, 2 } };
	auto_buf struct buf said = BUF_INIT;
	int ends[2], code = 0, r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(err, -errno, "make a pipe");
	in = ends[0];
	out = ends[1];
	fds[2].from = out;
	r = proc_start(ctx->log, argv, NULL, fds, ARRAY_SIZE(fds), &pid, err);
	if (r < 0)
		return r;
	close(steal_fd(&out));
	r = io_read_all(in, MAX_SAID, &said);
	if (proc_wait(pid, &code) == 0 && r == 0 && code == 0)
		return 0;
	err_say(err, -EIO, "the log in '%s' could not be made", p->log);
	return fail_as(err, -EIO, &said);
}

static int make_log(const struct ctx *ctx, const struct paths *p, struct err *err)
{
	char origin[128];
	int r = make_origin(origin, sizeof(origin), err);

	return r < 0 ? r : run_init(ctx, p, origin, err);
}

/* Moves the first line of what was heard to line, without its end. False while there is no whole one. */
static bool take_line(struct buf *heard, struct buf *line)
{
	char *end = memchr(buf_str(heard), '\n', heard->len);
	size_t n = end ? (size_t)(end - heard->data) : 0;

	if (!end)
		return false;
	buf_truncate(line, 0);
	buf_add(line, heard->data, n);
	memmove(heard->data, end + 1, heard->len - n - 1);
	buf_truncate(heard, heard->len - n - 1);
	return true;
}

/* -EPIPE when there is none to come. */
static int read_line(struct logclient *c, struct buf *line)
{
	while (!take_line(&c->heard, line)) {
		char chunk[LOGWIRE_MAX_ANSWER];
		ssize_t n = read(c->out, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || c->heard.len > MAX_SAID)
			return -EPIPE;
		buf_add(&c->heard, chunk, (size_t)n);
	}
	return 0;
}

/* Complaints that come before the answer are the reason when none comes; beside an answer they are about upkeep. */
static int read_answer(struct logclient *c, struct logwire_answer *ret, struct err *err)
{
	auto_buf struct buf said = BUF_INIT, line = BUF_INIT;

	while (read_line(c, &line) == 0) {
		if (!text_starts(buf_str(&line), "remit-log: "))
			return logwire_parse_answer(buf_str(&line), ret, err);
		buf_truncate(&said, 0);
		buf_add(&said, line.data, line.len);
	}
	err_say(err, -EPIPE, "the log did not answer: what was to be recorded may not be");
	return fail_as(err, -EPIPE, &said);
}

/*
 * An empty request changes nothing, and the refusal of it says that the log is open and in order, what a crash
 * had left half done included. Without an answer nothing has come into the log.
 */
static int greet(struct logclient *c, struct err *err)
{
	static const char empty[LOGWIRE_COUNT];
	struct logwire_answer answer;
	int r = io_write_all(c->in, empty, sizeof(empty));

	if (r == 0 || r == -EPIPE)
		r = read_answer(c, &answer, err);
	if (r == 0)
		logwire_answer_done(&answer);
	return r == -EREMOTEIO ? 0 : err_prefix(err, -EIO, "open the log");
}

static int spawn(const struct ctx *ctx, const struct paths *p, struct logclient *c, struct err *err)
{
	char *argv[] = { ctx->log, "append", "--log", p->log, "--key", p->key, NULL };
	int in[2], out[2], r;

	if (pipe2(in, O_CLOEXEC) < 0)
		return err_set(err, -errno, "make a pipe");
	c->in = in[1];
	if (pipe2(out, O_CLOEXEC) < 0) {
		r = err_set(err, -errno, "make a pipe");
	} else {
		/* What it complains of comes the same way as its answers, so that it can be told from here. */
		struct proc_fd fds[] = { { in[0], 0 }, { out[1], 1 }, { out[1], 2 } };

		c->out = out[0];
		r = proc_start(ctx->log, argv, NULL, fds, ARRAY_SIZE(fds), &c->pid, err);
		close(out[1]);
	}
	close(in[0]);
	return r;
}

static int add_opening(struct logclient *c, const struct paths *p, struct err *err)
{
	auto_buf struct buf vkey = BUF_INIT;
	auto_json json_t *body = json_object();
	struct record record = { .type = RECORD_LOG_OPENED, .body = body };
	int r = file_read(AT_FDCWD, p->vkey, 4096, &vkey, err);

	if (r < 0)
		return r;
	buf_truncate(&vkey, strcspn(buf_str(&vkey), "\n"));
	json_put_str(body, "vkey", buf_str(&vkey));
	return logclient_add(c, &record, err);
}

static int open_log(const struct ctx *ctx, const struct paths *p, struct err *err)
{
	struct logclient c = LOGCLIENT_INIT;
	struct logwire_answer answer;
	int r = spawn(ctx, p, &c, err);

	if (r == 0)
		r = greet(&c, err);
	c.now = ctx->now_ms();
	if (r == 0)
		r = add_opening(&c, p, err);
	if (r == 0)
		r = logclient_flush(&c, &answer, err);
	if (r == 0)
		logwire_answer_done(&answer);
	logclient_stop(&c);
	return r;
}

/* Whether there is a log with its first record. One that can't be read is for remit-log to complain of. */
static bool is_open(const struct paths *p)
{
	auto_reader struct reader *reader = NULL;

	if (access(p->vkey, F_OK) < 0)
		return false;
	return reader_open(p->log, &reader, NULL) < 0 || reader_head(reader)->size > 0;
}

/* One of us at a time: the second finds the log made. */
static int lock_state(const struct ctx *ctx, int *ret_fd, struct err *err)
{
	int r = dir_make(AT_FDCWD, ctx->state, 0700, err);

	if (r < 0)
		return r;
	*ret_fd = open(ctx->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = *ret_fd < 0 ? -errno : file_lock(*ret_fd, LOCK_EX);
	return r < 0 ? err_set(err, r, "lock '%s'", ctx->state) : 0;
}

int logclient_init(const struct ctx *ctx, bool *ret_made, struct err *err)
{
	CLEANUP(paths_done) struct paths p = paths_of(ctx);
	auto_fd int lock = -1;
	int r;

	*ret_made = false;
	signal(SIGPIPE, SIG_IGN);
	if (is_open(&p))
		return 0;
	r = lock_state(ctx, &lock, err);
	if (r < 0 || is_open(&p))
		return r;
	if (access(p.vkey, F_OK) < 0)
		r = make_log(ctx, &p, err);
	if (r == 0)
		r = open_log(ctx, &p, err);
	*ret_made = r == 0;
	return r;
}

int logclient_start(const struct ctx *ctx, struct logclient *c, struct err *err)
{
	CLEANUP(paths_done) struct paths p = paths_of(ctx);
	bool made;
	int r = 0;

	if (!c->pid)
		r = logclient_init(ctx, &made, err);
	if (r == 0 && !c->pid)
		r = spawn(ctx, &p, c, err);
	c->now = ctx->now_ms();
	return r < 0 ? r : greet(c, err);
}

void logclient_prepare(const struct ctx *ctx, struct logclient *c)
{
	CLEANUP(paths_done) struct paths p = paths_of(ctx);

	signal(SIGPIPE, SIG_IGN);
	if (is_open(&p) && spawn(ctx, &p, c, NULL) < 0)
		logclient_stop(c);
}

int logclient_add(struct logclient *c, const struct record *record, struct err *err)
{
	char time[RECORD_TIME_LEN + 1];
	struct record timed = *record;
	auto_free char *text = NULL;
	int r;

	record_time(c->now, time);
	timed.time = time;
	r = record_encode(&timed, &text, err);
	if (r < 0)
		return r;
	if (!c->batch.len)
		logwire_begin(&c->batch);
	return logwire_add(&c->batch, text, strlen(text), err);
}

int logclient_flush(struct logclient *c, struct logwire_answer *ret, struct err *err)
{
	int r = logwire_end(&c->batch, err);

	if (r < 0)
		return r;
	/* One that has ended already may have said why: that is read in any case. */
	r = io_write_all(c->in, c->batch.data, c->batch.len);
	buf_truncate(&c->batch, 0);
	if (r < 0 && r != -EPIPE)
		return err_set(err, r, "append to the log");
	r = read_answer(c, ret, err);
	return r < 0 ? err_prefix(err, r, "append to the log") : 0;
}

void logclient_forget(struct logclient *c)
{
	buf_truncate(&c->batch, 0);
}

void logclient_stop(struct logclient *c)
{
	int code;

	if (c->in >= 0)
		close(c->in);
	if (c->out >= 0)
		close(c->out);
	if (c->pid > 0 && proc_wait(c->pid, &code) < 0)
		c->pid = 0;
	buf_done(&c->batch);
	buf_done(&c->heard);
	*c = (struct logclient)LOGCLIENT_INIT;
}
