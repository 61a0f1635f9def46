#include "runner/profile.h"

#include <fcntl.h>
#include <string.h>

#include "base/io.h"
#include "base/path.h"
#include "base/text.h"

#define AT(type, member) .at = offsetof(struct type, member)

enum { MAX_EXTENDS = 8 };

static const char *const git_names[] = { "full", "shallow", "none", NULL };
static const char *const trace_names[] = { "off", "exec", NULL };

/* Where the cage puts its own things; a profile can't have the host's there. */
static int check_place(const char *path, struct err *err)
{
	static const char *const ours[] = { "/proc", "/dev", "/tmp", "/.staging", "/run/git" };
	int r = path_check_listed(path, err);

	if (r < 0)
		return r;
	if (!strcmp(path, "/") || !strcmp(path, "/etc"))
		return err_say(err, -EINVAL,
			"'%s' can't be listed as a whole: list the files and directories beneath it that "
			"the job needs",
			path);
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (path_is_beneath(path, ours[i]))
			return err_say(err, -EINVAL,
				"'%s' can't be listed: the cage has its own '%s'", path, ours[i]);
	return 0;
}

static const struct bind_field files_fields[] = {
	{ .key = "read",
		.type = BIND_STRS,
		AT(profile_files, read),
		.check = check_place,
		.help = "Files and directories that the job may read and execute" },
	{ .key = "write",
		.type = BIND_STRS,
		AT(profile_files, write),
		.check = check_place,
		.help = "What it may change beside the workspace, on the host itself" },
	{ .key = "hide",
		.type = BIND_STRS,
		AT(profile_files, hide),
		.check = path_check_listed,
		.help = "What is masked inside of a listed directory or the workspace" },
	{ .key = "tmp",
		.type = BIND_SIZE,
		AT(profile_files, tmp),
		.min = 1 << 20,
		.preset = 1ULL << 30,
		.help = "Size of /tmp, /dev/shm and the home directory together" },
};
static BIND_TABLE(files_table, struct profile_files, "files", files_fields, NULL);

static const struct bind_field workspace_fields[] = {
	{ .key = "path",
		.type = BIND_STR,
		AT(profile_workspace, path),
		.check = path_check_absolute,
		.help = "Where the job sees the repository; /workspace" },
	{ .key = "git",
		.type = BIND_ENUM,
		AT(profile_workspace, git),
		.names = git_names,
		.help = "How much history the job sees" },
};
static BIND_TABLE(workspace_table, struct profile_workspace, "workspace", workspace_fields, NULL);

static int add_port(const struct doc *doc, const json_t *value, struct strs *ports, struct err *err)
{
	auto_free char *number = json_is_integer(value)
					 ? xasprintf("%lld", (long long)json_integer_value(value))
					 : NULL;
	const char *s = number ? number : json_string_value(value);
	struct err inner = { "" };
	uint64_t port;

	if (!s || text_uint(s, 0, 65535, &port, &inner) < 0)
		return doc_fail(
			doc, value, err, "'loopback': expected port numbers from 0 to 65535");
	strs_add(ports, s);
	return 0;
}

static int decode_loopback(const struct doc *doc, const json_t *value, void *p, struct err *err)
{
	struct profile_loopback *l = p;
	const char *s = json_string_value(value);
	size_t i;
	json_t *item;

	strs_done(&l->ports);
	l->mode = PLAN_LO_NONE;
	if (json_is_boolean(value)) {
		l->mode = json_is_true(value) ? PLAN_LO_ALL : PLAN_LO_NONE;
		return 0;
	}
	if (s && (!strcmp(s, "true") || !strcmp(s, "false"))) {
		l->mode = *s == 't' ? PLAN_LO_ALL : PLAN_LO_NONE;
		return 0;
	}
	if (!json_is_array(value))
		return doc_fail(
			doc, value, err, "'loopback': expected true, false or a list of ports");
	json_array_foreach (value, i, item) {
		int r = add_port(doc, item, &l->ports, err);

		if (r < 0)
			return r;
	}
	l->mode = l->ports.n ? PLAN_LO_PORTS : PLAN_LO_NONE;
	return 0;
}

static void done_loopback(void *p)
{
	strs_done(&((struct profile_loopback *)p)->ports);
}

static json_t *encode_loopback(const void *p)
{
	const struct profile_loopback *l = p;
	json_t *list;

	if (l->mode != PLAN_LO_PORTS)
		return json_boolean(l->mode == PLAN_LO_ALL);
	list = json_array();
	for (size_t i = 0; i < l->ports.n; i++)
		json_push(list, json_integer(strtol(l->ports.v[i], NULL, 10)));
	return list;
}

