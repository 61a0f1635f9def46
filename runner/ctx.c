#include "runner/ctx.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"

const char *ctx_env(const struct ctx *ctx, const char *name)
{
	size_t n = strlen(name);

	for (char **e = ctx->env; *e; e++)
		if (!strncmp(*e, name, n) && (*e)[n] == '=')
			return *e + n + 1;
	return NULL;
}

void ctx_forget_env(const struct ctx *ctx, const char *name)
{
	size_t n = strlen(name);
	char **to = ctx->env;

	for (char **e = ctx->env; *e; e++)
		if (!strncmp(*e, name, n) && (*e)[n] == '=')
			explicit_bzero(*e + n + 1, strlen(*e + n + 1));
		else
			*to++ = *e;
	*to = NULL;
}

/* Only from the file: name services would be loaded as libraries, and the number says who it is, too. */
char *ctx_user(void)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *entry = NULL;
	char *name;

	while (f && (entry = fgetpwent(f)) && entry->pw_uid != geteuid())
		;
	name = entry ? xstrdup(entry->pw_name) : xasprintf("%u", geteuid());
	if (f)
		fclose(f);
	return name;
}

char *ctx_state(const struct ctx *ctx, const char *name)
{
	return path_join(ctx->state, name);
}

int ctx_check_state(const struct ctx *ctx, struct err *err)
{
	struct stat st;

	if (stat(ctx->state, &st) < 0)
		return errno == ENOENT ? 0
				       : err_set(err, -errno, "state directory '%s'", ctx->state);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, -ENOTDIR, "state directory '%s'", ctx->state);
	if (st.st_uid != geteuid())
		return err_say(err, -EPERM,
			"the state directory '%s' belongs to user %u, who could change what is in it: set "
			"REMIT_STATE to one of your own",
			ctx->state, st.st_uid);
	if (st.st_mode & S_IWOTH)
		return err_say(err, -EPERM,
			"everybody may write to the state directory '%s': chmod o-w it, or set "
			"REMIT_STATE to another",
			ctx->state);
	return 0;
}

const char *ctx_config(const struct ctx *ctx, int which)
{
	const char *const places[CTX_CONFIGS] = { "/etc/remit", ctx->config, ctx->share };

	return places[which];
}
