#include "repo/repo.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <git2/sys/repository.h>

#include "base/text.h"
#include "repo/alternates.h"
#include "repo/git.h"
#include "repo/local_only.h"
#include "repo/stores.h"

static const struct {
	int git;
	int code;
} codes[] = {
	{ GIT_ENOTFOUND, -ENOENT },
	{ GIT_EEXISTS, -EEXIST },
	{ GIT_EAMBIGUOUS, -EINVAL },
	{ GIT_EINVALIDSPEC, -EINVAL },
	{ GIT_EPEEL, -EINVAL },
	{ GIT_EOWNER, -EPERM },
	{ GIT_ELOCKED, -EBUSY },
	{ GIT_EINVALID, -EINVAL },
};

static int code_of(int git)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].git == git)
			return codes[i].code;
	return -EIO;
}

/* What libgit2 has no words for when it happens in the middle of a file. */
static bool is_of_the_disk(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EFBIG || error == EIO;
}

int repo_fail(struct err *err, int code, const char *fmt, ...)
{
	int error = errno;
	const git_error *last = git_error_last();
	const char *why = last ? last->message : NULL;
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!why && is_of_the_disk(error))
		return err_set(err, -error, "%s", text);
	return err_say(err, code_of(code), "%s: %s", text, why ? why : "libgit2 does not say why");
}

int repo_parse_id(const char *hex, git_oid *ret, struct err *err)
{
	if (strlen(hex) != REPO_ID_HEX || git_oid_fromstr(ret, hex) < 0)
		return err_say(err, -EINVAL, "'%s' is not the full name of an object", hex);
	return 0;
}

/* What safe.directory has to hold for the repository that dir is in; the caller owns it. */
static char *safe_name(const char *dir)
{
	auto_git_buf git_buf found = { 0 };
	char real[PATH_MAX];
	size_t len;

	if (git_repository_discover(&found, dir, 0, NULL) < 0)
		return xstrdup(dir);
	len = found.size;
	if (text_ends(found.ptr, "/.git/"))
		len -= strlen(".git/");
	else if ((strstr(found.ptr, "/worktrees/") || strstr(found.ptr, "/modules/")) &&
		 realpath(dir, real))
		return xstrdup(real);
	while (len > 1 && found.ptr[len - 1] == '/')
		len--;
	return xstrndup(found.ptr, len);
}

static int fail_open(int r, const char *dir, struct err *err)
{
	const git_error *last = git_error_last();
	const char *why = last && last->message ? last->message : "";
	auto_free char *safe = NULL;

	/* Where safe.directory is not set at all, libgit2 only says that it is missing. */
	if (r == GIT_ENOTFOUND && strstr(why, "safe.directory"))
		r = GIT_EOWNER;
	if (r == GIT_ENOTFOUND)
		return err_say(err, -ENOENT,
			"there is no git repository at '%s' or above it: name its directory, or "
			"run 'git init'",
			dir);
	if (r == GIT_EOWNER) {
		safe = safe_name(dir);
		return err_say(err, -EPERM,
			"repository '%s' is owned by somebody else: if you trust it, run 'git "
			"config --global --add safe.directory %s'",
			dir, safe);
	}
	if (strstr(why, "extensions.objectformat"))
		return err_say(err, -ENOTSUP,
			"repository '%s' names its objects by SHA-256: only SHA-1 is supported",
			dir);
	if (strstr(why, "extension") || strstr(why, "repository version"))
		return err_say(err, -ENOTSUP,
			"repository '%s' has a format that is not supported: %s", dir, why);
	return repo_fail(err, r, "open repository '%s'", dir);
}

static char *plain(const char *path)
{
	size_t len = path ? strlen(path) : 0;

	while (len > 1 && path[len - 1] == '/')
		len--;
	return path ? xstrndup(path, len) : NULL;
}

/* From here on libgit2 itself reads objects where we say, and nowhere else. */
static int find_stores(struct repo *repo, struct err *err)
{
	auto_git_odb git_odb *odb = NULL;
	const struct alternates_repo where = { git_repository_path(repo->git),
		git_repository_commondir(repo->git), repo->objects };
	int r = alternates_resolve(&where, &repo->stores, err);

	if (r < 0)
		return err_prefix(err, r, "open repository '%s'", repo->name);
	r = stores_open(&repo->stores, &odb);
	if (r == 0)
		r = git_repository_set_odb(repo->git, odb);
	return r < 0 ? repo_fail(err, r, "open the objects of '%s'", repo->name) : 0;
}

static int open_repository(struct repo *repo, struct err *err)
{
	auto_git_buf git_buf objects = { 0 };
	int r = git_repository_open_ext(&repo->git, repo->name, 0, NULL);

	if (r < 0)
		return fail_open(r, repo->name, err);
	r = git_repository_item_path(&objects, repo->git, GIT_REPOSITORY_ITEM_OBJECTS);
	if (r < 0)
		return repo_fail(err, r, "find the objects of '%s'", repo->name);
	repo->objects = plain(objects.ptr);
	repo->workdir = plain(git_repository_workdir(repo->git));
	return find_stores(repo, err);
}

int repo_open(const char *dir, struct repo **ret, struct err *err)
{
	struct repo *repo;
	int r = local_only_start(err);

	if (r < 0)
		return r;
	repo = xcalloc(1, sizeof(*repo));
	repo->name = xstrdup(dir);
	r = open_repository(repo, err);
	if (r < 0) {
		repo_free(repo);
		return r;
	}
	*ret = repo;
	return 0;
}

void repo_free(struct repo *repo)
{
	if (!repo)
		return;
	git_repository_free(repo->git);
	free(repo->name);
	free(repo->workdir);
	free(repo->objects);
	strs_done(&repo->stores);
	free(repo);
	local_only_stop();
}

const char *repo_workdir(const struct repo *repo)
{
	return repo->workdir;
}

const char *repo_objects(const struct repo *repo)
{
	return repo->objects;
}
