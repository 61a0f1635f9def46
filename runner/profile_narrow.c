/*
 * A profile of the repository's own comes from where the work comes from: nobody who answers for this host has
 * seen it. So it may take away, and set up what is inside of the cage, but not open anything of the host's.
 */
#include <string.h>

#include "runner/profile.h"

/* What it may say: a key, or a key within one. */
static const struct {
	const char *key, *sub;
} allowed[] = {
	{ "version", NULL },
	{ "name", NULL },
	{ "help", NULL },
	{ "extends", NULL },
	{ "decoys", NULL },
	{ "files", "hide" },
	{ "workspace", "git" },
	{ "network", "loopback" },
	{ "env", "set" },
};

static bool is_allowed(const char *key, const char *sub)
{
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		const char *s = allowed[i].sub;

		if (!strcmp(allowed[i].key, key) && (!s || (sub && !strcmp(s, sub))))
			return true;
	}
	return false;
}

static int refuse(const struct doc *doc, const json_t *value, struct err *err)
{
	return doc_fail_key(doc, value, err,
		"a repository's own profile can't say this: it may hide and take away, not open what is "
		"the host's; put it into a profile of yours and extend that");
}

static int check_member(
	const struct doc *doc, const char *key, const json_t *value, struct err *err)
{
	const char *sub;
	json_t *inner;

	if (is_allowed(key, NULL))
		return 0;
	if (!json_is_object(value))
		return refuse(doc, value, err);
	json_object_foreach ((json_t *)value, sub, inner)
		if (!is_allowed(key, sub))
			return refuse(doc, inner, err);
	return 0;
}

int profile_check_narrow(const struct doc *doc, struct err *err)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)doc_root(doc), key, value) {
		int r = check_member(doc, key, value, err);

		if (r < 0)
			return r;
	}
	return 0;
}
