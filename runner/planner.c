#include "runner/planner.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/path.h"
#include "runner/filters.h"
#include "runner/plan_credentials.h"

enum { INSIDE_UID = 1000, MAX_LINKS = 40, LANDLOCK_CREATE_RULESET_VERSION = 1 };

static const char inside_home[] = "/home/agent";

static struct plan_mount *next_mount(struct plan *plan)
{
	struct list *l = &plan->mounts;

	l->v = xrealloc(l->v, l->n + 1, sizeof(struct plan_mount));
	return (struct plan_mount *)l->v + l->n++;
}

static void append(
	struct plan *plan, const char *source, const char *target, enum plan_access access)
{
	*next_mount(plan) = (struct plan_mount){ xstrdup(source), xstrdup(target), access };
}

/* Where a link at `at` with this text leads, as an absolute path; rest is what follows the link. */
static char *follow(const char *at, const char *text, const char *rest)
{
	auto_free char *dir = xstrndup(at, (size_t)(strrchr(at, '/') - at));
	auto_free char *joined = text[0] == '/' ? xasprintf("%s%s", text, rest)
						: xasprintf("%s/%s%s", dir, text, rest);
	char *real = realpath(joined, NULL);

	return real ? real : xstrdup(joined);
}

/* In a directory that jobs may write, a link may be the work of one: it has no say in what is listed. */
static bool is_made_by_jobs(const struct plan *plan, const char *link)
{
	const struct plan_mount *m = plan->mounts.v;

	for (size_t i = 0; i < plan->mounts.n; i++)
		if (m[i].access == PLAN_WRITE && path_is_beneath(link, m[i].source))
			return true;
	return false;
}

/*
 * A listed path is shown under its own name. If a component of it is a link on the host, the link is shown
 * as a link, and what it leads to is listed in turn.
 */
static void add_through_links(
	struct plan *plan, const char *path, enum plan_access access, int depth)
{
	for (size_t i = 1; path[i - 1]; i++) {
		auto_free char *part = NULL, *next = NULL;
		char text[PATH_MAX];
		ssize_t n;

		if (path[i] != '/' && path[i])
			continue;
		part = xstrndup(path, i);
		n = readlink(part, text, sizeof(text) - 1);
		if (n < 0)
			continue;
		if (is_made_by_jobs(plan, part))
			break;
		text[n] = '\0';
		append(plan, part, part, PLAN_READ);
		next = follow(part, text, path + i);
		if (depth < MAX_LINKS && path_check_absolute(next, NULL) == 0)
			add_through_links(plan, next, access, depth + 1);
		return;
	}
	append(plan, path, path, access);
}

void planner_add_mount(
	struct plan *plan, const char *source, const char *target, enum plan_access access)
{
	if (access == PLAN_HIDE || strcmp(source, target) != 0)
		append(plan, source, target, access);
	else
		add_through_links(plan, source, access, 0);
}

static int compare_mounts(const void *a, const void *b)
{
	const struct plan_mount *p = a, *q = b;
	int order = strcmp(p->target, q->target);

	return order ? order : (int)q->access - (int)p->access;
}

/* A read-only directory beneath another one adds nothing. */
static bool is_covered(const struct plan_mount *kept, const struct plan_mount *m)
{
	return m->access == PLAN_READ && kept->access == PLAN_READ &&
	       !strcmp(kept->source, kept->target) && !strcmp(m->source, m->target) &&
	       path_is_beneath(m->target, kept->target);
}

static void drop_mount(struct plan_mount *m)
{
	free(m->source);
	free(m->target);
}

void planner_sort_mounts(struct plan *plan)
{
	struct plan_mount *m = plan->mounts.v;
	size_t n = plan->mounts.n, kept = 0;

	if (!n)
		return;
	qsort(m, n, sizeof(*m), compare_mounts);
	for (size_t i = 0; i < n; i++) {
		bool same = kept && !strcmp(m[kept - 1].target, m[i].target);
		bool covered = false;

		for (size_t k = 0; !same && !covered && k < kept; k++)
			covered = is_covered(&m[k], &m[i]);
		if (same || covered)
			drop_mount(&m[i]);
		else
			m[kept++] = m[i];
	}
	plan->mounts.n = kept;
}

