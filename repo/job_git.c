#include "repo/job_git.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/text.h"
#include "repo/git.h"
#include "repo/upper.h"

enum {
	SAFELY = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	FILE_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
	MAX_REF = 4096,
	MAX_PACKED_REFS = 1 << 20,
	MAX_HOPS = 5,
	MAX_PACKS = 256 << 20, /* bytes */
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

int job_git_read_loose(int git, const git_oid *id, size_t max, struct buf *out)
{
	char hex[REPO_ID_HEX + 1];
	auto_free char *path = NULL;

	git_oid_tostr(hex, sizeof(hex), id);
	path = xasprintf("objects/%.2s/%s", hex, hex + 2);
	return read_file(git, path, max, out);
}

static int open_pack(int packs, const char *name, uint64_t *left)
{
	struct stat st;
	auto_fd int fd = open_file(packs, name, &st);

	if (fd < 0)
		return fd;
	if ((uint64_t)st.st_size > *left)
		return -EFBIG;
	*left -= (uint64_t)st.st_size;
	return steal_fd(&fd);
}

int job_git_open_packs(int git, int *fds, size_t max, size_t *ret_n)
{
	auto_strs struct strs names = { 0 };
	auto_fd int packs = open_beneath(
		git, "objects/pack", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, SAFELY);
	uint64_t left = MAX_PACKS;
	int r = packs < 0 ? packs : upper_list(packs, &names);

	for (size_t i = 0; r >= 0 && i < names.n; i++) {
		if (!text_ends(names.v[i], ".pack"))
			continue;
		r = *ret_n < max ? open_pack(packs, names.v[i], &left) : -EMFILE;
		if (r >= 0)
			fds[(*ret_n)++] = r;
	}
	return r < 0 ? r : 0;
}
