/*
 * fuzz_capture.c: what a job may leave in its upper directory, captured on top of a small base. The tree that
 * comes out is what an overlay of the two would show, the change says each difference once, and nothing beside the
 * upper directory was looked at.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/io.h"
#include "repo/capture.h"
#include "repo/change.h"
#include "repo/git.h"
#include "repo/name.h"
#include "repo/treediff.h"
#include "repo/upper.h"
#include "tests/fuzz/repo_kit.h"
#include "tests/fuzz/upper_kit.h"

enum { MAX_PATHS = 64, HIGHEST_FD = 64, MAX_FILE = 2 << 20 };

static const struct fuzz_entry base_entries[] = {
	{ "a", GIT_FILEMODE_BLOB, "a\n" },
	{ "dir/f", GIT_FILEMODE_BLOB, "some\nlines\nof\ntext\n" },
	{ "dir/sub/f", GIT_FILEMODE_BLOB, "f\n" },
	{ "dir/sub/a", GIT_FILEMODE_BLOB, "" },
	{ "link", GIT_FILEMODE_LINK, "dir/f" },
	{ "tool", GIT_FILEMODE_BLOB_EXECUTABLE, "#!/bin/sh\n" },
	{ "module", GIT_FILEMODE_COMMIT, NULL },
	{ "build/x.o", GIT_FILEMODE_BLOB, "tracked\n" },
	{ ".gitignore", GIT_FILEMODE_BLOB, "*.o\nbuild/\n!keep.o\n" },
};

/* One file, symlink or submodule of a tree. */
struct entry {
	char *path;
	uint32_t mode;
	git_oid id;
	unsigned int told; /* how often the change names it */
};

struct listing {
	struct entry v[MAX_PATHS];
	size_t n;
};

static void listing_done(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].path);
}

#define auto_listing CLEANUP(listing_done)

static struct entry *find(struct listing *l, const char *path)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].path, path))
			return &l->v[i];
	return NULL;
}

/* Git's order, no name twice, and no name or mode that git would refuse. */
static void check_entry(const git_tree *tree, size_t i)
{
	const git_tree_entry *e = git_tree_entry_byindex(tree, i), *before;
	uint32_t mode = (uint32_t)git_tree_entry_filemode_raw(e);
	const char *name = git_tree_entry_name(e);

	must(*name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !strchr(name, '/'));
	must(strcmp(name, ".git") != 0 && !name_refused(name, mode));
	must(mode == GIT_FILEMODE_TREE || mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_LINK ||
		mode == GIT_FILEMODE_BLOB_EXECUTABLE || mode == GIT_FILEMODE_COMMIT);
	must(git_tree_entry_byname(tree, name) == e);
	if (!i)
		return;
	before = git_tree_entry_byindex(tree, i - 1);
	must(treediff_compare(git_tree_entry_name(before),
		     (uint32_t)git_tree_entry_filemode_raw(before), name, mode) < 0);
}

static int take_entry(const char *root, const git_tree_entry *e, void *listing)
{
	uint32_t mode = (uint32_t)git_tree_entry_filemode_raw(e);
	struct listing *l = listing;

	if (mode == GIT_FILEMODE_TREE)
		return 0;
	must(l->n < MAX_PATHS);
	l->v[l->n++] = (struct entry){ xasprintf("%s%s", root, git_tree_entry_name(e)), mode,
		*git_tree_entry_id(e), 0 };
	return 0;
}

static void check_tree(git_repository *git, const git_tree *tree, unsigned int depth)
{
	must(depth <= REPO_MAX_DEPTH);
	for (size_t i = 0; i < git_tree_entrycount(tree); i++) {
		const git_tree_entry *e = git_tree_entry_byindex(tree, i);
		auto_git_tree git_tree *sub = NULL;

		check_entry(tree, i);
		if (git_tree_entry_filemode_raw(e) != GIT_FILEMODE_TREE)
			continue;
		must(git_tree_lookup(&sub, git, git_tree_entry_id(e)) == 0 &&
			git_tree_entrycount(sub));
		check_tree(git, sub, depth + 1);
	}
}