/* "~/x" is the user's on the host and the job's own in the cage. */
static void add_listed(
	const struct ctx *ctx, struct plan *plan, const struct strs *paths, enum plan_access access)
{
	for (size_t i = 0; i < paths->n; i++) {
		const char *path = paths->v[i];
		auto_free char *source = NULL, *target = NULL;

		if (path[0] != '~') {
			planner_add_mount(plan, path, path, access);
			continue;
		}
		source = path_join(ctx->home, path + 2);
		target = path_join(inside_home, path + 2);
		planner_add_mount(plan, source, target, access);
	}
}

/*
 * What remit keeps, the key of the log with it, is no job's to see, also where a profile lists a directory above it.
 * Paths with links in them are listed by what they lead to as well. As root, the job has a uid that can't open it.
 */
static int hide_state(const struct ctx *ctx, struct plan *plan, struct err *err)
{
	auto_free char *real = realpath(ctx->state, NULL);
	const char *state = real ? real : ctx->state;
	size_t n = plan->mounts.n;

	for (size_t i = 0; i < n; i++) {
		const struct plan_mount *m = (const struct plan_mount *)plan->mounts.v + i;
		auto_free char *source = realpath(m->source, NULL);
		auto_free char *seen = NULL;

		if (source && m->access != PLAN_HIDE && path_is_beneath(source, state))
			return err_say(err, -EINVAL,
				"'%s' can't be listed: it lies in remit's own state directory",
				m->source);
		if (geteuid() == 0 || !source || strcmp(source, m->source) != 0 ||
			!path_is_beneath(state, source))
			continue;
		seen = xasprintf("%s%s", m->target, state + strlen(source));
		append(plan, seen, seen, PLAN_HIDE);
	}
	return 0;
}

static int add_files(const struct ctx *ctx, const struct profile_files *files, struct plan *plan,
	struct err *err)
{
	int r;

	add_listed(ctx, plan, &files->write, PLAN_WRITE);
	add_listed(ctx, plan, &files->read, PLAN_READ);
	add_listed(ctx, plan, &files->hide, PLAN_HIDE);
	r = hide_state(ctx, plan, err);
	if (r < 0)
		return r;
	planner_sort_mounts(plan);
	return 0;
}

static void add_decoys(const struct strs *decoys, struct plan *plan)
{
	for (size_t i = 0; i < decoys->n; i++) {
		bool home = decoys->v[i][0] == '~';
		auto_free char *path = home ? path_join(inside_home, decoys->v[i] + 2)
					    : xstrdup(decoys->v[i]);

		strs_add(&plan->decoys, path);
	}
}

static void set_env(struct list *env, const char *name, const char *value)
{
	struct plan_env *e = env->v;

	for (size_t i = 0; i < env->n; i++)
		if (!strcmp(e[i].name, name)) {
			free(e[i].value);
			e[i].value = xstrdup(value);
			return;
		}
	env->v = xrealloc(env->v, env->n + 1, sizeof(*e));
	e = env->v;
	e[env->n++] = (struct plan_env){ xstrdup(name), xstrdup(value) };
}

static void set_env_list(struct list *env, const struct list *more)
{
	const struct plan_env *e = more ? more->v : NULL;

	for (size_t i = 0; more && i < more->n; i++)
		set_env(env, e[i].name, e[i].value ? e[i].value : "");
}

