#include "runner/filters.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "base/io.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/version.h"

enum { MAX_PROFILE = 1 << 20, MAX_COMPILED = 1 << 20 };

/* Where a compiled pair comes from, and under which name it is kept. */
struct sources {
	const char *profile,
		*floor; /* paths; floor is the profile itself when that is the shipped one */
	char key[SHA256_HEX + 1];
};

/* A file that is changed in any way has another of these. */
static int add_identity(struct sha256 *h, const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_set(err, -errno, "read '%s'", path);
	sha256_add(h, path, strlen(path) + 1);
	sha256_add(h, &st.st_dev, sizeof(st.st_dev));
	sha256_add(h, &st.st_ino, sizeof(st.st_ino));
	sha256_add(h, &st.st_size, sizeof(st.st_size));
	sha256_add(h, &st.st_mtim, sizeof(st.st_mtim));
	sha256_add(h, &st.st_ctim, sizeof(st.st_ctim));
	return 0;
}

/* Everything that the result depends on: the files, the kernel that conditions ask about, the compiler. */
static int make_key(const struct ctx *ctx, struct sources *s, bool notify, struct err *err)
{
	unsigned char digest[SHA256_LEN];
	struct utsname u;
	struct sha256 h;
	int r;

	if (uname(&u) < 0)
		return err_set(err, -errno, "ask for the kernel's version");
	sha256_init(&h);
	sha256_add(&h, REMIT_VERSION, sizeof(REMIT_VERSION));
	sha256_add(&h, u.release, strlen(u.release) + 1);
	sha256_add(&h, notify ? "+" : "-", 1);
	r = add_identity(&h, ctx->sandbox, err);
	if (r == 0)
		r = add_identity(&h, s->profile, err);
	if (r == 0)
		r = add_identity(&h, s->floor, err);
	sha256_end(&h, digest);
	hex_encode(digest, sizeof(digest), s->key);
	return r;
}

/* Three lines: allow, refuse, the digest of the profile. A fourth, the digest of these, tells of what a crash left. */
static int split(const char *text, struct plan_seccomp *ret)
{
	const char *lines[4], *rest = text;
	char digest[SHA256_HEX + 1];

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		lines[i] = rest;
		rest += strcspn(rest, "\n");
		if (!*rest)
			return -EINVAL;
		rest++;
	}
	sha256_hex(text, (size_t)(lines[3] - text), digest);
	if (*rest || strncmp(lines[3], digest, SHA256_HEX) || rest - lines[3] != SHA256_HEX + 1)
		return -EINVAL;
	ret->allow = xstrndup(lines[0], (size_t)(lines[1] - lines[0]) - 1);
	ret->refuse = xstrndup(lines[1], (size_t)(lines[2] - lines[1]) - 1);
	ret->source = xstrndup(lines[2], (size_t)(lines[3] - lines[2]) - 1);
	return 0;
}

/* What somebody else could have written is not what we have kept. */
static bool is_ours(int fd, mode_t type)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type && st.st_uid == geteuid() &&
	       !(st.st_mode & (S_IWGRP | S_IWOTH));
}

static int read_kept(const char *dir, const char *name, struct plan_seccomp *ret)
{
	auto_buf struct buf text = BUF_INIT;
	auto_fd int dirfd = -1, fd = -1;
	int r = dir_open(AT_FDCWD, dir, &dirfd, NULL);

	if (r < 0)
		return r;
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!is_ours(dirfd, S_IFDIR) || !is_ours(fd, S_IFREG))
		return -EPERM;
	r = io_read_all(fd, MAX_COMPILED, &text);
	return r < 0 ? r : split(buf_str(&text), ret);
}

static int ask(const struct ctx *ctx, const struct buf *profile, const struct buf *floor,
	bool notify, struct buf *out, struct err *err)
{
	char *argv[] = { ctx->sandbox, "seccomp", notify ? "--notify" : NULL, NULL };
	auto_buf struct buf input = BUF_INIT;
	int code = 0, r;

	buf_adds(&input, "{\"profile\":");
	buf_add(&input, profile->data, profile->len);
	buf_adds(&input, ",\"floor\":");
	buf_add(&input, floor->data, floor->len);
	buf_adds(&input, "}");
	r = proc_run(ctx->sandbox, argv, input.data, input.len, MAX_COMPILED, out, &code, err);
	if (r == 0 && code)
		r = err_say(err, -EINVAL, "the seccomp profile can't be used");
	return r;
}

static int take_answer(const struct buf *out, struct plan_seccomp *ret, struct err *err)
{
	auto_json json_t *json = NULL;
	const char *allow, *refuse;
	int r = json_parse(buf_str(out), out->len, "remit-sandbox", &json, err);

	if (r == 0)
		r = json_get_str(json, "allow", &allow, err);
	if (r == 0)
		r = json_get_str(json, "refuse", &refuse, err);
	if (r < 0)
		return r;
	ret->allow = xstrdup(allow);
	ret->refuse = xstrdup(refuse);
	return 0;
}

static int compile(const struct ctx *ctx, const struct sources *s, bool notify,
	struct plan_seccomp *ret, struct err *err)
{
	auto_buf struct buf profile = BUF_INIT, floor = BUF_INIT, out = BUF_INIT;
	auto_json json_t *checked = NULL;
	char digest[SHA256_HEX + 1];
	int r = file_read(AT_FDCWD, s->profile, MAX_PROFILE, &profile, err);

	if (r == 0)
		r = file_read(AT_FDCWD, s->floor, MAX_PROFILE, &floor, err);
	if (r == 0)
		r = json_parse(buf_str(&profile), profile.len, s->profile, &checked, err);
	if (r == 0)
		r = ask(ctx, &profile, &floor, notify, &out, err);
	if (r == 0)
		r = take_answer(&out, ret, err);
	if (r < 0)
		return r;
	sha256_hex(buf_str(&profile), profile.len, digest);
	ret->source = xstrdup(digest);
	return 0;
}

/* Keeping it is a saving, not a need. */
static void keep(const char *dir, const char *name, const struct plan_seccomp *made)
{
	auto_free char *path = path_join(dir, name);
	auto_buf struct buf text = BUF_INIT;
	char digest[SHA256_HEX + 1];

	buf_addf(&text, "%s\n%s\n%s\n", made->allow, made->refuse, made->source);
	sha256_hex(buf_str(&text), text.len, digest);
	buf_addf(&text, "%s\n", digest);
	if (dir_make(AT_FDCWD, dir, 0700, NULL) == 0)
		(void)!file_write(AT_FDCWD, path, 0600, text.data, text.len, 0, NULL);
}

int filters_get(const struct ctx *ctx, const char *profile, bool notify, struct plan_seccomp *ret,
	struct err *err)
{
	auto_free char *shipped = path_join(ctx->share, "profiles/seccomp/default.json");
	auto_free char *dir = ctx_state(ctx, "cache/seccomp");
	struct sources s = { strcmp(profile, "default") ? profile : shipped, shipped, "" };
	int r = make_key(ctx, &s, notify, err);

	if (r < 0)
		return r;
	ret->profile = xstrdup(profile);
	if (read_kept(dir, s.key, ret) == 0)
		return 0;
	r = compile(ctx, &s, notify, ret, err);
	if (r < 0)
		return err_prefix(err, r, "seccomp profile '%s'", profile);
	keep(dir, s.key, ret);
	return 0;
}
