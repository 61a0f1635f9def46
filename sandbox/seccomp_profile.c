#include "sandbox/seccomp_profile.h"

#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "sandbox/seccomp.h"

/* A member that the format has, of the given type or null. */
struct member {
	const char *name;
	json_type type;
};

static const struct member profile_members[] = {
	{ "defaultAction", JSON_STRING },
	{ "defaultErrnoRet", JSON_INTEGER },
	{ "defaultErrno", JSON_STRING },
	{ "archMap", JSON_ARRAY },
	{ "architectures", JSON_ARRAY },
	{ "syscalls", JSON_ARRAY },
	{ "comment", JSON_STRING },
	{ NULL, JSON_NULL },
};

static const struct member rule_members[] = {
	{ "names", JSON_ARRAY },
	{ "action", JSON_STRING },
	{ "errnoRet", JSON_INTEGER },
	{ "errno", JSON_STRING },
	{ "args", JSON_ARRAY },
	{ "comment", JSON_STRING },
	{ "includes", JSON_OBJECT },
	{ "excludes", JSON_OBJECT },
	{ NULL, JSON_NULL },
};

static const struct member condition_members[] = {
	{ "caps", JSON_ARRAY },
	{ "arches", JSON_ARRAY },
	{ "minKernel", JSON_STRING },
	{ NULL, JSON_NULL },
};

static const struct member arg_members[] = {
	{ "index", JSON_INTEGER },
	{ "value", JSON_INTEGER },
	{ "valueTwo", JSON_INTEGER },
	{ "op", JSON_STRING },
	{ NULL, JSON_NULL },
};

struct action {
	const char *name;
	uint32_t value;
	bool takes_errno;
};

static const struct action actions[] = {
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW, false },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO, true },
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_PROCESS, false },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS, false },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD, false },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP, false },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG, false },
};

struct comparison {
	const char *name;
	enum seccomp_op op;
};

static const struct comparison comparisons[] = {
	{ "SCMP_CMP_NE", SECCOMP_NE },
	{ "SCMP_CMP_LT", SECCOMP_LT },
	{ "SCMP_CMP_LE", SECCOMP_LE },
	{ "SCMP_CMP_EQ", SECCOMP_EQ },
	{ "SCMP_CMP_GE", SECCOMP_GE },
	{ "SCMP_CMP_GT", SECCOMP_GT },
	{ "SCMP_CMP_MASKED_EQ", SECCOMP_MASKED_EQ },
};