static json_t *schema_loopback(void)
{
	return json_pack("{s:[{s:s}, {s:s, s:{s:s, s:i, s:i}}]}", "anyOf", "type", "boolean",
		"type", "array", "items", "type", "integer", "minimum", 0, "maximum", 65535);
}

static const struct bind_custom loopback_custom = { decode_loopback, encode_loopback, done_loopback,
	schema_loopback };

static const struct bind_field network_fields[] = {
	{ .key = "loopback",
		.type = BIND_CUSTOM,
		AT(profile_network, loopback),
		.custom = &loopback_custom,
		.help = "The cage's own loopback: true, false, or the TCP ports that may be used" },
	{ .key = "allow",
		.type = BIND_CUSTOM,
		AT(profile_network, allow),
		.custom = &net_rules,
		.help = "What the job may reach through the gate: names, ranges of addresses, services of this host" },
	{ .key = "budget",
		.type = BIND_STRUCT,
		AT(profile_network, budget),
		.sub = &net_budget_table,
		.help = "Bounds for all of that together" },
};
static BIND_TABLE(network_table, struct profile_network, "network", network_fields, NULL);

static const struct bind_field set_fields[] = {
	{ .key = "name", .type = BIND_STR, AT(plan_env, name) },
	{ .key = "value", .type = BIND_STR, AT(plan_env, value) },
};
static BIND_TABLE(set_table, struct plan_env, "set", set_fields, NULL);

static const struct bind_field env_fields[] = {
	{ .key = "pass",
		.type = BIND_STRS,
		AT(profile_env, pass),
		.check = plan_check_env_name,
		.help = "Variables that are handed on from the host" },
	{ .key = "set",
		.type = BIND_MAP,
		AT(profile_env, set),
		.sub = &set_table,
		.check = plan_check_env_name,
		.help = "Variables with a fixed value" },
};
static BIND_TABLE(env_table, struct profile_env, "env", env_fields, NULL);

static int check_syscalls(const char *s, struct err *err)
{
	return strcmp(s, "default") ? path_check_absolute(s, err) : 0;
}

static const struct bind_field profile_fields[] = {
	{ .key = "version",
		.type = BIND_INT,
		.flags = BIND_REQUIRED,
		AT(profile, version),
		.min = 1,
		.max = 1,
		.help = "Always 1" },
	{ .key = "name", .type = BIND_STR, AT(profile, name), .help = "What messages call it" },
	{ .key = "extends",
		.type = BIND_STR,
		AT(profile, extends),
		.help = "A profile that this one adds to" },
	{ .key = "help",
		.type = BIND_STR,
		AT(profile, help),
		.help = "One line for `remit profile list`" },
	{ .key = "files",
		.type = BIND_STRUCT,
		AT(profile, files),
		.sub = &files_table,
		.help = "What of the host's files the job sees" },
	{ .key = "workspace",
		.type = BIND_STRUCT,
		AT(profile, workspace),
		.sub = &workspace_table,
		.help = "The repository" },
	{ .key = "network",
		.type = BIND_STRUCT,
		AT(profile, network),
		.sub = &network_table,
		.help = "What the job may reach" },
	{ .key = "env",
		.type = BIND_STRUCT,
		AT(profile, env),
		.sub = &env_table,
		.help = "Its environment; nothing else is in it but HOME, USER, PATH and the like" },
	{ .key = "syscalls",
		.type = BIND_STR,
		AT(profile, syscalls),
		.check = check_syscalls,
		.help = "default, or an absolute path of an OCI seccomp profile" },
	{ .key = "limits",
		.type = BIND_STRUCT,
		AT(profile, limits),
		.sub = &plan_limits_table,
		.help = "What it may use at most" },
	{ .key = "trace",
		.type = BIND_ENUM,
		AT(profile, trace),
		.names = trace_names,
		.help = "exec: record every program that runs" },
	{ .key = "decoys",
		.type = BIND_STRS,
		AT(profile, decoys),
		.check = path_check_listed,
		.help = "Empty files where keys would be; opening one is a tripwire" },
	{ .key = "tripwires",
		.type = BIND_STRS,
		AT(profile, tripwires),
		.names = plan_tripwires,
		.help = "What ends the run: budget, when one of the network's is passed" },
	{ .key = "credentials",
		.type = BIND_MAP,
		AT(profile, credentials),
		.sub = &credential_profile_table,
		.check = credential_check_name,
		.help = "Secrets that are added to requests outside, and never enter a cage" },
};
BIND_TABLE(profile_table, struct profile, "profile", profile_fields,
	"What a job may touch. Whatever is not listed is not there.");

