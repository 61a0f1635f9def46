#include "base/plan.h"

#include <linux/filter.h>
#include <string.h>

#include "base/path.h"
#include "base/text.h"

#define AT(type, member) .at = offsetof(struct type, member)

static const char *const access_names[] = { "read", "write", "hide", NULL };
static const char *const mode_names[] = { "none", "overlay", "copy", NULL };
static const char *const loopback_names[] = { "none", "all", "ports", NULL };
static const char *const enforce_names[] = { "strict", "best-effort", NULL };
const char *const plan_tripwires[] = { "budget", NULL };
static const char *const trace_names[] = { "off", "exec", NULL };

static int check_port(const char *s, struct err *err)
{
	uint64_t port;

	return text_uint(s, 0, 65535, &port, err);
}

int plan_check_env_name(const char *s, struct err *err)
{
	if (!*s || strchr(s, '='))
		return err_say(err, -EINVAL, "'%s' is not the name of an environment variable", s);
	return 0;
}

/* They go into files of the cage, /etc/passwd and its like, where a colon or a new line would be another entry. */
static int check_word(const char *s, size_t max, const char *more, struct err *err)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t n = strlen(s), good = 0;

	while (s[good] && (strchr(letters, s[good]) || (good && strchr(more, s[good]))))
		good++;
	if (!n || n > max || good < n)
		return err_say(err, -EINVAL,
			"'%s' is not a name: expected at most %zu letters, digits and any of '%s', "
			"the first a letter or digit",
			s, max, more);
	return 0;
}

/* As useradd(8) has it, but for names that begin with '_'. */
static int check_user_name(const char *s, struct err *err)
{
	return check_word(s, 32, "_-.", err);
}

/* HOST_NAME_MAX, and the characters of RFC 1123. */
static int check_host_name(const char *s, struct err *err)
{
	return check_word(s, 64, "-.", err);
}

static const struct bind_field mount_fields[] = {
	{ .key = "source",
		.type = BIND_STR,
		.flags = BIND_REQUIRED,
		AT(plan_mount, source),
		.check = path_check_absolute },
	{ .key = "target",
		.type = BIND_STR,
		.flags = BIND_REQUIRED,
		AT(plan_mount, target),
		.check = path_check_absolute },
	{ .key = "access", .type = BIND_ENUM, AT(plan_mount, access), .names = access_names },
};
static BIND_TABLE(mount_table, struct plan_mount, "mount", mount_fields, NULL);

static const struct bind_field workspace_fields[] = {
	{ .key = "mode", .type = BIND_ENUM, AT(plan_workspace, mode), .names = mode_names },
	{ .key = "path", .type = BIND_STR, AT(plan_workspace, path), .check = path_check_absolute },
	{ .key = "lower",
		.type = BIND_STRS,
		AT(plan_workspace, lower),
		.check = path_check_absolute },
	{ .key = "upper",
		.type = BIND_STR,
		AT(plan_workspace, upper),
		.check = path_check_absolute },
	{ .key = "work", .type = BIND_STR, AT(plan_workspace, work), .check = path_check_absolute },
	{ .key = "expose",
		.type = BIND_STRS,
		AT(plan_workspace, expose),
		.check = path_check_absolute },
};
static BIND_TABLE(workspace_table, struct plan_workspace, "workspace", workspace_fields, NULL);

static const struct bind_field network_fields[] = {
	{ .key = "loopback",
		.type = BIND_ENUM,
		AT(plan_network, loopback),
		.names = loopback_names },
	{ .key = "ports", .type = BIND_STRS, AT(plan_network, ports), .check = check_port },
	{ .key = "allow", .type = BIND_CUSTOM, AT(plan_network, allow), .custom = &net_rules },
	{ .key = "credentials",
		.type = BIND_MAP,
		AT(plan_network, credentials),
		.sub = &credential_plan_table,
		.check = credential_check_name },
	{ .key = "budget",
		.type = BIND_STRUCT,
		AT(plan_network, budget),
		.sub = &net_budget_table },
};
static BIND_TABLE(network_table, struct plan_network, "network", network_fields, NULL);