/* Every object is there and is what its entry says. */
static void check_objects(const struct view *v, const struct listing *l)
{
	for (size_t i = 0; i < l->n; i++) {
		auto_git_blob git_odb_object *blob = NULL;

		if (l->v[i].mode == GIT_FILEMODE_COMMIT)
			continue;
		must(git_odb_read(&blob, v->odb, &l->v[i].id) == 0);
		must(git_odb_object_type(blob) == GIT_OBJECT_BLOB);
	}
}

static void list_tree(const struct view *v, const char *hex, struct listing *ret)
{
	auto_git_tree git_tree *tree = NULL;
	git_oid id;

	must(git_oid_fromstr(&id, hex) == 0 && git_tree_lookup(&tree, v->git, &id) == 0);
	check_tree(v->git, tree, 0);
	must(git_tree_walk(tree, GIT_TREEWALK_PRE, take_entry, ret) == 0);
	check_objects(v, ret);
}

/* What the upper directory has to say of a path, by the rules of an overlay. */
enum said { NOTHING, GONE, HERE };

struct upper {
	int fd;
	bool whole;
};

static char read_mark(int fd, const char *name, bool *ret_there)
{
	char value = '\0';
	ssize_t n = fgetxattr(fd, name, &value, 1);

	*ret_there = n >= 0;
	return value;
}

/* A name in the upper directory. Paths may be too long for the kernel: they are gone down step by step. */
struct seen {
	int dirfd;
	const char *name; /* in the path that was asked for */
	struct stat st;
};

static void seen_done(struct seen *s)
{
	cleanup_fd(&s->dirfd);
}

#define auto_seen CLEANUP(seen_done)

