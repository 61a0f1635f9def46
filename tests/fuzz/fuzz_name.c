/*
 * fuzz_name.c: names of files that a job may have chosen. Whatever libgit2, with all of its protections on,
 * does not take into a tree is refused, and so is what it takes for .gitmodules on any system.
 */
#include <git2.h>
#include <git2/sys/path.h>
#include <string.h>

#include "base/io.h"
#include "base/text.h"
#include "repo/git.h"
#include "repo/name.h"
#include "tests/fuzz/fuzz.h"

DEFINE_CLEANUP(git_treebuilder *, git_treebuilder_free)

static git_repository *open_repository(void)
{
	auto_free char *path = xasprintf("%s/repo", fuzz_scratch()->path);
	git_repository *repo = NULL;
	auto_git_config git_config *config = NULL;

	must(git_libgit2_init() > 0);
	must(git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 0) == 0);
	must(git_repository_init(&repo, path, 1) == 0);
	must(git_repository_config(&config, repo) == 0);
	must(git_config_set_bool(config, "core.protectHFS", 1) == 0);
	must(git_config_set_bool(config, "core.protectNTFS", 1) == 0);
	return repo;
}

static git_repository *repository(void)
{
	static git_repository *repo;

	if (!repo)
		repo = open_repository();
	return repo;
}

static bool git_takes(const char *name)
{
	git_treebuilder *builder CLEANUP(cleanup_git_treebuilder_free) = NULL;
	git_oid id;

	memset(&id, 1, sizeof(id));
	must(git_treebuilder_new(&builder, repository(), NULL) == 0);
	return git_treebuilder_insert(NULL, builder, name, &id, GIT_FILEMODE_BLOB) == 0;
}

static bool git_sees_modules(const char *name)
{
	size_t len = strlen(name);

	return git_path_is_gitfile(name, len, GIT_PATH_GITFILE_GITMODULES, GIT_PATH_FS_NTFS) == 1 ||
	       git_path_is_gitfile(name, len, GIT_PATH_GITFILE_GITMODULES, GIT_PATH_FS_HFS) == 1;
}

static void check_fold(const char *name)
{
	auto_free char *once = name_fold(name), *twice = name_fold(once);

	must(!strcmp(once, twice));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *name = xstrndup((const char *)data, size < 255 ? size : 255);
	const char *why = name_refused(name, GIT_FILEMODE_BLOB);
	const char *hostile = name_hostile(name);

	must(why || git_takes(name));
	must(why || !name_is_dot_git(name));
	/* The plain name may be that of a file. */
	must(why || !git_sees_modules(name) || !strcmp(name, ".gitmodules"));
	must(name_refused(name, GIT_FILEMODE_LINK) || !git_sees_modules(name));
	must(!why || name_refused(name, GIT_FILEMODE_LINK));
	must(hostile || (text_is_utf8(name, strlen(name)) && !strchr(name, '\\')));
	check_fold(name);
	return 0;
}