static void add_env(const struct ctx *ctx, const struct profile *p,
	const struct plan_request *request, struct plan *plan)
{
	static const char *const own[][2] = {
		{ "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
		{ "HOME", inside_home },
		{ "USER", "agent" },
		{ "LOGNAME", "agent" },
		{ "SHELL", "/bin/sh" },
		{ "TMPDIR", "/tmp" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		set_env(&plan->env, own[i][0], own[i][1]);
	for (size_t i = 0; i < p->env.pass.n; i++) {
		const char *value = ctx_env(ctx, p->env.pass.v[i]);

		if (value)
			set_env(&plan->env, p->env.pass.v[i], value);
	}
	set_env_list(&plan->env, &p->env.set);
	set_env_list(&plan->env, request->env);
}

static void add_identity(struct plan *plan)
{
	plan->user = (struct plan_user){ xstrdup("agent"), xstrdup(inside_home), INSIDE_UID,
		INSIDE_UID, xstrdup("remit") };
}

static void add_network(const struct profile_network *n, bool online, struct plan *plan)
{
	plan->network.loopback = n->loopback.mode;
	for (size_t i = 0; i < n->loopback.ports.n; i++)
		strs_add(&plan->network.ports, n->loopback.ports.v[i]);
	if (online)
		net_rules_copy(&n->allow, &plan->network.allow);
	plan->network.budget = n->budget;
}

int planner_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (abi < 0)
		return -errno;
	return abi < PLANNER_LANDLOCK_KNOWN ? (int)abi : PLANNER_LANDLOCK_KNOWN;
}

static int add_landlock(struct plan *plan, struct err *err)
{
	int abi = planner_landlock_abi();

	if (abi < 0)
		return err_say(err, -ENOTSUP,
			"this kernel has no Landlock, the second wall around files: boot one with "
			"CONFIG_SECURITY_LANDLOCK and \"landlock\" among the names in lsm=");
	if (plan->network.loopback == PLAN_LO_PORTS && abi < 4)
		return err_say(err, -ENOTSUP,
			"the profile lists loopback ports, which needs Linux 6.7 (Landlock ABI 4; this kernel "
			"has %d): list none, or say 'loopback: true'",
			abi);
	if (plan->network.loopback == PLAN_LO_NONE && plan->network.allow.n && abi < 4)
		return err_say(err, -ENOTSUP,
			"the profile allows names but not the cage's own loopback, which needs Linux 6.7 "
			"(Landlock ABI 4; this kernel has %d): say 'loopback: true'",
			abi);
	plan->landlock = (uint64_t)abi;
	return 0;
}

/* Memory and processors are held by cgroups, which this version does not use yet. */
static int add_limits(const struct plan_limits *limits, struct plan *plan, struct err *err)
{
	plan->limits = *limits;
	if (limits->enforce == PLAN_BEST_EFFORT || (!limits->memory && !limits->cpu))
		return 0;
	return err_say(err, -ENOTSUP,
		"the profile limits '%s', which needs a cgroup, and this version uses none: leave the "
		"limit out, or say 'enforce: best-effort' to run without it",
		limits->memory ? "memory" : "cpu");
}

int planner_make(const struct ctx *ctx, const struct profile *profile,
	const struct plan_request *request, struct plan *ret, struct err *err)
{
	int r;

	ret->job = xstrdup(request->job);
	ret->profile = xstrdup(profile->name);
	for (size_t i = 0; i < request->command->n; i++)
		strs_add(&ret->command, request->command->v[i]);
	ret->cwd = xstrdup(inside_home);
	ret->tmp = profile->files.tmp;
	ret->trace = request->observed ? profile->trace : PLAN_TRACE_OFF;
	add_identity(ret);
	add_env(ctx, profile, request, ret);
	r = add_files(ctx, &profile->files, ret, err);
	add_network(&profile->network, !request->offline, ret);
	for (size_t i = 0; i < profile->tripwires.n; i++)
		strs_add(&ret->tripwires, profile->tripwires.v[i]);
	if (request->observed)
		add_decoys(&profile->decoys, ret);
	if (r == 0)
		r = plan_credentials(ctx, &profile->credentials, ret, err);
	if (r == 0)
		r = add_limits(&profile->limits, ret, err);
	if (r == 0)
		r = add_landlock(ret, err);
	return r < 0 ? r
		     : filters_get(ctx, profile->syscalls, ret->trace == PLAN_TRACE_EXEC,
			       &ret->seccomp, err);
}
