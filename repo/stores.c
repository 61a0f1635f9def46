#include "repo/stores.h"

#include <git2/sys/odb_backend.h>

#include "repo/git.h"

/* Nothing is written through it, so that how it would be written makes no difference. */
enum { ANY_LEVEL = -1, FIRST = 1000 };

static int add(git_odb *odb, git_odb_backend *backend, int priority)
{
	int r = git_odb_add_backend(odb, backend, priority);

	if (r < 0)
		backend->free(backend);
	return r;
}

int stores_add(git_odb *odb, const char *dir, int priority)
{
	git_odb_backend *backend;
	int r = git_odb_backend_pack(&backend, dir);

	if (r == 0)
		r = add(odb, backend, priority);
	if (r == 0)
		r = git_odb_backend_loose(&backend, dir, ANY_LEVEL, 0, 0, 0);
	return r < 0 ? r : add(odb, backend, priority - 1);
}

int stores_open(const struct strs *dirs, git_odb **ret)
{
	auto_git_odb git_odb *odb = NULL;
	int r = git_odb_new(&odb);

	for (size_t i = 0; r == 0 && i < dirs->n; i++)
		r = stores_add(odb, dirs->v[i], FIRST - 2 * (int)i);
	if (r == 0)
		*ret = steal_pointer(&odb);
	return r;
}