static int open_name(int dirfd, const char *name, int flags)
{
	return openat(dirfd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

static bool is_marked_whiteout(const struct seen *s, const char *name)
{
	bool empty = S_ISREG(s->st.st_mode) && !s->st.st_size, there = false;
	auto_fd int fd = empty ? open_name(s->dirfd, name, O_RDONLY) : -1;

	if (fd >= 0)
		read_mark(fd, "user.overlay.whiteout", &there);
	return there;
}

/* Goes down into a directory; a mark may hide what lies below it in the base, and give whiteouts another form. */
static void enter(struct seen *s, const char *name, const struct upper *u, bool *hides, bool *marks)
{
	int fd = open_name(s->dirfd, name, O_RDONLY | O_DIRECTORY);
	bool there;
	char mark;

	must(fd >= 0);
	close(s->dirfd);
	s->dirfd = fd;
	mark = read_mark(fd, "user.overlay.opaque", &there);
	*hides = *hides || (!u->whole && mark == 'y');
	*marks = !u->whole && mark == 'x';
}

static enum said look_at(const struct upper *u, const char *path, struct seen *ret)
{
	bool hides = u->whole, marks = false;

	ret->dirfd = open_name(u->fd, ".", O_RDONLY | O_DIRECTORY);
	for (ret->name = path;; ret->name += strcspn(ret->name, "/") + 1) {
		size_t n = strcspn(ret->name, "/");
		auto_free char *part = xstrndup(ret->name, n);

		if (fstatat(ret->dirfd, part, &ret->st, AT_SYMLINK_NOFOLLOW) < 0)
			return hides ? GONE : NOTHING;
		if (!u->whole &&
			(upper_is_whiteout(&ret->st) || (marks && is_marked_whiteout(ret, part))))
			return GONE;
		if (!ret->name[n])
			return HERE;
		if (!S_ISDIR(ret->st.st_mode))
			return GONE;
		enter(ret, part, u, &hides, &marks);
	}
}

/* The name of a file or symlink of the upper directory as git would have it. */
static void hash(const struct seen *s, git_oid *ret)
{
	auto_buf struct buf content = BUF_INIT;
	auto_fd int fd = S_ISREG(s->st.st_mode) ? open_name(s->dirfd, s->name, O_RDONLY) : -1;
	char target[4096];
	ssize_t n;

	if (S_ISREG(s->st.st_mode)) {
		must(fd >= 0 && io_read_all(fd, MAX_FILE, &content) == 0);
	} else {
		n = readlinkat(s->dirfd, s->name, target, sizeof(target));
		must(n > 0);
		buf_add(&content, target, (size_t)n);
	}
	must(git_odb_hash(ret, buf_str(&content), content.len, GIT_OBJECT_BLOB) == 0);
}

static void check_same(const struct entry *e, const struct seen *s)
{
	uint32_t file = s->st.st_mode & S_IXUSR ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
	git_oid id;

	/* A submodule stays where its place is an empty directory. */
	if (e->mode == GIT_FILEMODE_COMMIT) {
		must(S_ISDIR(s->st.st_mode));
		return;
	}
	must(S_ISLNK(s->st.st_mode) || S_ISREG(s->st.st_mode));
	must(e->mode == (S_ISLNK(s->st.st_mode) ? GIT_FILEMODE_LINK : file));
	hash(s, &id);
	must(!git_oid_cmp(&id, &e->id));
}

static bool same(const struct entry *a, const struct entry *b)
{
	return a && b && a->mode == b->mode && !git_oid_cmp(&a->id, &b->id);
}

/* What is in the tree shows in the overlay. */
static void check_shown(const struct upper *u, const struct entry *e, struct listing *base)
{
	auto_seen struct seen s = { .dirfd = -1 };
	enum said said = look_at(u, e->path, &s);

	must(said != GONE);
	if (said == HERE)
		check_same(e, &s);
	else
		must(same(e, find(base, e->path)));
}

/* What shows of the base is in the tree. */
static void check_kept(const struct upper *u, const struct entry *e, struct listing *new)
{
	auto_seen struct seen s = { .dirfd = -1 };

	if (look_at(u, e->path, &s) == NOTHING)
		must(same(e, find(new, e->path)));
}

/* Where nothing was ignored and nothing is wrong, every file and symlink is in the tree. */
static void check_taken(const struct upper *u, int dirfd, const char *dir, struct listing *new)
{
	auto_strs struct strs names = { 0 };

	must(dirfd >= 0 && upper_list(dirfd, &names) == 0);
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *path = xasprintf("%s%s%s", dir, *dir ? "/" : "", names.v[i]);
		auto_seen struct seen s = { .dirfd = -1 };
		auto_fd int fd = -1;

		if (look_at(u, path, &s) == GONE || !strcmp(path, ".git"))
			continue;
		if (S_ISDIR(s.st.st_mode)) {
			fd = open_name(s.dirfd, s.name, O_RDONLY | O_DIRECTORY);
			check_taken(u, fd, path, new);
		} else {
			must(find(new, path) && (S_ISREG(s.st.st_mode) || S_ISLNK(s.st.st_mode)));
		}
	}
}

static void tell(struct listing *l, const char *path)
{
	struct entry *e = find(l, path);

	must(e);
	e->told++;
}

static void check_fact(const struct fact_path *p, struct listing *base, struct listing *new)
{
	bool moved = p->operation == FACT_RENAME || p->operation == FACT_COPY;

	must(moved == !!p->old_path);
	if (p->operation == FACT_RENAME) {
		must(!find(new, p->old_path));
		tell(base, p->old_path);
	}
	must(!moved || find(base, p->old_path));
	if (p->operation == FACT_DELETE)
		tell(base, p->path);
	else
		tell(new, p->path);
}

/* Each path that differs is named exactly once, as itself or as what a new one was made of, and no other. */
static void check_change(const struct fuzz_repo *r, const char *quarantine, const char *tree,
	struct listing *base, struct listing *new)
{
	struct change change = { r->repo, quarantine, r->commit.tree, tree };
	auto_facts struct facts facts = { 0 };
	struct err err = { "" };

	must(change_facts(&change, &facts, &err) == 0);
	for (size_t i = 0; i < facts.n_paths; i++)
		check_fact(&facts.paths[i], base, new);
	for (size_t i = 0; i < base->n; i++)
		must(base->v[i].told == !find(new, base->v[i].path));
	for (size_t i = 0; i < new->n; i++)
		must(new->v[i].told == !same(&new->v[i], find(base, new->v[i].path)));
}

static void check_result(const struct fuzz_repo *r, const char *quarantine, const struct upper *u,
	const struct capture *c, const struct facts *facts)
{
	auto_view struct view v = { 0 };
	auto_listing struct listing base = { .n = 0 }, new = { .n = 0 };
	struct err err = { "" };

	must(view_open(r->repo, quarantine, &v, &err) == 0);
	list_tree(&v, r->commit.tree, &base);
	list_tree(&v, c->tree, &new);
	for (size_t i = 0; i < new.n; i++)
		check_shown(u, &new.v[i], &base);
	for (size_t i = 0; i < base.n; i++)
		check_kept(u, &base.v[i], &new);
	if (!c->ignored && !facts->n_anomalies)
		check_taken(u, u->fd, "", &new);
	check_change(r, quarantine, c->tree, &base, &new);
}

/* A directory with a file that symlinks may lead to; the descriptor tells of whoever opens or changes either. */
static int watch_outside(const char *path)
{
	static int fd = -1;
	auto_free char *dir = NULL;

	if (fd >= 0)
		return fd;
	must(fuzz_put("outside/secret", "secret", 6) && fuzz_put("outside/dir/f", "f", 1));
	fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	dir = xasprintf("%s/dir", path);
	must(fd >= 0 && inotify_add_watch(fd, path, IN_ALL_EVENTS) >= 0);
	must(inotify_add_watch(fd, dir, IN_ALL_EVENTS) >= 0);
	return fd;
}

static void check_outside(int watch)
{
	char event[sizeof(struct inotify_event) + 256];

	must(read(watch, event, sizeof(event)) < 0 && errno == EAGAIN);
}

static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < HIGHEST_FD; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void check_names(int dirfd, const char *path, bool (*known)(const char *name))
{
	auto_strs struct strs names = { 0 };
	auto_fd int fd = -1;

	must(dir_open(dirfd, path, &fd, NULL) == 0 && upper_list(fd, &names) == 0);
	for (size_t i = 0; i < names.n; i++)
		must(known(names.v[i]));
}

static bool is_ours(const char *name)
{
	return !strcmp(name, "repo") || !strcmp(name, "upper") || !strcmp(name, "outside") ||
	       !strcmp(name, "quarantine");
}

static bool is_folder(const char *name)
{
	return !strcmp(name, "pack") || !strcmp(name, "info") ||
	       (strlen(name) == 2 && strspn(name, "0123456789abcdef") == 2);
}

static bool is_object(const char *name)
{
	return strspn(name, "0123456789abcdef") == REPO_ID_HEX - 2;
}

/* Beside objects nothing stays behind. */
static void check_left(int scratch)
{
	auto_fd int fd = -1;
	auto_strs struct strs folders = { 0 };

	check_names(scratch, ".", is_ours);
	if (dir_open(scratch, "quarantine", &fd, NULL) < 0)
		return;
	check_names(scratch, "quarantine", is_folder);
	must(upper_list(fd, &folders) == 0);
	for (size_t i = 0; i < folders.n; i++)
		if (strlen(folders.v[i]) == 2)
			check_names(fd, folders.v[i], is_object);
}

static void capture(const struct fuzz_repo *r, const struct upper *u, bool private)
{
	static const struct private_options options = { PRIVATE_FULL, "A", "a@example.com",
		"/seen" };
	auto_free char *quarantine = xasprintf("%s/quarantine", fuzz_scratch()->path);
	auto_facts struct facts facts = { 0 };
	auto_capture struct capture c = { .seen = 0 };
	struct capture_options how = { r->commit.tree, r->commit.id, u->fd, u->whole, quarantine,
		private ? &options : NULL };
	struct err err = { "" };
	int before = count_fds(), status;

	must(tree_remove(fuzz_scratch()->fd, "quarantine", NULL) == 0);
	status = capture_run(r->repo, &how, &c, &facts, &err);
	must(count_fds() == before);
	must(status == 0 || (status < 0 && err.text[0]));
	check_left(fuzz_scratch()->fd);
	if (status == 0)
		check_result(r, quarantine, u, &c, &facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fuzz_repo *r = fuzz_repo_of(base_entries, ARRAY_SIZE(base_entries));
	auto_free char *outside = xasprintf("%s/outside", fuzz_scratch()->path);
	int watch = watch_outside(outside);
	struct feed f = { data, size };
	uint8_t how = feed_byte(&f);
	struct upper u = { fuzz_upper(&f, outside), how % 4 == 3 };

	capture(r, &u, how & 4);
	check_outside(watch);
	close(u.fd);
	return 0;
}
