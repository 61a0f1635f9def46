#include "repo/base_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/text.h"
#include "repo/once.h"
#include "repo/repo.h"

enum { DIR_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, MAX_SIZE_FILE = 64 };

struct kept {
	char name[REPO_ID_HEX + 1];
	struct timespec used;
	uint64_t bytes;
};

struct kept_list {
	struct kept *v;
	size_t n;
	uint64_t bytes;
};

static bool is_tree_name(const char *name)
{
	return strspn(name, "0123456789abcdef") == REPO_ID_HEX && !name[REPO_ID_HEX];
}

/* What the checkout said of itself when it was made; 0 for one that says nothing. */
static uint64_t size_of(int cache, const char *name)
{
	auto_free char *path = xasprintf("%s/size", name);
	auto_buf struct buf text = BUF_INIT;
	uint64_t bytes = 0;

	if (file_read(cache, path, MAX_SIZE_FILE, &text, NULL) < 0 ||
		text_uint(buf_str(&text), 0, UINT64_MAX, &bytes, NULL) < 0)
		return 0;
	return bytes;
}

static void note(int cache, const char *name, struct kept_list *list)
{
	auto_free char *git = xasprintf("%s/git", name);
	struct kept *k;
	struct stat st;

	if (fstatat(cache, git, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (!(list->n & (list->n - 1)))
		list->v = xrealloc(list->v, list->n ? list->n * 2 : 1, sizeof(*list->v));
	k = &list->v[list->n++];
	memcpy(k->name, name, sizeof(k->name));
	k->used = st.st_mtim;
	k->bytes = size_of(cache, name);
	list->bytes += k->bytes;
}

static void read_cache(int cache, struct kept_list *list)
{
	int copy = openat(cache, ".", DIR_FLAGS);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;

	if (!dir) {
		cleanup_fd(&copy);
		return;
	}
	while ((e = readdir(dir)))
		if (is_tree_name(e->d_name))
			note(cache, e->d_name, list);
	closedir(dir);
}

static int older_first(const void *pa, const void *pb)
{
	const struct kept *a = pa, *b = pb;

	if (a->used.tv_sec != b->used.tv_sec)
		return a->used.tv_sec < b->used.tv_sec ? -1 : 1;
	return (a->used.tv_nsec > b->used.tv_nsec) - (a->used.tv_nsec < b->used.tv_nsec);
}

/*
 * Removes a checkout that nobody holds. Our exclusive lock keeps everybody from taking it
 * meanwhile.
 */
static bool evict(int cache, const char *name)
{
	auto_free char *git = xasprintf("%s/git", name);
	auto_fd int fd = openat(cache, git, DIR_FLAGS);

	if (fd < 0 || file_lock(fd, LOCK_EX | LOCK_NB) < 0 || !once_is_named(cache, git, fd))
		return false;
	return once_remove(cache, name, NULL) == 0;
}

void base_cache_tidy(int cache, uint64_t max_bytes)
{
	struct kept_list list = { 0 };

	once_sweep(cache);
	if (!max_bytes)
		return;
	read_cache(cache, &list);
	if (list.n)
		qsort(list.v, list.n, sizeof(*list.v), older_first);
	for (size_t i = 0; i < list.n && list.bytes > max_bytes; i++)
		if (evict(cache, list.v[i].name))
			list.bytes -= list.v[i].bytes;
	free(list.v);
}
