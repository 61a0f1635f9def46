#include "repo/job_git.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/path.h"
#include "base/text.h"
#include "repo/git.h"
#include "repo/upper.h"

enum {
	SAFELY = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	FILE_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
	MAX_REF = 4096,
	MAX_PACKED_REFS = 1 << 20,
	MAX_HOPS = 5,
	MAX_LOOSE = 64 << 10,
	MAX_PACKS = 256 << 20,
	CHUNK = 1 << 20,
};

static int open_file(int git, const char *path, struct stat *st)
{
	int fd = open_beneath(git, path, FILE_FLAGS, 0, SAFELY);

	if (fd >= 0 && (fstat(fd, st) < 0 || !S_ISREG(st->st_mode))) {
		close(fd);
		return -EBADMSG;
	}
	return fd;
}

static int read_file(int git, const char *path, size_t max, struct buf *out)
{
	struct stat st;
	auto_fd int fd = open_file(git, path, &st);

	return fd < 0 ? fd : io_read_all(fd, max, out);
}

/* "ID NAME" on a line of its own; lines that begin otherwise are not for us. */
static int find_packed(int git, const char *name, git_oid *ret)
{
	auto_buf struct buf text = BUF_INIT;
	int r = read_file(git, "packed-refs", MAX_PACKED_REFS, &text);
	char *rest = text.data;

	while (r == 0 && rest) {
		char *line = strsep(&rest, "\n");

		if (strlen(line) <= REPO_ID_HEX || strcmp(line + REPO_ID_HEX + 1, name) != 0)
			continue;
		return git_oid_fromstrn(ret, line, REPO_ID_HEX) < 0 ? -EBADMSG : 0;
	}
	return r < 0 ? r : -ENOENT;
}

/*
 * One file of a reference: *ret_next is the name that it leads on to, or NULL where ret is its
 * commit.
 */
static int read_ref(int git, const char *name, git_oid *ret, char **ret_next)
{
	auto_buf struct buf text = BUF_INIT;
	int r = read_file(git, name, MAX_REF, &text);

	*ret_next = NULL;
	if (r == -ENOENT)
		return find_packed(git, name, ret);
	if (r < 0)
		return r;
	while (text.len && strchr("\r\n ", text.data[text.len - 1]))
		buf_truncate(&text, text.len - 1);
	if (text_starts(buf_str(&text), "ref: refs/"))
		*ret_next = xstrdup(text.data + strlen("ref: "));
	else if (text.len != REPO_ID_HEX || git_oid_fromstr(ret, text.data) < 0)
		return -EBADMSG;
	return 0;
}

int job_git_head(int git, git_oid *ret)
{
	auto_free char *name = xstrdup("HEAD");

	for (unsigned int hop = 0; hop < MAX_HOPS; hop++) {
		char *next;
		int r = read_ref(git, name, ret, &next);

		if (r < 0 || !next)
			return r;
		free(name);
		name = next;
	}
	return -ELOOP;
}

int job_git_copy_loose(int git, const git_oid *id, const char *objects)
{
	char hex[REPO_ID_HEX + 1];
	auto_buf struct buf data = BUF_INIT;
	auto_free char *from = NULL;
	auto_free char *dir = NULL;
	auto_free char *to = NULL;
	int r;

	git_oid_tostr(hex, sizeof(hex), id);
	from = xasprintf("objects/%.2s/%s", hex, hex + 2);
	dir = xasprintf("%s/%.2s", objects, hex);
	to = xasprintf("%s/%s", dir, hex + 2);
	r = read_file(git, from, MAX_LOOSE, &data);
	if (r == 0)
		r = dir_make(AT_FDCWD, dir, 0700, NULL);
	return r < 0 ? r : file_write(AT_FDCWD, to, 0600, data.data, data.len, 0, NULL);
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
 * The job's own index is never looked at: libgit2 makes one from the pack, and so checks every
 * object.
 */
static int copy_pack(int packs, const char *name, const char *dir, uint64_t *left)
{
	auto_git_indexer git_indexer *indexer = NULL;
	struct stat st;
	auto_fd int fd = open_file(packs, name, &st);

	if (fd < 0)
		return fd;
	if ((uint64_t)st.st_size > *left)
		return -EFBIG;
	*left -= (uint64_t)st.st_size;
	if (git_indexer_new(&indexer, dir, 0600, NULL, NULL) < 0)
		return -EIO;
	return feed(indexer, fd);
}

int job_git_copy_packs(int git, const char *objects)
{
	auto_strs struct strs names = { 0 };
	auto_free char *dir = path_join(objects, "pack");
	auto_fd int packs = open_beneath(
		git, "objects/pack", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, SAFELY);
	uint64_t left = MAX_PACKS;
	int r = packs < 0 ? packs : upper_list(packs, &names);

	for (size_t i = 0; r == 0 && i < names.n; i++)
		if (text_ends(names.v[i], ".pack"))
			r = copy_pack(packs, names.v[i], dir, &left);
	return r;
}
