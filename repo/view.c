#include "repo/view.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "repo/sha1.h"
#include "repo/stores.h"

/* Objects above this are streamed where they can be. */
enum { STREAM_ABOVE = 8 << 20, PIECE = 1 << 20, LAST = 2 };

/* An object store of its own, so that a view has no say in how the repository is open. */
static int open_store(const struct repo *repo, const char *quarantine, git_odb **ret)
{
	int r = stores_open(&repo->stores, ret);

	if (r == 0 && quarantine && access(quarantine, F_OK) == 0)
		r = stores_add(*ret, quarantine, LAST);
	return r;
}

int view_open(const struct repo *repo, const char *quarantine, struct view *ret, struct err *err)
{
	struct view v = { .repo = repo };
	int r = open_store(repo, quarantine, &v.odb);

	if (r == 0)
		r = git_repository_wrap_odb(&v.git, v.odb);
	if (r < 0) {
		view_done(&v);
		return repo_fail(err, r, "open the objects of '%s'", repo->name);
	}
	*ret = v;
	return 0;
}

void view_done(struct view *v)
{
	git_repository_free(v->git);
	git_odb_free(v->odb);
	*v = (struct view){ 0 };
}

/* A clone that left objects out says so by one of these. */
static bool says_partial(const char *setting)
{
	return !strcmp(setting, "extensions.partialclone") ||
	       (text_starts(setting, "remote.") && text_ends(setting, ".promisor"));
}

/*
 * Goes through all settings: libgit2's search by expression loses memory for each that does not
 * match.
 */
static bool is_partial(const struct repo *repo)
{
	auto_git_config git_config *config = NULL;
	auto_git_settings git_config_iterator *settings = NULL;
	git_config_entry *entry;

	if (git_repository_config(&config, repo->git) < 0 ||
		git_config_iterator_new(&settings, config) < 0)
		return false;
	while (git_config_next(&entry, settings) == 0)
		if (says_partial(entry->name))
			return true;
	return false;
}

static int fail(const struct view *v, int code, const git_oid *id, struct err *err)
{
	const char *name = v->repo->name;
	char hex[REPO_ID_HEX + 1];

	git_oid_tostr(hex, sizeof(hex), id);
	if (code != GIT_ENOTFOUND)
		return repo_fail(err, code, "read object %s of '%s'", hex, name);
	if (is_partial(v->repo))
		return err_say(err, -ENOENT,
			"object %s is missing from '%s', a partial clone: check the revision out "
			"there once so that git fetches it, or clone without --filter",
			hex, name);
	return err_say(err, -ENOENT, "object %s is missing from '%s': 'git fsck' there says more",
		hex, name);
}

int view_tree(const struct view *v, const git_oid *id, git_tree **ret, struct err *err)
{
	int r = git_tree_lookup(ret, v->git, id);

	return r < 0 ? fail(v, r, id, err) : 0;
}

int view_commit(const struct view *v, const git_oid *id, git_commit **ret, struct err *err)
{
	int r = git_commit_lookup(ret, v->git, id);

	return r < 0 ? fail(v, r, id, err) : 0;
}

int view_size(const struct view *v, const git_oid *id, uint64_t *ret, struct err *err)
{
	git_object_t type;
	size_t size;
	int r = git_odb_read_header(&size, &type, v->odb, id);

	if (r < 0)
		return fail(v, r, id, err);
	*ret = size;
	return 0;
}

int view_read(const struct view *v, const git_oid *id, git_odb_object **ret, struct err *err)
{
	int r = git_odb_read(ret, v->odb, id);

	return r < 0 ? fail(v, r, id, err) : 0;
}

/* Reads what the stream has, hashing it, until size bytes came or something went wrong. */
static int pump(git_odb_stream *stream, uint64_t size, struct sha1 *hash, view_sink sink, void *ctx,
	struct err *err)
{
	auto_free char *piece = xcalloc(PIECE, 1);

	while (size) {
		int n = git_odb_stream_read(stream, piece, size < PIECE ? (size_t)size : PIECE);
		int r;

		if (n <= 0)
			return repo_fail(err, n ? n : GIT_ERROR, "read a large object");
		sha1_add(hash, piece, (size_t)n);
		size -= (uint64_t)n;
		r = sink(ctx, piece, (size_t)n, err);
		if (r != 0)
			return r;
	}
	return 0;
}

static int stream_loose(git_odb_stream *stream, uint64_t size, const git_oid *id, view_sink sink,
	void *ctx, struct err *err)
{
	unsigned char digest[SHA1_LEN];
	struct sha1 hash;
	char header[32];
	int n = snprintf(header, sizeof(header), "blob %llu", (unsigned long long)size);
	int r;

	sha1_init(&hash);
	sha1_add(&hash, header, (size_t)n + 1);
	r = pump(stream, size, &hash, sink, ctx, err);
	if (r != 0)
		return r;
	sha1_end(&hash, digest);
	if (memcmp(digest, id->id, SHA1_LEN) != 0)
		return err_say(err, -EIO, "a large object does not hold what its name says");
	return 0;
}

int view_stream(const struct view *v, const git_oid *id, view_sink sink, void *ctx, struct err *err)
{
	auto_git_stream git_odb_stream *stream = NULL;
	auto_git_blob git_odb_object *whole = NULL;
	git_object_t type;
	size_t size;
	int r = git_odb_read_header(&size, &type, v->odb, id);

	if (r < 0)
		return fail(v, r, id, err);
	if (size > STREAM_ABOVE && git_odb_open_rstream(&stream, &size, &type, v->odb, id) == 0)
		return stream_loose(stream, size, id, sink, ctx, err);
	r = view_read(v, id, &whole, err);
	if (r < 0)
		return r;
	return sink(ctx, git_odb_object_data(whole), git_odb_object_size(whole), err);
}