const struct bind_field plan_limit_fields[] = {
	{ .key = "wall",
		.type = BIND_DURATION,
		AT(plan_limits, wall),
		.min = 0,
		.help = "Time from start to end" },
	{ .key = "idle",
		.type = BIND_DURATION,
		AT(plan_limits, idle),
		.help = "Longest time without a byte of output" },
	{ .key = "cpu",
		.type = BIND_INT,
		AT(plan_limits, cpu),
		.max = 4096,
		.help = "Processors; needs a delegated cgroup" },
	{ .key = "memory",
		.type = BIND_SIZE,
		AT(plan_limits, memory),
		.help = "Memory; needs a delegated cgroup" },
	{ .key = "processes",
		.type = BIND_INT,
		AT(plan_limits, processes),
		.max = 4194304,
		.help = "Processes and threads at once" },
	{ .key = "files",
		.type = BIND_INT,
		AT(plan_limits, files),
		.max = 1048576,
		.help = "Open files of one process" },
	{ .key = "disk",
		.type = BIND_SIZE,
		AT(plan_limits, disk),
		.help = "Disk space that the changes in the workspace take" },
	{ .key = "output",
		.type = BIND_SIZE,
		AT(plan_limits, output),
		.help = "Bytes of standard output and error together" },
	{ .key = "enforce",
		.type = BIND_ENUM,
		AT(plan_limits, enforce),
		.names = enforce_names,
		.help = "strict: what cannot be enforced stops the job; best-effort: it is noted" },
};
const struct bind_table plan_limits_table = { "limits", sizeof(struct plan_limits),
	plan_limit_fields, ARRAY_SIZE(plan_limit_fields), "What the job may use at most" };

static const struct bind_field seccomp_fields[] = {
	{ .key = "profile", .type = BIND_STR, AT(plan_seccomp, profile) },
	{ .key = "source", .type = BIND_STR, AT(plan_seccomp, source) },
	{ .key = "allow", .type = BIND_STR, .flags = BIND_REQUIRED, AT(plan_seccomp, allow) },
	{ .key = "refuse", .type = BIND_STR, .flags = BIND_REQUIRED, AT(plan_seccomp, refuse) },
};
static BIND_TABLE(seccomp_table, struct plan_seccomp, "seccomp", seccomp_fields, NULL);

static const struct bind_field user_fields[] = {
	{ .key = "name",
		.type = BIND_STR,
		.flags = BIND_REQUIRED,
		AT(plan_user, name),
		.check = check_user_name },
	{ .key = "home",
		.type = BIND_STR,
		.flags = BIND_REQUIRED,
		AT(plan_user, home),
		.check = path_check_absolute },
	{ .key = "uid",
		.type = BIND_INT,
		.flags = BIND_REQUIRED,
		AT(plan_user, uid),
		.min = 1,
		.max = 65533 },
	{ .key = "gid",
		.type = BIND_INT,
		.flags = BIND_REQUIRED,
		AT(plan_user, gid),
		.min = 1,
		.max = 65533 },
	{ .key = "host",
		.type = BIND_STR,
		.flags = BIND_REQUIRED,
		AT(plan_user, host),
		.check = check_host_name },
};
static BIND_TABLE(user_table, struct plan_user, "user", user_fields, NULL);

static const struct bind_field env_fields[] = {
	{ .key = "name", .type = BIND_STR, AT(plan_env, name) },
	{ .key = "value", .type = BIND_STR, AT(plan_env, value) },
};
static BIND_TABLE(env_table, struct plan_env, "env", env_fields, NULL);

static const struct bind_field plan_fields[] = {
	{ .key = "version",
		.type = BIND_INT,
		.flags = BIND_REQUIRED,
		AT(plan, version),
		.min = PLAN_VERSION,
		.max = PLAN_VERSION },
	{ .key = "job", .type = BIND_STR, AT(plan, job) },
	{ .key = "profile", .type = BIND_STR, AT(plan, profile) },
	{ .key = "command", .type = BIND_STRS, .flags = BIND_REQUIRED, AT(plan, command) },
	{ .key = "cwd",
		.type = BIND_STR,
		.flags = BIND_REQUIRED,
		AT(plan, cwd),
		.check = path_check_absolute },
	{ .key = "env",
		.type = BIND_MAP,
		AT(plan, env),
		.sub = &env_table,
		.check = plan_check_env_name },
	{ .key = "user",
		.type = BIND_STRUCT,
		.flags = BIND_REQUIRED,
		AT(plan, user),
		.sub = &user_table },
	{ .key = "mounts", .type = BIND_LIST, AT(plan, mounts), .sub = &mount_table },
	{ .key = "tmp", .type = BIND_SIZE, .flags = BIND_REQUIRED, AT(plan, tmp), .min = 1 << 20 },
	{ .key = "workspace", .type = BIND_STRUCT, AT(plan, workspace), .sub = &workspace_table },
	{ .key = "network", .type = BIND_STRUCT, AT(plan, network), .sub = &network_table },
	{ .key = "limits", .type = BIND_STRUCT, AT(plan, limits), .sub = &plan_limits_table },
	{ .key = "seccomp",
		.type = BIND_STRUCT,
		.flags = BIND_REQUIRED,
		AT(plan, seccomp),
		.sub = &seccomp_table },
	{ .key = "landlock",
		.type = BIND_INT,
		.flags = BIND_REQUIRED,
		AT(plan, landlock),
		.min = 1,
		.max = 64 },
	{ .key = "trace", .type = BIND_ENUM, AT(plan, trace), .names = trace_names },
	{ .key = "decoys", .type = BIND_STRS, AT(plan, decoys), .check = path_check_absolute },
	{ .key = "tripwires", .type = BIND_STRS, AT(plan, tripwires), .names = plan_tripwires },
	{ .key = "cgroup", .type = BIND_STR, AT(plan, cgroup) },
};
BIND_TABLE(plan_table, struct plan, "plan", plan_fields, "One cage, fully resolved");

