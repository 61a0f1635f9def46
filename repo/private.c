#include "repo/private.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/path.h"
#include "repo/git.h"
#include "repo/alternates.h"
#include "repo/private_write.h"
#include "repo/shallow.h"

enum { MAX_SHALLOW_FILE = 16 << 20 };

/* What git is told of a work tree whose index was written by us and whose objects lie elsewhere. */
static const char fixed_config[] = "[core]\n"
				   "\trepositoryformatversion = 0\n"
				   "\tfilemode = true\n"
				   "\tbare = false\n"
				   "\tlogallrefupdates = true\n"
				   "\tcheckStat = minimal\n"
				   "\ttrustctime = false\n"
				   "[gc]\n"
				   "\tauto = 0\n"
				   "\tautoDetach = false\n"
				   "[maintenance]\n"
				   "\tauto = false\n";

/* A quoted value as git-config(1) has it. */
static void add_value(struct buf *out, const char *key, const char *value)
{
	buf_addf(out, "\t%s = \"", key);
	for (; *value; value++) {
		if (*value == '\n') {
			buf_adds(out, "\\n");
			continue;
		}
		if (*value == '"' || *value == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *value);
	}
	buf_adds(out, "\"\n");
}

void private_config(const struct private_options *options, struct buf *out)
{
	buf_adds(out, fixed_config);
	if (!options->user && !options->email)
		return;
	buf_adds(out, "[user]\n");
	if (options->user)
		add_value(out, "name", options->user);
	if (options->email)
		add_value(out, "email", options->email);
}

static const char *branch_of(const struct repo_commit *commit)
{
	int valid = 0;

	if (commit->branch && git_branch_name_is_valid(&valid, commit->branch) == 0 && valid)
		return commit->branch;
	return "work";
}

static int write_refs(
	const struct private_dir *d, const struct repo_commit *commit, struct err *err)
{
	const char *branch = branch_of(commit);
	auto_free char *ref = xasprintf("refs/heads/%s", branch);
	auto_free char *head = xasprintf("ref: %s\n", ref);
	auto_free char *id = xasprintf("%s\n", commit->id);
	int r = private_put(d, "HEAD", head, strlen(head), err);

	if (r == 0)
		r = private_mkdir(d, "refs/tags", err);
	return r < 0 ? r : private_put(d, ref, id, strlen(id), err);
}

static int write_config(
	const struct private_dir *d, const struct private_options *options, struct err *err)
{
	auto_buf struct buf config = BUF_INIT;

	private_config(options, &config);
	return private_put(d, "config", config.data, config.len, err);
}

/*
 * Where git finds store N from .git/objects. A store that names others would make git inside
 * complain of directories that are not there, so it is seen through links that leave that file out.
 */
static int add_store(const struct private_dir *d, const struct private_options *options, size_t n,
	const char *store, struct buf *alternates, struct err *err)
{
	auto_free char *seen = xasprintf("%s/%zu", options->seen_at, n);

	if (!alternates_has(store)) {
		buf_addf(alternates, "%s\n", seen);
		return 0;
	}
	buf_addf(alternates, "../remit/%zu\n", n);
	return private_link_store(d, n, store, seen, err);
}

static int write_objects(const struct private_dir *d, const struct private_options *options,
	const struct strs *stores, struct err *err)
{
	auto_buf struct buf alternates = BUF_INIT;
	int r = private_mkdir(d, "objects/pack", err);

	for (size_t i = 0; r == 0 && i < stores->n; i++)
		r = add_store(d, options, i, stores->v[i], &alternates, err);
	if (r < 0)
		return r;
	return private_put(d, "objects/info/alternates", alternates.data, alternates.len, err);
}

/* Nothing but whole lines of one name each, the last perhaps without its end. */
static bool is_list_of_ids(const char *text, size_t len)
{
	for (size_t at = 0; at < len; at += REPO_ID_HEX + 1) {
		size_t end = at + REPO_ID_HEX;

		if (strspn(text + at, "0123456789abcdef") != REPO_ID_HEX ||
			(end < len && text[end] != '\n'))
			return false;
	}
	return true;
}

/* Where the repository's own history ends. What is no such list stays out of the cage. */
static int read_shallow(struct repo *repo, struct buf *text, struct err *err)
{
	const char *common = git_repository_commondir(repo->git);
	auto_fd int dir = -1;
	auto_fd int fd = -1;
	struct stat st;
	int r = dir_open(AT_FDCWD, common, &dir, err);

	if (r < 0)
		return r;
	fd = open_beneath(
		dir, "shallow", O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, RESOLVE_NO_SYMLINKS);
	if (fd == -ENOENT)
		return 0;
	if (fd < 0 && fd != -ELOOP)
		return err_set(err, fd, "read '%sshallow'", common);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_say(err, -EINVAL, "'%sshallow' is not a regular file", common);
	r = io_read_all(fd, MAX_SHALLOW_FILE, text);
	if (r < 0)
		return err_set(err, r, "read '%sshallow'", common);
	if (!is_list_of_ids(buf_str(text), text->len))
		return err_say(err, -EINVAL, "'%sshallow' does not list commits", common);
	return 0;
}

/* Says where history ends: at this commit, or where the repository's own history ends already. */
static int write_shallow(const struct private_dir *d, struct repo *repo,
	const struct repo_commit *commit, enum private_history history, struct err *err)
{
	auto_buf struct buf text = BUF_INIT;
	int r = 0;

	if (history == PRIVATE_SHALLOW)
		buf_addf(&text, "%s\n", commit->id);
	else
		r = read_shallow(repo, &text, err);
	if (r < 0 || !text.len)
		return r;
	return private_put(d, "shallow", text.data, text.len, err);
}

static int find_stores(struct repo *repo, const struct repo_commit *commit, const struct base *base,
	enum private_history history, struct strs *ret, struct err *err)
{
	auto_free char *own = NULL;
	int r;

	if (history == PRIVATE_FULL) {
		for (size_t i = 0; i < repo->stores.n; i++)
			strs_add(ret, repo->stores.v[i]);
		return 0;
	}
	r = shallow_get(repo, commit, base, &own, err);
	if (r == 0)
		strs_add(ret, own);
	return r;
}

static int write_all(struct repo *repo, const struct repo_commit *commit,
	const struct private_dir *d, const struct private_options *options,
	const struct strs *stores, struct err *err)
{
	int r = write_refs(d, commit, err);

	if (r == 0)
		r = write_config(d, options, err);
	if (r == 0)
		r = write_objects(d, options, stores, err);
	return r < 0 ? r : write_shallow(d, repo, commit, options->history, err);
}

int private_create(struct repo *repo, const struct repo_commit *commit, const struct base *base,
	int upper_fd, const struct private_options *options, struct strs *ret_lower,
	struct strs *ret_expose, struct err *err)
{
	auto_strs struct strs stores = { 0 };
	struct private_dir d = { .fd = -1 };
	int r;

	if (options->history == PRIVATE_NONE) {
		strs_add(ret_lower, base->tree);
		return 0;
	}
	r = find_stores(repo, commit, base, options->history, &stores, err);
	if (r == 0)
		r = private_open(upper_fd, &d, err);
	if (r == 0)
		r = write_all(repo, commit, &d, options, &stores, err);
	cleanup_fd(&d.fd);
	if (r < 0)
		return err_prefix(err, r, "write the private .git");
	strs_add(ret_lower, base->git);
	strs_add(ret_lower, base->tree);
	for (size_t i = 0; i < stores.n; i++)
		strs_add(ret_expose, stores.v[i]);
	return 0;
}