bool seccomp_is_permission(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

static int check_member(const char *name, const json_t *value, const char *what,
	const struct member *members, struct err *err)
{
	while (members->name && strcmp(members->name, name) != 0)
		members++;
	if (!members->name)
		return err_say(
			err, -EINVAL, "seccomp profile: '%s' in %s can't be honoured", name, what);
	if (json_typeof(value) != members->type && !json_is_null(value))
		return err_say(err, -EINVAL, "seccomp profile: '%s' in %s is of the wrong type",
			name, what);
	return 0;
}

static int check_members(
	const json_t *object, const char *what, const struct member *members, struct err *err)
{
	const char *name;
	json_t *value;
	int r = 0;

	if (!json_is_object(object))
		return err_say(err, -EINVAL, "seccomp profile: %s is not an object", what);
	json_object_foreach ((json_t *)object, name, value) {
		r = check_member(name, value, what, members, err);
		if (r < 0)
			break;
	}
	return r;
}

static int check_strings(const json_t *object, const char *key, struct err *err)
{
	size_t i;
	json_t *item;

	json_array_foreach (json_object_get(object, key), i, item)
		if (!json_is_string(item))
			return err_say(err, -EINVAL,
				"seccomp profile: '%s' holds something that is not a name", key);
	return 0;
}

/* EPERM is what the format means when it names no error. */
static int read_action(const json_t *object, const char *key, const char *errno_key, uint32_t *ret,
	struct err *err)
{
	const char *name = json_string_value(json_object_get(object, key));
	const json_t *number = json_object_get(object, errno_key);
	json_int_t e = json_is_integer(number) ? json_integer_value(number) : EPERM;

	if (e < 0 || e > 4095)
		return err_say(err, -EINVAL, "seccomp profile: '%s' is %lld: expected 0 to 4095",
			errno_key, (long long)e);
	for (size_t i = 0; name && i < ARRAY_SIZE(actions); i++)
		if (!strcmp(name, actions[i].name)) {
			*ret = actions[i].value | (actions[i].takes_errno ? (uint32_t)e : 0);
			return 0;
		}
	return err_say(err, -EINVAL, "seccomp profile: the action '%s' in '%s' can't be honoured",
		name ? name : "", key);
}

static int read_number(const json_t *arg, const char *key, uint64_t *ret, struct err *err)
{
	const json_t *n = json_object_get(arg, key);

	if (!json_is_integer(n) || json_integer_value(n) < 0)
		return err_say(err, -EINVAL,
			"seccomp profile: '%s' in an argument: expected a number from 0 to %lld",
			key, (long long)INT64_MAX);
	*ret = (uint64_t)json_integer_value(n);
	return 0;
}

static int read_comparison(const json_t *arg, enum seccomp_op *ret, struct err *err)
{
	const char *name = json_string_value(json_object_get(arg, "op"));

	for (size_t i = 0; name && i < ARRAY_SIZE(comparisons); i++)
		if (!strcmp(name, comparisons[i].name)) {
			*ret = comparisons[i].op;
			return 0;
		}
	return err_say(err, -EINVAL, "seccomp profile: unknown comparison '%s'", name ? name : "");
}

static int read_arg(const json_t *arg, struct seccomp_arg *ret, struct err *err)
{
	const json_t *two = json_object_get(arg, "valueTwo");
	uint64_t index = 0, value = 0, second = 0;
	enum seccomp_op op = SECCOMP_EQ;
	int r = check_members(arg, "an argument", arg_members, err);

	if (r == 0)
		r = read_number(arg, "index", &index, err);
	if (r == 0)
		r = read_number(arg, "value", &value, err);
	if (r == 0 && two && !json_is_null(two))
		r = read_number(arg, "valueTwo", &second, err);
	if (r == 0)
		r = read_comparison(arg, &op, err);
	if (r == 0 && op == SECCOMP_MASKED_EQ && second & ~value)
		r = err_say(err, -EINVAL,
			"seccomp profile: a comparison of masked bits that the mask leaves out never holds");
	if (r < 0)
		return r;
	if (index >= SECCOMP_MAX_ARGS)
		return err_say(
			err, -EINVAL, "seccomp profile: 'index' is out of range: expected 0 to 5");
	*ret = (struct seccomp_arg){ (unsigned int)index, op, value, second };
	return 0;
}

/* Of two conditions on one argument, tools disagree on whether both must hold or either. */
static bool repeats(const struct seccomp_rule *rule, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rule->args[i].index == rule->args[n].index)
			return true;
	return false;
}

static int read_args(const json_t *list, struct seccomp_rule *ret, struct err *err)
{
	size_t i;
	json_t *item;

	if (json_array_size(list) > SECCOMP_MAX_ARGS)
		return err_say(err, -EINVAL, "seccomp profile: a rule has more than six arguments");
	json_array_foreach (list, i, item) {
		int r = read_arg(item, &ret->args[i], err);

		if (r < 0)
			return r;
		if (repeats(ret, i))
			return err_say(err, -EINVAL,
				"seccomp profile: a rule compares argument %u twice, which can't "
				"be honoured",
				ret->args[i].index);
	}
	ret->n = json_array_size(list);
	return 0;
}

static bool lists(const json_t *condition, const char *key, const char *word)
{
	size_t i;
	json_t *item;

	json_array_foreach (json_object_get(condition, key), i, item)
		if (!strcmp(json_string_value(item), word))
			return true;
	return false;
}

