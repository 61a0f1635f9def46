#include "runner/jobspec.h"

#include <fcntl.h>
#include <string.h>

#include "base/plan.h"
#include "base/text.h"

#define AT(type, member) .at = offsetof(struct type, member)

enum { MAX_NAME = 64, MAX_VERSION = 64 };

int jobspec_check_name(const char *name, struct err *err)
{
	static const char alphabet[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t n = strlen(name);

	if (!n || n > MAX_NAME || strspn(name, alphabet) != n || strchr("._-", name[0]))
		return err_say(err, -EINVAL,
			"'%s' is not a name: expected at most 64 letters, digits, "
			"'.', '_' and '-', the first a letter or digit",
			name);
	return 0;
}

/* It stands in every record of the job. */
static int check_version(const char *version, struct err *err)
{
	if (!*version || strlen(version) > MAX_VERSION || !text_is_utf8(version, strlen(version)))
		return err_say(err, -EINVAL,
			"'%s' is not a version: expected at most %d bytes of text", version,
			MAX_VERSION);
	return 0;
}

int jobspec_check_task(const char *task, struct err *err)
{
	if (strlen(task) > JOBSPEC_MAX_TASK)
		return err_say(err, -EINVAL, "the task is longer than %d bytes", JOBSPEC_MAX_TASK);
	return 0;
}

/* Job files come from outside: which file of the host is a profile is not theirs to say. */
static int check_profile(const char *name, struct err *err)
{
	if (strpbrk(name, "/."))
		return err_say(err, -EINVAL,
			"'%s' is a path: a job file names a profile; `--profile FILE` takes a file",
			name);
	return 0;
}

static const struct bind_field agent_fields[] = {
	{ .key = "name",
		.type = BIND_STR,
		AT(jobspec_agent, name),
		.check = jobspec_check_name,
		.help = "What the agent is called" },
	{ .key = "version",
		.type = BIND_STR,
		AT(jobspec_agent, version),
		.check = check_version,
		.help = "Which version of it" },
};
static BIND_TABLE(agent_table, struct jobspec_agent, "agent", agent_fields, NULL);

static const struct bind_field check_fields[] = {
	{ .key = "name", .type = BIND_STR, AT(jobspec_check, name) },
	{ .key = "run",
		.type = BIND_STR,
		.flags = BIND_REQUIRED,
		AT(jobspec_check, run),
		.help = "A command for /bin/sh" },
	{ .key = "timeout",
		.type = BIND_DURATION,
		AT(jobspec_check, timeout),
		.min = 1000,
		.preset = CHECK_TIMEOUT_MS,
		.help = "How long it may take" },
};
static BIND_TABLE(check_table, struct jobspec_check, "check", check_fields, NULL);

static const struct bind_field env_fields[] = {
	{ .key = "name", .type = BIND_STR, AT(plan_env, name) },
	{ .key = "value", .type = BIND_STR, AT(plan_env, value) },
};
static BIND_TABLE(env_table, struct plan_env, "env", env_fields, NULL);

static const struct bind_field jobspec_fields[] = {
	{ .key = "version",
		.type = BIND_INT,
		.flags = BIND_REQUIRED,
		AT(jobspec, version),
		.min = 1,
		.max = 1,
		.help = "Always 1" },
	{ .key = "task",
		.type = BIND_STR,
		AT(jobspec, task),
		.check = jobspec_check_task,
		.help = "What is to be done, in words; the job finds it in REMIT_TASK" },
	{ .key = "command",
		.type = BIND_STRS,
		.flags = BIND_ONE_OR_MANY,
		AT(jobspec, command),
		.help = "The agent's command line: a list of words, or one text for /bin/sh" },
	{ .key = "agent",
		.type = BIND_STRUCT,
		AT(jobspec, agent),
		.sub = &agent_table,
		.help = "Who does it" },
	{ .key = "repo",
		.type = BIND_STR,
		AT(jobspec, repo),
		.help = "The repository; the current directory" },
	{ .key = "base",
		.type = BIND_STR,
		AT(jobspec, base),
		.help = "The revision to start from; HEAD" },
	{ .key = "profile",
		.type = BIND_STR,
		AT(jobspec, profile),
		.check = check_profile,
		.help = "What the job may touch, by its name; base" },
	{ .key = "checks",
		.type = BIND_MAP,
		AT(jobspec, checks),
		.sub = &check_table,
		.check = jobspec_check_name,
		.help = "Commands that judge the result" },
	{ .key = "env",
		.type = BIND_MAP,
		AT(jobspec, env),
		.sub = &env_table,
		.check = plan_check_env_name,
		.help = "Variables for the job" },
};
BIND_TABLE(jobspec_table, struct jobspec, "job", jobspec_fields, "One job for an agent");

void jobspec_init(struct jobspec *spec)
{
	*spec = (struct jobspec){ 0 };
	bind_init(&jobspec_table, spec);
}

void jobspec_done(struct jobspec *spec)
{
	bind_done(&jobspec_table, spec);
	free(spec->policy);
}

/* One text is for a shell; a list of words is a command line. */
static void wrap_in_shell(struct strs *command)
{
	struct strs words = { 0 };

	strs_add(&words, "/bin/sh");
	strs_add(&words, "-c");
	strs_add(&words, command->v[0]);
	strs_done(command);
	*command = words;
}

/* A file may leave the command to the command line, but not name it and say nothing. */
static int take_command(const struct doc *doc, struct strs *command, struct err *err)
{
	const json_t *value = json_object_get(doc_root(doc), "command");

	if (value && (!command->n || !*command->v[0]))
		return doc_fail(doc, value, err, "'command': expected a command, found nothing");
	if (json_is_string(value))
		wrap_in_shell(command);
	return 0;
}

int jobspec_load(const char *path, struct jobspec *spec, struct err *err)
{
	auto_doc struct doc *doc = NULL;
	int r = doc_load(AT_FDCWD, path, path, &doc, err);

	if (r == 0)
		r = bind_decode(&jobspec_table, doc, doc_root(doc), spec, err);
	return r < 0 ? r : take_command(doc, &spec->command, err);
}

int jobspec_add_check(struct jobspec *spec, const char *text, struct err *err)
{
	const char *equals = strchr(text, '=');
	auto_free char *name = equals ? xstrndup(text, (size_t)(equals - text)) : NULL;
	struct jobspec_check *c;
	int r;

	if (!equals || !equals[1])
		return err_say(
			err, -EINVAL, "option '--check': expected NAME=COMMAND, found '%s'", text);
	r = jobspec_check_name(name, err);
	if (r < 0)
		return err_prefix(err, r, "option '--check'");
	spec->checks.v = xrealloc(spec->checks.v, spec->checks.n + 1, sizeof(*c));
	c = (struct jobspec_check *)spec->checks.v + spec->checks.n++;
	*c = (struct jobspec_check){ steal_pointer(&name), xstrdup(equals + 1), CHECK_TIMEOUT_MS,
		true };
	return 0;
}

int jobspec_set_agent(struct jobspec *spec, const char *text, struct err *err)
{
	const char *at = strchr(text, '@');
	auto_free char *name = at ? xstrndup(text, (size_t)(at - text)) : xstrdup(text);
	int r = jobspec_check_name(name, err);

	if (r == 0 && at)
		r = check_version(at + 1, err);
	if (r < 0)
		return err_prefix(err, r, "option '--agent'");
	free(spec->agent.name);
	free(spec->agent.version);
	spec->agent.name = steal_pointer(&name);
	spec->agent.version = at ? xstrdup(at + 1) : NULL;
	return 0;
}
