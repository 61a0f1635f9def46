#include "repo/base.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/io.h"
#include "repo/base_cache.h"
#include "repo/checkout.h"
#include "repo/once.h"

/*
 * BASES/TREE/tree, BASES/TREE/git and BASES/TREE/size (bytes, decimal). Who uses a checkout holds a
 * shared flock on its git directory, whose modification time says when it was last asked for.
 */

/* Room between the time that files get and the present, so that no index is ever racy. */
enum { SURELY_PAST = 60 };

static int open_cache(const struct base_options *options, int *ret, struct err *err)
{
	auto_fd int fd = -1;
	int r = dir_make(AT_FDCWD, options->bases, 0755, err);

	if (r < 0)
		return r;
	fd = open(options->bases, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, -errno, "open '%s'", options->bases);
	*ret = steal_fd(&fd);
	return 0;
}

/* Takes the lock of a checkout that is there; *ret is -1 when there is none. */
static int take(int cache, const char *tree, int *ret, struct err *err)
{
	auto_free char *name = xasprintf("%s/git", tree);
	auto_fd int fd = openat(cache, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	*ret = -1;
	if (fd < 0)
		return errno == ENOENT ? 0 : err_set(err, -errno, "open checkout %s", tree);
	r = file_lock(fd, LOCK_SH);
	if (r < 0)
		return err_set(err, r, "lock checkout %s", tree);
	/*
	 * It was removed between the two calls, perhaps made again: then this lock holds nothing.
	 */
	if (!once_is_named(cache, name, fd))
		return 0;
	/*
	 * A cache that can be read but not written still serves; it just forgets how old this is.
	 */
	if (futimens(fd, NULL) < 0 && errno != EROFS && errno != EACCES && errno != EPERM)
		return err_set(err, -errno, "mark checkout %s as used", tree);
	*ret = steal_fd(&fd);
	return 0;
}

/* The commit's time, but never near to or beyond the present, which a new directory shows. */
static int time_of_files(int fd, const struct repo_commit *commit, uint32_t *ret, struct err *err)
{
	struct stat st;
	uint64_t newest;

	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "look at a new checkout");
	newest = st.st_mtim.tv_sec > 2 * SURELY_PAST ? (uint64_t)st.st_mtim.tv_sec - SURELY_PAST
						     : 1;
	if (newest > UINT32_MAX)
		newest = UINT32_MAX;
	*ret = (uint32_t)(commit->time < newest ? commit->time : newest);
	if (!*ret)
		*ret = 1;
	return 0;
}

static int write_result(int fd, const struct checkout_result *result, struct err *err)
{
	char size[64];
	int n = snprintf(size, sizeof(size), "%llu", (unsigned long long)result->bytes);
	int r = dir_make(fd, "git/.git", 0755, err);

	if (r == 0)
		r = file_write(
			fd, "git/.git/index", 0644, result->index.data, result->index.len, 0, err);
	if (r == 0)
		r = file_write(fd, "size", 0644, size, (size_t)n, 0, err);
	if (r == 0 && (fchmodat(fd, "git", 0755, 0) < 0 || fchmodat(fd, "git/.git", 0755, 0) < 0))
		r = err_set(err, -errno, "open up a new checkout");
	return r;
}

static int make_tree_dir(int fd, int *ret, struct err *err)
{
	int r = dir_make(fd, "tree", 0755, err);

	if (r == 0)
		r = dir_open(fd, "tree", ret, err);
	if (r == 0 && fchmod(*ret, 0755) < 0)
		r = err_set(err, -errno, "open up a new checkout");
	return r;
}

static int fill(struct repo *repo, const struct repo_commit *commit,
	const struct base_options *options, int fd, struct err *err)
{
	auto_view struct view view = { 0 };
	auto_fd int tree = -1;
	struct checkout c = { &view, 0, options->progress, options->ctx };
	struct checkout_result result = { 0 };
	git_oid id;
	int r = repo_parse_id(commit->tree, &id, err);

	if (r == 0)
		r = time_of_files(fd, commit, &c.mtime, err);
	if (r == 0)
		r = view_open(repo, NULL, &view, err);
	if (r == 0)
		r = make_tree_dir(fd, &tree, err);
	if (r == 0)
		r = checkout_run(&c, &id, tree, &result, err);
	if (r == 0)
		r = write_result(fd, &result, err);
	buf_done(&result.index);
	return r;
}

/* Makes the checkout unless somebody else just did. */
static int build(struct repo *repo, const struct repo_commit *commit,
	const struct base_options *options, int cache, struct err *err)
{
	auto_once struct once once = { .fd = -1 };
	bool mine;
	int r = once_begin(cache, commit->tree, &once, &mine, err);

	if (r == 0 && mine)
		r = fill(repo, commit, options, once.fd, err);
	if (r == 0 && mine)
		r = once_publish(&once, err);
	if (r < 0)
		return err_prefix(err, r, "check out %.12s into '%s'", commit->id, options->bases);
	return 0;
}

static int get(struct repo *repo, const struct repo_commit *commit,
	const struct base_options *options, int cache, int *ret_lock, struct err *err)
{
	bool built = false;
	int r;

	for (;;) {
		r = take(cache, commit->tree, ret_lock, err);
		if (r < 0 || *ret_lock >= 0)
			break;
		r = build(repo, commit, options, cache, err);
		if (r < 0)
			return r;
		built = true;
	}
	if (r == 0 && built)
		base_cache_tidy(cache, options->max_bytes);
	return r;
}

int base_get(struct repo *repo, const struct repo_commit *commit,
	const struct base_options *options, struct base *ret, struct err *err)
{
	auto_fd int cache = -1;
	int lock = -1;
	int r = open_cache(options, &cache, err);

	if (r == 0)
		r = get(repo, commit, options, cache, &lock, err);
	if (r < 0)
		return r;
	ret->dir = xasprintf("%s/%s", options->bases, commit->tree);
	ret->tree = xasprintf("%s/tree", ret->dir);
	ret->git = xasprintf("%s/git", ret->dir);
	ret->lock = lock;
	return 0;
}

void base_done(struct base *base)
{
	cleanup_fd(&base->lock);
	free(base->dir);
	free(base->tree);
	free(base->git);
	*base = (struct base){ .lock = -1 };
}
