#include "runner/ctx.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"

const char *ctx_env(const struct ctx *ctx, const char *name)
{
	size_t n = strlen(name);

	for (char **e = ctx->env; *e; e++)
		if (!strncmp(*e, name, n) && (*e)[n] == '=')
			return *e + n + 1;
	return NULL;
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

const char *ctx_config(const struct ctx *ctx, int which)
{
	const char *const places[CTX_CONFIGS] = { "/etc/remit", ctx->config, ctx->share };

	return places[which];
}
