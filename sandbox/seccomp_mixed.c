/*
 * libseccomp 2.5 compares the wrong half of an argument where one of several rules for a call asks whether an
 * argument is less or greater: it may allow more than the rules say. Such profiles are refused.
 */
#include <string.h>

#include "sandbox/seccomp_profile.h"

static bool is_ordering(const json_t *arg)
{
	static const char *const names[] = { "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_GT",
		"SCMP_CMP_GE" };
	const char *op = json_string_value(json_object_get(arg, "op"));

	for (size_t i = 0; op && i < ARRAY_SIZE(names); i++)
		if (!strcmp(op, names[i]))
			return true;
	return false;
}

static bool has_ordering(const json_t *rule)
{
	size_t i;
	json_t *arg;

	json_array_foreach (json_object_get(rule, "args"), i, arg)
		if (is_ordering(arg))
			return true;
	return false;
}

/* A rule of the shipped profile may stand beside the others of it: that they hold together is tested. */
static bool is_shipped(const json_t *rule, const json_t *shipped)
{
	size_t i;
	json_t *other;

	json_array_foreach (shipped, i, other)
		if (json_equal(rule, other))
			return true;
	return false;
}

static int note(json_t *seen, const char *name, const json_t *rule, bool shipped, struct err *err)
{
	const json_t *before = json_object_get(seen, name);
	bool ordering = has_ordering(rule) || json_is_true(before);

	if (before && ordering && !shipped)
		return err_say(err, -EINVAL,
			"seccomp profile: '%s' has several rules, one of which compares by less or greater: "
			"libseccomp can't be trusted with that; write equal or masked comparisons",
			name);
	json_put(seen, name, json_boolean(ordering));
	return 0;
}

static int note_rule(json_t *seen, const json_t *rule, bool shipped, struct err *err)
{
	size_t i;
	json_t *name;
	int r = 0;

	json_array_foreach (json_object_get(rule, "names"), i, name)
		if (r == 0 && json_is_string(name))
			r = note(seen, json_string_value(name), rule, shipped, err);
	return r;
}

int seccomp_profile_check_mixed(const json_t *rules, const json_t *shipped, struct err *err)
{
	auto_json json_t *seen = json_object();
	size_t i;
	json_t *rule;
	int r = 0;

	json_array_foreach (rules, i, rule)
		if (r == 0 && is_shipped(rule, shipped))
			r = note_rule(seen, rule, true, err);
	json_array_foreach (rules, i, rule)
		if (r == 0 && !is_shipped(rule, shipped))
			r = note_rule(seen, rule, false, err);
	return r;
}