struct loader {
	const struct ctx *ctx;
	const struct profile_repo *repo;
	struct profile *profile;
	struct err *err;
	int depth;
	bool narrow; /* it is the repository that asks */
};

static int apply(struct loader *l, struct doc *doc);

static int load_file(struct loader *l, const char *path, struct doc **ret)
{
	return doc_load(AT_FDCWD, path, path, ret, l->err);
}

static int load_from_repo(struct loader *l, const char *name, struct doc **ret)
{
	auto_free char *shown = xasprintf(".remit/profiles/%s.yaml", name);
	auto_buf struct buf text = BUF_INIT;
	int r = l->repo ? l->repo->read(l->repo->repo, name, &text, l->err) : -ENOENT;

	if (r == 0)
		r = doc_parse(buf_str(&text), text.len, shown, ret, l->err);
	if (r == 0)
		r = profile_check_narrow(*ret, l->err);
	l->narrow = true;
	return r;
}

static int find(struct loader *l, const char *name, struct doc **ret)
{
	int r;

	if (strpbrk(name, "/.") && l->narrow)
		return err_say(l->err, -EINVAL,
			"a repository's own profile extends others by name, not by path as in '%s'",
			name);
	if (strpbrk(name, "/."))
		return load_file(l, name, ret);
	for (int i = 0; i < CTX_CONFIGS; i++) {
		auto_free char *path = xasprintf(
			"%s/profiles/%s.yaml", ctx_config(l->ctx, i), name);

		if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return load_file(l, path, ret);
	}
	r = load_from_repo(l, name, ret);
	if (r == -ENOENT)
		return err_say(l->err, -ENOENT,
			"there is no profile '%s': `remit profile list` names "
			"those that there are",
			name);
	return r;
}

static int load(struct loader *l, const char *name)
{
	auto_doc struct doc *doc = NULL;
	int r;

	if (++l->depth > MAX_EXTENDS)
		return err_say(l->err, -EINVAL,
			"profile '%s': 'extends' goes more than %d levels deep", name, MAX_EXTENDS);
	r = find(l, name, &doc);
	return r < 0 ? r : apply(l, doc);
}

/* The parent first, so that the child is read over it. */
static int apply(struct loader *l, struct doc *doc)
{
	const json_t *extends = json_object_get(doc_root(doc), "extends");
	int r = json_is_string(extends) ? load(l, json_string_value(extends)) : 0;

	if (r == -ENOENT)
		return doc_fail(doc, extends, l->err, "'extends': there is no profile '%s'",
			json_string_value(extends));
	return r < 0 ? r : bind_decode(&profile_table, doc, doc_root(doc), l->profile, l->err);
}

/* What is handed to the job is no secret from it. */
static int check_passed(const struct profile *p, const struct credential *c, struct err *err)
{
	if (!c->from.env || !strs_has(&p->env.pass, c->from.env))
		return 0;
	return err_say(err, -EINVAL,
		"'env.pass' hands the job '%s', which the credential '%s' comes from: take it out there",
		c->from.env, c->name);
}

/* Parts may come from other files, so this is seen only when all are together. */
static int check_credentials(const char *name, const struct profile *p, struct err *err)
{
	const struct credential *c = p->credentials.v;
	int r = net_rules_check_credentials(&p->network.allow, &p->credentials, err);

	for (size_t i = 0; r == 0 && i < p->credentials.n; i++)
		r = check_passed(p, &c[i], err);
	return r < 0 ? err_prefix(err, r, "profile '%s'", name) : 0;
}

static void set_default(char **slot, const char *value)
{
	if (!*slot)
		*slot = xstrdup(value);
}

int profile_load(const struct ctx *ctx, const char *name, const struct profile_repo *repo,
	struct profile *ret, struct err *err)
{
	struct profile p;
	struct loader l = { ctx, repo, &p, err, 0, false };
	int r;

	bind_init(&profile_table, &p);
	r = load(&l, name);
	if (r == 0)
		r = check_credentials(name, &p, err);
	if (r < 0) {
		profile_done(&p);
		return r;
	}
	set_default(&p.name, name);
	set_default(&p.workspace.path, "/workspace");
	set_default(&p.syscalls, "default");
	*ret = p;
	return 0;
}

void profile_done(struct profile *p)
{
	bind_done(&profile_table, p);
}
