#include "runner/style.h"

#include <string.h>

static const struct style verdicts[] = {
	{ "allow", "32", "it may land without anybody" },
	{ "review", "36", "one approval lands it" },
	{ "human", "33", "a person lands it" },
	{ "deny", "31", "it may not land" },
};

static const struct style states[] = {
	{ "running", "36", "it has not ended yet" },
	{ "interrupted", "31", "it was never judged" },
	{ "failed", "31", "it was not taken to its end" },
	{ "unreadable", "31", "its result can't be read; the log and its evidence can" },
};

/* One of a list by a member of the result; *ret stays as it is where there is none. */
static bool find(const struct style *list, size_t n, const json_t *name, struct style *ret)
{
	const char *s = json_string_value(name);

	for (size_t i = 0; s && i < n; i++)
		if (!strcmp(list[i].name, s)) {
			*ret = list[i];
			return true;
		}
	return false;
}

/* A verdict on no change at all lets nobody do anything. */
static const char *explain_nothing(const json_t *result)
{
	const json_t *status = json_object_get(json_object_get(result, "run"), "exit");

	return json_integer_value(status) ? "the command failed, and there is nothing to land"
					  : "there is nothing to land";
}

struct style style_of_result(const json_t *result)
{
	struct style s = states[ARRAY_SIZE(states) - 1];

	if (find(states, ARRAY_SIZE(states), json_object_get(result, "state"), &s))
		return s;
	if (find(verdicts, ARRAY_SIZE(verdicts), json_object_get(result, "verdict"), &s) &&
		json_is_false(json_object_get(result, "changed")))
		s.meaning = explain_nothing(result);
	return s;
}