void plan_init(struct plan *plan)
{
	bind_init(&plan_table, plan);
	plan->version = PLAN_VERSION;
}

void plan_done(struct plan *plan)
{
	bind_done(&plan_table, plan);
}

char *plan_encode(const struct plan *plan)
{
	auto_json json_t *json = bind_encode(&plan_table, plan);

	return json_canonical(json);
}

/* Places that are kept for later must be empty: what they ask for cannot be enforced yet. */
static int check_places(const struct plan *p, struct err *err)
{
	if (p->cgroup && *p->cgroup)
		return err_say(err, -ENOTSUP, "plan: 'cgroup' can't be used by this version");
	return 0;
}

/* What can't be held must have been asked for as far as it goes. */
static int check_limits(const struct plan_limits *l, struct err *err)
{
	if (l->enforce == PLAN_STRICT && (l->memory || l->cpu))
		return err_say(err, -ENOTSUP,
			"plan: 'limits.memory' and 'limits.cpu' can't be enforced by this version");
	return 0;
}

/* Whoever reads the plan relies on it that what a rule names is there, and for that rule's host. */
static int check_credentials(const struct plan_network *n, struct err *err)
{
	const struct credential *c = n->credentials.v;

	for (size_t i = 0; i < n->credentials.n; i++)
		if (!c[i].header)
			return err_say(
				err, -EINVAL, "plan: credential '%s' has no header", c[i].name);
	return net_rules_check_credentials(&n->allow, &n->credentials, err);
}

static int check_workspace(const struct plan_workspace *w, struct err *err)
{
	if (w->mode == PLAN_NONE)
		return 0;
	if (!w->path || !w->upper)
		return err_say(err, -EINVAL, "plan: 'workspace' needs 'path' and 'upper'");
	if (w->mode == PLAN_OVERLAY && (!w->work || !w->lower.n))
		return err_say(err, -EINVAL, "plan: an overlay needs 'work' and 'lower'");
	return 0;
}

static int check_plan(const struct plan *p, struct err *err)
{
	int r = check_places(p, err);

	if (r == 0)
		r = check_limits(&p->limits, err);
	if (r == 0)
		r = check_workspace(&p->workspace, err);
	if (r == 0)
		r = check_credentials(&p->network, err);
	if (r == 0 && !p->command.n)
		r = err_say(err, -EINVAL, "plan: 'command' is empty");
	if (r == 0 && (!p->seccomp.allow || !p->seccomp.refuse))
		r = err_say(err, -EINVAL, "plan: 'seccomp' needs 'allow' and 'refuse'");
	return r;
}

int plan_decode(const char *json, size_t len, struct plan *ret, struct err *err)
{
	auto_json json_t *root = NULL;
	struct plan plan;
	int r = json_parse(json, len, "plan", &root, err);

	if (r < 0)
		return r;
	plan_init(&plan);
	r = bind_decode(&plan_table, NULL, root, &plan, err);
	if (r == 0)
		r = check_plan(&plan, err);
	if (r < 0) {
		plan_done(&plan);
		return r;
	}
	*ret = plan;
	return 0;
}

char *plan_encode_network(const struct plan_network *network)
{
	auto_json json_t *json = bind_encode(&network_table, network);

	return json_canonical(json);
}

int plan_decode_network(const char *json, size_t len, struct plan_network *ret, struct err *err)
{
	auto_json json_t *root = NULL;
	int r = json_parse(json, len, "network", &root, err);

	if (r < 0)
		return r;
	bind_init(&network_table, ret);
	r = bind_decode(&network_table, NULL, root, ret, err);
	if (r == 0)
		r = check_credentials(ret, err);
	if (r < 0)
		bind_done(&network_table, ret);
	return r;
}
