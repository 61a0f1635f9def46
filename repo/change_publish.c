#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/text.h"
#include "repo/change_view.h"
#include "repo/publish.h"

/* As people call it: a branch by its short name. */
static const char *shown(const char *name)
{
	return text_starts(name, "refs/heads/") ? name + strlen("refs/heads/") : name;
}

/* A reference is a file, so no other reference may have a directory on its way as its name. */
static int check_way(const struct repo *repo, const char *name, struct err *err)
{
	for (const char *p = name + strlen("refs/"); (p = strchr(p, '/')); p++) {
		auto_free char *above = xstrndup(name, (size_t)(p - name));
		auto_git_reference git_reference *ref = NULL;

		if (git_reference_lookup(&ref, repo->git, above) == 0)
			return err_say(err, -EEXIST,
				"'%s' has a branch '%s', which leaves no room for '%s': rename it",
				repo->name, shown(above), shown(name));
	}
	return 0;
}

static int check_free(const struct repo *repo, const char *name, struct err *err)
{
	auto_git_reference git_reference *ref = NULL;
	int r = git_reference_lookup(&ref, repo->git, name);

	if (r == 0)
		return err_say(
			err, -EEXIST, "'%s' has a branch '%s' already", repo->name, shown(name));
	if (r == GIT_EINVALIDSPEC)
		return err_say(err, -EINVAL, "'%s' is not a name for a branch", shown(name));
	if (r != GIT_ENOTFOUND)
		return repo_fail(err, r, "look for '%s' in '%s'", name, repo->name);
	return check_way(repo, name, err);
}

/* Gives away one file or directory of ours; *ret_more when there was one. No symlink is followed. */
static int give_one(int common, const char *path, const struct stat *owner, bool *ret_more)
{
	auto_fd int fd = open_beneath(
		common, path, O_PATH | O_NOFOLLOW, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	struct stat st;

	*ret_more = false;
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	*ret_more = st.st_uid == 0;
	if (!*ret_more)
		return 0;
	return fchownat(fd, "", owner->st_uid, owner->st_gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

/* From the file that libgit2 made up to the first directory that it did not make. */
static int give_way(int common, const char *name, const struct stat *owner)
{
	auto_free char *path = xstrdup(name);
	bool more = true;
	int r = 0;

	while (r == 0 && more && *path) {
		char *slash = strrchr(path, '/');

		r = give_one(common, path, owner, &more);
		*(slash ? slash : path) = '\0';
	}
	return r;
}

/* As root, the files of a reference are handed to whom the repository belongs. */
static int give(const struct repo *repo, const char *name, struct err *err)
{
	auto_free char *log = xasprintf("logs/%s", name);
	auto_fd int common = open(
		git_repository_commondir(repo->git), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat owner;
	int r;

	if (common < 0 || fstat(common, &owner) < 0)
		return err_set(err, -errno, "open '%s'", git_repository_commondir(repo->git));
	if (geteuid() != 0 || owner.st_uid == 0)
		return 0;
	r = give_way(common, name, &owner);
	if (r == 0)
		r = give_way(common, log, &owner);
	return r < 0 ? err_set(err, r, "give '%s' to the owner of '%s'", name, repo->name) : 0;
}

/* libgit2 brings references to disk only when it is told so, for all of the process. */
static int create(const struct repo *repo, const char *name, const git_oid *id, struct err *err)
{
	auto_git_reference git_reference *ref = NULL;
	int r = git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);

	if (r == 0)
		r = git_reference_create(&ref, repo->git, name, id, 0, "remit: captured change");
	git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 0);
	if (r == GIT_EEXISTS)
		return err_say(
			err, -EEXIST, "'%s' has a branch '%s' already", repo->name, shown(name));
	return r < 0 ? repo_fail(err, r, "create '%s' in '%s'", name, repo->name) : 0;
}

int change_publish(
	const struct change *change, const char *branch, const char *commit, struct err *err)
{
	auto_free char *name = xasprintf(
		"%s%s", text_starts(branch, "refs/") ? "" : "refs/heads/", branch);
	git_oid id;
	int r = repo_parse_id(commit, &id, err);

	if (r == 0)
		r = check_free(change->repo, name, err);
	if (r == 0 && change->quarantine && access(change->quarantine, F_OK) == 0)
		r = publish_objects(change->quarantine, change->repo->objects, err);
	if (r == 0)
		r = create(change->repo, name, &id, err);
	if (r == 0)
		r = give(change->repo, name, err);
	return r < 0 ? err_prefix(err, r, "publish the change") : 0;
}
