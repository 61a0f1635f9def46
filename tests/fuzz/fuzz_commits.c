/*
 * fuzz_commits.c: what the process that reads a job's commits sends. It may have been taken over by what it
 * read, so here the input is in its place.
 */
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/io.h"
#include "repo/commits.h"
#include "repo/commits_child.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/repo_kit.h"

static const char head[] = "1111111111111111111111111111111111111111\n";

/* The input, which the child finds where its parent left it. */
static struct feed *script(void)
{
	static struct feed f;

	return &f;
}

/* Packets may be longer than any that is taken. */
static struct commits_packet *new_packet(void)
{
	return xcalloc(1, sizeof(struct commits_packet) + UINT16_MAX);
}

/* Returns the length of the packet that comes next. */
static size_t next_packet(struct feed *f, struct commits_packet *p)
{
	uint8_t op = feed_byte(f), how = feed_byte(f);
	size_t author = feed_byte(f), message = feed_byte(f), len;

	memset(p, 0, offsetof(struct commits_packet, text));
	if (how & 4)
		author *= 8;
	if (how & 8)
		message *= 128;
	len = author + message;
	p->op = op % 8;
	p->author = (uint32_t)(how & 1 ? author * 0x10101 : author);
	p->message = (uint32_t)(how & 2 ? message * 0x10101 : message);
	memset(&p->id, feed_byte(f), sizeof(p->id));
	memset((char *)p + offsetof(struct commits_packet, text), 'a' + op % 16, len);
	return how & 128 ? feed_byte(f) : offsetof(struct commits_packet, text) + len;
}

/* In the place of the real one: sends, and hears answers, but looks at nothing. */
int commits_child_run(const struct commits_child *c)
{
	struct commits_packet *p = new_packet();
	struct commits_answer *a = xcalloc(1, sizeof(*a));
	int sock = dup2(c->confine.fds[0], CONFINE_FIRST_FD);

	/* As in the real one: our copy of the other end would keep us waiting for ourselves. */
	must(sock >= 0 && close_range(sock + 1, ~0U, 0) == 0);
	while (script()->left) {
		size_t len = next_packet(script(), p);

		if (send(sock, p, len, MSG_NOSIGNAL) != (ssize_t)len)
			return 0;
		if (p->op == COMMITS_ASK && recv(sock, a, sizeof(*a), 0) <= 0)
			return 0;
	}
	return 0;
}

static bool is_commit(const struct commits_packet *p, size_t len)
{
	return p->author < COMMITS_MAX_AUTHOR && p->message <= CAPTURE_MAX_MESSAGE &&
	       len == offsetof(struct commits_packet, text) + p->author + p->message;
}

/* How many commits are to be believed; *ret_ended: nothing was left out. */
static size_t expect(struct feed f, bool *ret_ended)
{
	struct commits_packet *p = new_packet();
	size_t n = 0;

	*ret_ended = false;
	while (f.left && !*ret_ended) {
		size_t len = next_packet(&f, p);

		if (len < offsetof(struct commits_packet, text))
			break;
		*ret_ended = p->op == COMMITS_END;
		if (p->op == COMMITS_TELL && is_commit(p, len) && n < CAPTURE_MAX_COMMITS)
			n++;
		else if (p->op != COMMITS_ASK)
			break;
	}
	free(p);
	return n;
}

static void check(const struct capture *c, size_t n, bool ended)
{
	must(c->n_commits == n && c->commits_cut == !ended);
	for (size_t i = 0; i < n; i++) {
		const struct capture_commit *commit = &c->commits[i];

		must(strlen(commit->id) == REPO_ID_HEX);
		must(strlen(commit->author) < COMMITS_MAX_AUTHOR);
		must(strlen(commit->message) <= CAPTURE_MAX_MESSAGE);
	}
}

static int open_upper(void)
{
	int fd;

	must(fuzz_put("upper/.git/HEAD", head, sizeof(head) - 1));
	must(fuzz_put("upper/.git/objects/22/22222222222222222222222222222222222222", "x", 1));
	must(dir_open(fuzz_scratch()->fd, "upper", &fd, NULL) == 0);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fuzz_repo *r = fuzz_repo();
	auto_free char *scratch = xasprintf("%s/commits", fuzz_scratch()->path);
	auto_fd int upper = open_upper();
	auto_view struct view view = { 0 };
	struct capture capture CLEANUP(capture_done) = { 0 };
	bool ended;
	size_t n;

	*script() = (struct feed){ data, size };
	n = expect(*script(), &ended);
	must(view_open(r->repo, NULL, &view, NULL) == 0);
	must(commits_read(&view, upper, r->commit.id, scratch, &capture, NULL) == 0);
	check(&capture, n, ended);
	return 0;
}
