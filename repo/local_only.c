/*
 * libgit2 comes with HTTP, SSH and TLS, and starting TLS reads every certificate of the machine.
 * This process holds the user's repository and never talks to a network, so the entry points of
 * those parts are defined here: a static link then takes none of their code in.
 *
 * They are hidden, so that a libgit2 that is linked as a shared library goes on using its own. They
 * live beside the only call that starts libgit2, so that whatever uses it takes them in, too.
 */
#include "repo/local_only.h"

#include "repo/git.h"

#pragma GCC visibility push(hidden)

#define ABSENT(name, result)   \
	int name(void);        \
	int name(void)         \
	{                      \
		return result; \
	}

ABSENT(git_mbedtls_stream_global_init, 0)
ABSENT(git_mbedtls_stream_new, -1)
ABSENT(git_mbedtls_stream_wrap, -1)
ABSENT(git_mbedtls__set_cert_location, -1)
ABSENT(git_smart_subtransport_http, -1)
ABSENT(git_smart_subtransport_ssh, -1)
ABSENT(git_smart_subtransport_git, -1)
ABSENT(git_transport_ssh_global_init, 0)
ABSENT(git_transport_ssh_with_paths, -1)
ABSENT(http_parser_parse_url, -1)

/*
 * Asked for the home directory when HOME is not set; name services have no place in a static
 * program.
 */
struct passwd;
int getpwuid_r(uid_t uid, struct passwd *entry, char *text, size_t size, struct passwd **ret);
int getpwuid_r(uid_t uid, struct passwd *entry, char *text, size_t size, struct passwd **ret)
{
	(void)uid;
	(void)entry;
	(void)text;
	(void)size;
	*ret = NULL;
	return 0;
}

extern char *git_http__user_agent;
extern bool git_http__expect_continue;
char *git_http__user_agent;
bool git_http__expect_continue;

#pragma GCC visibility pop

/*
 * Extensions of the repository format that change nothing for a reader of objects: blobs that may
 * be missing, configuration of single worktrees, objects that must not be pruned, relative paths.
 */
static const char *const harmless[] = {
	"partialclone",
	"preciousobjects",
	"relativeworktrees",
	"worktreeconfig",
};

/* Trees above this are parsed again each time that they are needed. */
enum { CACHED_TREE = 256 << 10 };

int local_only_start(struct err *err)
{
	int r = git_libgit2_init();

	if (r >= 0)
		r = git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, harmless, ARRAY_SIZE(harmless));
	if (r >= 0)
		r = git_libgit2_opts(
			GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE, (size_t)CACHED_TREE);
	return r < 0 ? repo_fail(err, r, "start libgit2") : 0;
}

void local_only_stop(void)
{
	git_libgit2_shutdown();
}