static bool is_version(const char *text)
{
	size_t major = strspn(text, "0123456789"), minor = 0;

	if (text[major] == '.')
		minor = strspn(text + major + 1, "0123456789");
	return major && minor && !text[major + 1 + minor];
}

/* "4.8" against the running kernel's "6.1.0-18-amd64". */
static bool kernel_is_at_least(const char *wanted)
{
	struct utsname u;
	char *end;
	unsigned long major, minor, have;

	if (uname(&u) < 0)
		return false;
	major = strtoul(wanted, &end, 10);
	minor = strtoul(end + 1, NULL, 10);
	have = strtoul(u.release, &end, 10);
	return have != major ? have > major
			     : strtoul(*end == '.' ? end + 1 : end, NULL, 10) >= minor;
}

static int check_condition(const json_t *rule, const char *which, struct err *err)
{
	const json_t *condition = json_object_get(rule, which);
	const char *kernel = json_string_value(json_object_get(condition, "minKernel"));
	int r;

	if (!condition || json_is_null(condition))
		return 0;
	r = check_members(condition, which, condition_members, err);
	if (r == 0)
		r = check_strings(condition, "caps", err);
	if (r == 0)
		r = check_strings(condition, "arches", err);
	if (r == 0 && kernel && !is_version(kernel))
		r = err_say(err, -EINVAL,
			"seccomp profile: 'minKernel' is '%s': expected a version like 4.8",
			kernel);
	return r;
}

static bool applies(const json_t *rule)
{
	const json_t *in = json_object_get(rule, "includes"),
		     *out = json_object_get(rule, "excludes");
	const char *kernel = json_string_value(json_object_get(in, "minKernel"));
	const char *too_new = json_string_value(json_object_get(out, "minKernel"));

	if (json_array_size(json_object_get(in, "caps")))
		return false;
	if (json_array_size(json_object_get(in, "arches")) &&
		!lists(in, "arches", SECCOMP_ARCH_NAME))
		return false;
	if (kernel && !kernel_is_at_least(kernel))
		return false;
	return !lists(out, "arches", SECCOMP_ARCH_NAME) &&
	       !(too_new && kernel_is_at_least(too_new));
}

int seccomp_profile_rule(const json_t *rule, struct seccomp_rule *ret, struct err *err)
{
	int r = check_members(rule, "a rule", rule_members, err);

	if (r == 0)
		r = check_condition(rule, "includes", err);
	if (r == 0)
		r = check_condition(rule, "excludes", err);
	if (r == 0)
		r = check_strings(rule, "names", err);
	if (r == 0)
		r = read_action(rule, "action", "errnoRet", &ret->action, err);
	if (r == 0)
		r = read_args(json_object_get(rule, "args"), ret, err);
	if (r < 0)
		return r;
	ret->names = json_object_get(rule, "names");
	if (!json_array_size(ret->names))
		return err_say(err, -EINVAL, "seccomp profile: a rule has no 'names'");
	ret->applies = applies(rule);
	return 0;
}

int seccomp_profile_read(
	const json_t *profile, uint32_t *ret_fallback, const json_t **ret_rules, struct err *err)
{
	const json_t *rules = json_object_get(profile, "syscalls");
	int r = check_members(profile, "the profile", profile_members, err);

	if (r == 0)
		r = read_action(profile, "defaultAction", "defaultErrnoRet", ret_fallback, err);
	if (r < 0)
		return r;
	if (seccomp_is_permission(*ret_fallback))
		return err_say(err, -EINVAL,
			"seccomp profile: it allows by default: expected a list of what is "
			"allowed, and \"defaultAction\": \"SCMP_ACT_ERRNO\"");
	if (!json_is_array(rules))
		return err_say(
			err, -EINVAL, "seccomp profile: 'syscalls' is missing or not a list");
	*ret_rules = rules;
	return 0;
}
