#include "repo/commits_child.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/io.h"
#include "repo/git.h"

/* SOCKET and the numbers behind it are those that confine_self gives; all paths start in our own directory. */
enum { SOCKET = CONFINE_FIRST_FD, FIRST_PACK, MAX_COMMIT = 1 << 20, CHUNK = 1 << 20 };

struct reader {
	git_odb *odb;
	git_repository *repo;
	size_t n_packs;
	bool has_packs;
	struct commits_packet packet;
	struct commits_answer answer;
};

static int send_packet(struct reader *rd, enum commits_op op, const git_oid *id)
{
	struct commits_packet *p = &rd->packet;
	size_t len = offsetof(struct commits_packet, text) + p->author + p->message;

	p->op = op;
	p->id = *id;
	return send(SOCKET, p, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1;
}

static int send_bare(struct reader *rd, enum commits_op op, const git_oid *id)
{
	rd->packet.author = 0;
	rd->packet.message = 0;
	return send_packet(rd, op, id);
}

static int send_commit(struct reader *rd, const git_commit *commit)
{
	const git_signature *who = git_commit_author(commit);
	const char *message = git_commit_message(commit);
	struct commits_packet *p = &rd->packet;

	snprintf(p->text, COMMITS_MAX_AUTHOR, "%s <%s>", who->name, who->email);
	p->author = (uint32_t)strlen(p->text);
	p->message = (uint32_t)strnlen(message, CAPTURE_MAX_MESSAGE);
	memcpy(p->text + p->author, message, p->message);
	return send_packet(rd, COMMITS_TELL, git_commit_id(commit));
}

/* *ret_len: of the answer's data. */
static int ask(struct reader *rd, const git_oid *id, size_t *ret_len)
{
	size_t head = offsetof(struct commits_answer, data);
	ssize_t n;

	if (send_bare(rd, COMMITS_ASK, id) < 0)
		return -1;
	n = recv(SOCKET, &rd->answer, sizeof(rd->answer), 0);
	if (n < (ssize_t)head)
		return -1;
	*ret_len = (size_t)n - head;
	return 0;
}

static int keep_loose(const struct reader *rd, const git_oid *id, size_t len)
{
	char hex[REPO_ID_HEX + 1];
	char dir[3];
	char path[REPO_ID_HEX + 2];
	int r;

	git_oid_tostr(hex, sizeof(hex), id);
	snprintf(dir, sizeof(dir), "%.2s", hex);
	snprintf(path, sizeof(path), "%s/%s", dir, hex + 2);
	r = dir_make(AT_FDCWD, dir, 0700, NULL);
	return r < 0 ? r : file_write(AT_FDCWD, path, 0600, rd->answer.data, len, 0, NULL);
}

static int feed(git_indexer *indexer, int fd)
{
	auto_free char *chunk = xcalloc(CHUNK, 1);
	git_indexer_progress progress = { 0 };
	size_t n = CHUNK;

	while (n == CHUNK) {
		int r = io_read_full(fd, chunk, CHUNK, &n);

		if (r < 0)
			return r;
		if (n && git_indexer_append(indexer, chunk, n, &progress) < 0)
			return -EBADMSG;
	}
	return git_indexer_commit(indexer, &progress) < 0 ? -EBADMSG : 0;
}

/*
 * Packs come over once, when a loose object is missing. The job's own index is never looked at:
 * libgit2 makes one from the pack, and so checks every object.
 */
static int keep_packs(struct reader *rd)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < rd->n_packs && !rd->has_packs; i++) {
		auto_git_indexer git_indexer *indexer = NULL;

		r = git_indexer_new(&indexer, "pack", 0600, NULL, NULL);
		if (r == 0)
			r = feed(indexer, FIRST_PACK + (int)i);
	}
	rd->has_packs = true;
	return r;
}

static bool is_small_commit(const struct reader *rd, const git_oid *id)
{
	git_object_t type = GIT_OBJECT_INVALID;
	size_t size = 0;

	return git_odb_read_header(&size, &type, rd->odb, id) == 0 && type == GIT_OBJECT_COMMIT &&
	       size <= MAX_COMMIT;
}

/* One commit, brought over and sent; *id becomes its first parent, or stays empty at a root. */
static int step(struct reader *rd, git_oid *id, size_t len)
{
	auto_git_commit git_commit *commit = NULL;
	git_oid none_left = { 0 };
	int r = rd->answer.place == COMMITS_LOOSE ? keep_loose(rd, id, len) : keep_packs(rd);

	if (r < 0 || !is_small_commit(rd, id) || git_commit_lookup(&commit, rd->repo, id) < 0 ||
		send_commit(rd, commit) < 0)
		return -1;
	*id = git_commit_parentcount(commit) ? *git_commit_parent_id(commit, 0) : none_left;
	return 0;
}

static int walk(struct reader *rd, git_oid id)
{
	for (unsigned int n = 0; n <= CAPTURE_MAX_COMMITS; n++) {
		size_t len = 0;

		if (git_oid_is_zero(&id))
			return send_bare(rd, COMMITS_END, &id);
		if (ask(rd, &id, &len) < 0)
			return -1;
		if (rd->answer.place == COMMITS_KNOWN)
			return send_bare(rd, COMMITS_END, &id);
		if (n == CAPTURE_MAX_COMMITS || step(rd, &id, len) < 0)
			return -1;
	}
	return -1;
}

int commits_child_run(const struct commits_child *c)
{
	struct reader *rd = xcalloc(1, sizeof(*rd));
	int r = confine_self(&c->confine);

	rd->n_packs = c->confine.n_fds - 1;
	/* libgit2 looks for packs only where this was there from the start. */
	if (r == 0)
		r = dir_make(AT_FDCWD, "pack", 0700, NULL);
	if (r == 0)
		r = git_odb_open(&rd->odb, ".");
	if (r == 0)
		r = git_repository_wrap_odb(&rd->repo, rd->odb);
	if (r == 0)
		r = walk(rd, c->head);
	git_repository_free(rd->repo);
	git_odb_free(rd->odb);
	free(rd);
	return r;
}
