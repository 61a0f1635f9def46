#include "runner/plan_credentials.h"

#include <fcntl.h>
#include <string.h>

#include "base/io.h"
#include "base/path.h"
#include "base/text.h"

static char *host_path(const struct ctx *ctx, const char *listed)
{
	return *listed == '~' ? path_join(ctx->home, listed + 2) : xstrdup(listed);
}

static bool is_seen(const struct plan *plan, const char *path)
{
	const struct plan_mount *m = plan->mounts.v;
	bool seen = false;

	for (size_t i = 0; i < plan->mounts.n; i++) {
		auto_free char *source = realpath(m[i].source, NULL);

		if (m[i].access == PLAN_HIDE && path_is_beneath(path, m[i].target))
			return false;
		seen = seen ||
		       (m[i].access != PLAN_HIDE && source && path_is_beneath(path, source));
	}
	return seen;
}

/* A job that can read the file that a secret comes from has the secret. */
static int check_source(
	const struct ctx *ctx, const struct credential *c, const struct plan *plan, struct err *err)
{
	auto_free char *path = c->from.file ? host_path(ctx, c->from.file) : NULL;
	auto_free char *real = path ? realpath(path, NULL) : NULL;

	if (!real || !is_seen(plan, real))
		return 0;
	return err_say(err, -EINVAL,
		"the credential '%s' comes from '%s', which the profile shows to the job: hide it, or "
		"keep it elsewhere",
		c->name, path);
}

static int read_ca(const struct ctx *ctx, const struct credential *c, char **ret, struct err *err)
{
	auto_free char *path = c->ca ? host_path(ctx, c->ca) : NULL;
	auto_buf struct buf text = BUF_INIT;
	int r = path ? file_read(AT_FDCWD, path, CREDENTIAL_MAX_CA, &text, err) : 0;

	if (r < 0)
		return err_prefix(err, -EINVAL, "credential '%s'", c->name);
	if (path && (!text_is_utf8(buf_str(&text), text.len) || strlen(buf_str(&text)) < text.len))
		return err_say(err, -EINVAL, "credential '%s': '%s' is not PEM", c->name, path);
	*ret = path ? buf_steal(&text) : NULL;
	return 0;
}

static struct strs copy_strs(const struct strs *from)
{
	struct strs to = { 0 };

	for (size_t i = 0; i < from->n; i++)
		strs_add(&to, from->v[i]);
	return to;
}

static int add_credential(
	const struct ctx *ctx, const struct credential *c, struct plan *plan, struct err *err)
{
	struct list *l = &plan->network.credentials;
	struct hostname host;
	char *ca = NULL;
	int r = check_source(ctx, c, plan, err);

	if (r == 0)
		r = read_ca(ctx, c, &ca, err);
	if (r == 0)
		r = hostname_read(c->host, strlen(c->host), &host);
	if (r < 0)
		return r;
	l->v = xrealloc(l->v, l->n + 1, sizeof(*c));
	((struct credential *)l->v)[l->n++] = (struct credential){ .name = xstrdup(c->name),
		.host = xstrdup(host.text),
		.header = xstrdup(c->header ? c->header : CREDENTIAL_HEADER),
		.ca = ca,
		.methods = copy_strs(&c->methods),
		.paths = copy_strs(&c->paths) };
	return 0;
}

int plan_credentials(
	const struct ctx *ctx, const struct list *credentials, struct plan *plan, struct err *err)
{
	const struct net_rule *rules = plan->network.allow.v;
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->network.allow.n; i++) {
		const char *name = rules[i].credential;

		if (name && !credential_find(&plan->network.credentials, name))
			r = add_credential(ctx, credential_find(credentials, name), plan, err);
	}
	return r;
}
