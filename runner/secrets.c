#include "runner/secrets.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/path.h"
#include "runner/secret_command.h"

/* A buffer that never moves: nothing of it is left behind elsewhere. */
struct value {
	char data[CREDENTIAL_MAX_SECRET +
		  2]; /* room to see that there is more, and for a newline */
	size_t len;
};

static void wipe_value(struct value *v)
{
	explicit_bzero(v, sizeof(*v));
}

/* The block that the kernel shows as our environment is wiped too, and children do not get the variable. */
static int take_variable(
	const struct ctx *ctx, const struct credential *c, struct value *v, struct err *err)
{
	const char *name = c->from.env, *found = ctx_env(ctx, name);

	if (!found)
		return err_say(err, -EINVAL, "credential '%s': the variable '%s' is not set",
			c->name, name);
	v->len = strlen(found);
	if (v->len >= sizeof(v->data))
		return err_say(err, -EFBIG, "credential '%s': the value is longer than %d KiB",
			c->name, CREDENTIAL_MAX_SECRET >> 10);
	memcpy(v->data, found, v->len);
	return 0;
}

static int read_file(
	const struct ctx *ctx, const struct credential *c, struct value *v, struct err *err)
{
	const char *listed = c->from.file;
	auto_free char *path = *listed == '~' ? path_join(ctx->home, listed + 2) : xstrdup(listed);
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(err, -errno, "credential '%s': open '%s'", c->name, path);
	if (!S_ISREG(st.st_mode))
		return err_say(
			err, -EINVAL, "credential '%s': '%s' is not a regular file", c->name, path);
	r = io_read_full(fd, v->data, sizeof(v->data), &v->len);
	return r < 0 ? err_set(err, r, "credential '%s': read '%s'", c->name, path) : 0;
}

static int take(const struct ctx *ctx, const struct credential *c, struct value *v, struct err *err)
{
	int r;

	if (c->from.env)
		return take_variable(ctx, c, v, err);
	if (c->from.file)
		return read_file(ctx, c, v, err);
	r = secret_command_run(ctx, c->from.command, v->data, sizeof(v->data), &v->len, err);
	return r < 0 ? err_prefix(err, r, "credential '%s'", c->name) : 0;
}

static int check(const struct credential *c, struct value *v, struct err *err)
{
	if (!c->from.env && v->len && v->data[v->len - 1] == '\n')
		v->len--;
	if (!v->len)
		return err_say(err, -EINVAL, "credential '%s': the value is empty", c->name);
	if (v->len > CREDENTIAL_MAX_SECRET)
		return err_say(err, -EFBIG, "credential '%s': the value is longer than %d KiB",
			c->name, CREDENTIAL_MAX_SECRET >> 10);
	if (!credential_is_secret(v->data, v->len))
		return err_say(err, -EINVAL,
			"credential '%s': the value has bytes that a header can't carry: expected "
			"visible ASCII, with blanks only in between",
			c->name);
	return 0;
}

static void put(struct secrets *s, const char *text, size_t len)
{
	buf_addc(&s->json, '"');
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"' || text[i] == '\\')
			buf_addc(&s->json, '\\');
		buf_addc(&s->json, text[i]);
	}
	buf_addc(&s->json, '"');
}

/* Names are tokens, values visible: JSON without anything to escape but quotes. */
static int add(
	struct secrets *s, const struct credential *c, const struct value *v, struct err *err)
{
	if (s->json.len + 2 * (strlen(c->name) + v->len) + 8 > CREDENTIAL_MAX_SECRETS)
		return err_say(err, -EFBIG, "the credentials are longer than %d KiB together",
			CREDENTIAL_MAX_SECRETS >> 10);
	if (!s->json.data)
		buf_reserve(&s->json, CREDENTIAL_MAX_SECRETS);
	buf_addc(&s->json, s->json.len ? ',' : '{');
	put(s, c->name, strlen(c->name));
	buf_addc(&s->json, ':');
	put(s, v->data, v->len);
	return 0;
}

static bool is_used(const struct profile *p, const char *name)
{
	const struct net_rule *rules = p->network.allow.v;

	for (size_t i = 0; i < p->network.allow.n; i++)
		if (rules[i].credential && !strcmp(rules[i].credential, name))
			return true;
	return false;
}

static int read_one(
	const struct ctx *ctx, const struct credential *c, struct secrets *s, struct err *err)
{
	CLEANUP(wipe_value) struct value v = { .len = 0 };
	int r = take(ctx, c, &v, err);

	if (r == 0)
		r = check(c, &v, err);
	return r < 0 ? -EINVAL : add(s, c, &v, err);
}

int secrets_read(
	const struct ctx *ctx, const struct profile *profile, struct secrets *ret, struct err *err)
{
	const struct credential *c = profile->credentials.v;
	int r = 0;

	for (size_t i = 0; r == 0 && i < profile->credentials.n; i++)
		if (is_used(profile, c[i].name))
			r = read_one(ctx, &c[i], ret, err);
	/* Only now: several may come from one variable, and a command may want it. */
	for (size_t i = 0; i < profile->credentials.n; i++)
		if (c[i].from.env)
			ctx_forget_env(ctx, c[i].from.env);
	if (r == 0 && ret->json.len)
		buf_addc(&ret->json, '}');
	return r;
}

/* The pipe holds all of it, so nobody need be there to read yet. */
int secrets_hand_over(struct secrets *s, int *ret_fd, struct err *err)
{
	int ends[2], r;

	*ret_fd = -1;
	if (!s->json.len)
		return 0;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(err, -errno, "make a pipe");
	r = s->json.len > PIPE_BUF && fcntl(ends[1], F_SETPIPE_SZ, (int)s->json.len) < 0
		    ? -errno
		    : io_write_all(ends[1], s->json.data, s->json.len);
	close(ends[1]);
	secrets_done(s);
	if (r == 0 && fcntl(ends[0], F_SETFL, 0) < 0)
		r = -errno;
	if (r < 0) {
		close(ends[0]);
		return err_set(err, r, "hand over the credentials");
	}
	*ret_fd = ends[0];
	return 0;
}

void secrets_done(struct secrets *s)
{
	if (s->json.data)
		explicit_bzero(s->json.data, s->json.cap);
	buf_done(&s->json);
}
