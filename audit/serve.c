#include "audit/serve.h"

#include <string.h>

#include "base/io.h"
#include "base/logwire.h"

enum {
	MAX_GROUP = 1024, /* requests in a batch */
	MAX_GROUP_BYTES = 1 << 20, /* a batch grows no more beyond this */
	CHUNK = 1 << 16,
};

/* A request that is here as a whole. */
struct request {
	struct bundle body;
	uint64_t entries; /* 0: it is refused, and why says so */
	const char *why;
};

struct server {
	struct log *log;
	int in, out;
	struct buf input; /* not answered yet */
	struct request group[MAX_GROUP];
	size_t n; /* of the group */
	size_t used; /* bytes of input that the group takes */
	struct buf batch; /* the entries of the group */
	struct buf answers; /* to the group */
};

static void done(struct server *s)
{
	buf_done(&s->input);
	buf_done(&s->batch);
	buf_done(&s->answers);
}

/* One read. *ret_end at the end of input. */
static int fill(struct server *s, bool *ret_end, struct err *err)
{
	ssize_t n;

	buf_reserve(&s->input, CHUNK);
	do
		n = read(s->in, s->input.data + s->input.len, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(err, -errno, "read a request");
	s->input.len += (size_t)n;
	*ret_end = n == 0;
	return 0;
}

static void judge(struct request *r)
{
	if (bundle_count(r->body, &r->entries) < 0) {
		r->entries = 0;
		r->why = "the request breaks off within an entry";
	} else if (!r->entries) {
		r->why = "the request has no entry";
	}
}

/* The next whole request in the input, after those of the group. */
static bool take(struct server *s)
{
	const char *p = buf_str(&s->input) + s->used;
	size_t left = s->input.len - s->used, len;
	struct request r = { .entries = 0 };

	if (s->n == MAX_GROUP || left < LOGWIRE_COUNT)
		return false;
	len = logwire_count(p);
	if (len > LOGWIRE_MAX_REQUEST || left - LOGWIRE_COUNT < len)
		return false;
	r.body = (struct bundle){ p + LOGWIRE_COUNT, len };
	judge(&r);
	s->group[s->n++] = r;
	s->used += LOGWIRE_COUNT + len;
	return true;
}

static void answer(
	struct server *s, const struct checkpoint *head, uint64_t entries, const char *error)
{
	struct logwire_answer a = {
		.first = head->size - entries, .size = head->size, .origin = (char *)head->origin
	};

	memcpy(a.root, head->root, sizeof(a.root));
	for (size_t i = 0; i < s->n; i++) {
		const struct request *r = &s->group[i];

		if (r->why || error) {
			logwire_add_error(&s->answers, r->why ? r->why : error);
			continue;
		}
		logwire_add_ok(&s->answers, &a);
		a.first += r->entries;
	}
}

static int process(struct server *s, struct err *err)
{
	struct checkpoint head = { .size = 0 };
	uint64_t entries = 0;
	int r = 0;

	buf_truncate(&s->batch, 0);
	for (size_t i = 0; i < s->n; i++) {
		entries += s->group[i].entries;
		if (s->group[i].entries)
			buf_add(&s->batch, s->group[i].body.p, s->group[i].body.left);
	}
	if (entries)
		r = log_append(s->log, (struct bundle){ s->batch.data, s->batch.len }, &head, err);
	if (r == -ENOTRECOVERABLE)
		return r;
	buf_truncate(&s->answers, 0);
	answer(s, &head, r < 0 ? 0 : entries, r < 0 ? err->text : NULL);
	memmove(s->input.data, s->input.data + s->used, s->input.len - s->used);
	buf_truncate(&s->input, s->input.len - s->used);
	r = io_write_all(s->out, s->answers.data, s->answers.len);
	return r < 0 ? err_set(err, r, "write an answer") : 0;
}

/* A request that is too large is read to its end, so that the next one is found. */
static int refuse_large(struct server *s, bool *ret_end, struct err *err)
{
	size_t left = LOGWIRE_COUNT + logwire_count(s->input.data);
	int r;

	buf_truncate(&s->answers, 0);
	logwire_add_error(&s->answers, "the request is larger than a request may be");
	r = io_write_all(s->out, s->answers.data, s->answers.len);
	if (r < 0)
		return err_set(err, r, "write an answer");
	while (left > s->input.len && !*ret_end) {
		left -= s->input.len;
		buf_truncate(&s->input, 0);
		r = fill(s, ret_end, err);
		if (r < 0)
			return r;
	}
	left = left < s->input.len ? left : s->input.len;
	memmove(s->input.data, s->input.data + left, s->input.len - left);
	buf_truncate(&s->input, s->input.len - left);
	return 0;
}

static bool is_large(const struct server *s)
{
	return s->input.len >= LOGWIRE_COUNT && logwire_count(s->input.data) > LOGWIRE_MAX_REQUEST;
}

/* Answers what waits; reads on when nothing does. */
static int step(struct server *s, bool *ret_end, struct err *err)
{
	s->n = 0;
	s->used = 0;
	while (s->used < MAX_GROUP_BYTES && take(s))
		;
	if (s->n)
		return process(s, err);
	return is_large(s) ? refuse_large(s, ret_end, err) : fill(s, ret_end, err);
}

int serve(struct log *l, int in, int out, void (*warn)(const struct err *err), struct err *err)
{
	CLEANUP(done) struct server s = { .log = l, .in = in, .out = out };
	struct err trouble;
	bool end = false;
	int r = 0;

	while (r == 0 && !end) {
		r = step(&s, &end, err);
		/* After the answer, so that nobody waits for it. */
		if (r == 0 && log_trim(l, &trouble) < 0)
			warn(&trouble);
	}
	if (r == 0 && s.input.len)
		return err_say(err, -EPROTO, "the input ends within a request");
	return r;
}
