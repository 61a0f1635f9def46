#include "tests/unit/check.h"

#include <string.h>

#include "base/plan.h"

/* A whole plan; tests replace one member at a time. */
static const char whole[] =
	"{\"version\":1,\"job\":\"j1\",\"profile\":\"base\",\"command\":[\"/bin/true\",\"-x\"],"
	"\"cwd\":\"/workspace\",\"env\":{\"PATH\":\"/bin\"},"
	"\"user\":{\"name\":\"job\",\"home\":\"/home/job\",\"uid\":1000,\"gid\":1000,\"host\":\"cage\"},"
	"\"mounts\":[{\"source\":\"/usr\",\"target\":\"/usr\",\"access\":\"read\"},"
	"{\"source\":\"/usr/x\",\"target\":\"/usr/x\",\"access\":\"hide\"}],"
	"\"tmp\":1048576,\"workspace\":{\"mode\":\"overlay\",\"path\":\"/workspace\",\"lower\":[\"/b\"],"
	"\"upper\":\"/u\",\"work\":\"/w\",\"expose\":[\"/o\"]},"
	"\"network\":{\"loopback\":\"ports\",\"ports\":[\"80\"],\"allow\":[]},"
	"\"limits\":{\"wall\":1000,\"output\":5,\"enforce\":\"best-effort\"},"
	"\"seccomp\":{\"profile\":\"default\",\"allow\":\"AA==\",\"refuse\":\"AA==\"},"
	"\"landlock\":3,\"trace\":\"exec\",\"decoys\":[\"/d\"],\"tripwires\":[],\"cgroup\":\"\"}";

static json_t *whole_json(void)
{
	json_t *json = NULL;

	ok(json_parse(whole, strlen(whole), "t", &json, NULL) == 0, "the sample is JSON");
	return json;
}

/* The member at a path such as "user.uid", and its name in the object that is returned. */
static json_t *parent_of(json_t *json, const char *path, const char **name)
{
	const char *dot;

	while ((dot = strchr(path, '.'))) {
		auto_free char *step = xstrndup(path, (size_t)(dot - path));

		json = json_is_array(json) ? json_array_get(json, (size_t)atoi(step))
					   : json_object_get(json, step);
		path = dot + 1;
	}
	*name = path;
	return json;
}

/* The plan with the member at path replaced; NULL removes it. */
static char *with(const char *path, const char *value)
{
	auto_json json_t *json = whole_json();
	json_t *object, *v = NULL;
	const char *name;

	object = parent_of(json, path, &name);
	if (value) {
		ok(json_parse(value, strlen(value), "v", &v, NULL) == 0, "the value is JSON");
		if (json_is_array(object))
			json_array_set_new(object, (size_t)atoi(name), v);
		else
			json_put(object, name, v);
	} else {
		json_object_del(object, name);
	}
	return json_canonical(json);
}

static void refuse(const char *path, const char *value, const char *sentence)
{
	auto_free char *text = with(path, value);
	struct plan plan = { .landlock = 77 };
	struct err err = { "" };

	if (plan_decode(text, strlen(text), &plan, &err) == 0)
		fail_msg("taken with %s: %s", path, value ? value : "(none)");
	assert_string_equal(err.text, sentence);
	ok(plan.landlock == 77, "and nothing is handed out");
}

static void takes(const char *path, const char *value)
{
	auto_free char *text = with(path, value);
	auto_plan struct plan plan = { 0 };
	struct err err = { "" };

	if (plan_decode(text, strlen(text), &plan, &err) < 0)
		fail_msg("%s: %s: %s", path, value ? value : "(none)", err.text);
}

static void test_read(void **state)
{
	auto_plan struct plan p;
	const struct plan_mount *m;

	(void)state;
	ok(plan_decode(whole, strlen(whole), &p, NULL) == 0, "taken");
	ok(p.command.n == 2 && !strcmp(p.command.v[0], "/bin/true") && !strcmp(p.cwd, "/workspace"),
		"the command");
	m = p.mounts.v;
	ok(p.mounts.n == 2 && m[0].access == PLAN_READ && m[1].access == PLAN_HIDE, "the mounts");
	ok(p.workspace.mode == PLAN_OVERLAY && p.network.loopback == PLAN_LO_PORTS, "the rest");
	ok(p.limits.wall == 1000 && p.limits.enforce == PLAN_BEST_EFFORT && p.landlock == 3 &&
			p.trace == PLAN_TRACE_EXEC && p.user.uid == 1000 && p.tmp == 1 << 20,
		"and the numbers");
}

static void test_round(void **state)
{
	auto_plan struct plan p, back;
	auto_free char *first = NULL, *second = NULL;

	(void)state;
	ok(plan_decode(whole, strlen(whole), &p, NULL) == 0, "taken");
	first = plan_encode(&p);
	ok(plan_decode(first, strlen(first), &back, NULL) == 0, "read back");
	second = plan_encode(&back);
	assert_string_equal(first, second);
}

static void test_bytes(void **state)
{
	auto_plan struct plan p, back;
	auto_free char *text = NULL;
	struct plan_env *env;
	struct err err = { "" };

	(void)state;
	ok(plan_decode(whole, strlen(whole), &p, NULL) == 0, "taken");
	strs_add(&p.command, "\xff\xfe");
	strs_add(&p.command, "");
	strs_add(&p.command, "{\"base64\":\"YQ==\"}");
	free(p.cwd);
	p.cwd = xstrdup("/work\xe9");
	env = p.env.v;
	free(env->value);
	env->value = xstrdup("caf\xe9");
	text = plan_encode(&p);
	if (plan_decode(text, strlen(text), &back, &err) < 0)
		fail_msg("%s", err.text);
	ok(back.command.n == 5 && !strcmp(back.command.v[2], "\xff\xfe") && !*back.command.v[3] &&
			!strcmp(back.command.v[4], "{\"base64\":\"YQ==\"}"),
		"the words of the command are the same bytes");
	assert_string_equal(back.cwd, "/work\xe9");
	assert_string_equal(((struct plan_env *)back.env.v)->value, "caf\xe9");
}

static void test_missing(void **state)
{
	static const char *const needed[] = { "version", "command", "cwd", "user", "tmp", "seccomp",
		"landlock" };
	static const char *const user[] = { "name", "home", "uid", "gid", "host" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		auto_free char *said = xasprintf("plan: '%s' is missing", needed[i]);

		refuse(needed[i], NULL, said);
	}
	for (size_t i = 0; i < ARRAY_SIZE(user); i++) {
		auto_free char *path = xasprintf("user.%s", user[i]);
		auto_free char *said = xasprintf("user: '%s' is missing", user[i]);

		refuse(path, NULL, said);
	}
	refuse("mounts.0.source", NULL, "mount: 'source' is missing");
	refuse("mounts.0.target", NULL, "mount: 'target' is missing");
	refuse("seccomp.allow", NULL, "seccomp: 'allow' is missing");
	refuse("seccomp.refuse", NULL, "seccomp: 'refuse' is missing");
}

static void test_null(void **state)
{
	(void)state;
	refuse("cwd", "null", "plan: 'cwd' is missing");
	refuse("command", "null", "plan: 'command' is missing");
	refuse("command", "[null]", "'command': expected text, found nothing");
	refuse("user.home", "null", "user: 'home' is missing");
	refuse("mounts.1.target", "null", "mount: 'target' is missing");
	refuse("mounts.1", "null", "expected a map: mount");
	refuse("seccomp.allow", "null", "seccomp: 'allow' is missing");
	refuse("env.PATH", "null", "'value': expected text, found nothing");
	refuse("tmp", "null", "'tmp': expected a number, found nothing");
}

#define USER(text_)                                                               \
	"'name': '" text_                                                         \
	"' is not a name: expected at most 32 letters, digits and any of '_-.', " \
	"the first a letter or digit"
#define HOST(text_)                                                                                \
	"'host': '" text_ "' is not a name: expected at most 64 letters, digits and any of '-.', " \
	"the first a letter or digit"

static void test_bounds(void **state)
{
	static const char *const no_users[][2] = {
		{ "\"\"", USER("") },
		{ "\"root:x:0:0\"", USER("root:x:0:0") },
		{ "\"a\\nroot\"", USER("a\\nroot") },
		{ "\"-a\"", USER("-a") },
		{ "\"abcdefghijklmnopqrstuvwxyzabcdefg\"",
			USER("abcdefghijklmnopqrstuvwxyzabcdefg") },
	};
	static const char *const no_hosts[][2] = {
		{ "\"\"", HOST("") },
		{ "\"a b\"", HOST("a b") },
		{ "\"a_b\"", HOST("a_b") },
		{ "\".a\"", HOST(".a") },
	};

	(void)state;
	refuse("version", "2", "'version' is out of range: expected 1 to 1");
	refuse("version", "0", "'version' is out of range: expected 1 to 1");
	refuse("user.uid", "0", "'uid' is out of range: expected 1 to 65533");
	refuse("user.gid", "65534", "'gid' is out of range: expected 1 to 65533");
	for (size_t i = 0; i < ARRAY_SIZE(no_users); i++)
		refuse("user.name", no_users[i][0], no_users[i][1]);
	for (size_t i = 0; i < ARRAY_SIZE(no_hosts); i++)
		refuse("user.host", no_hosts[i][0], no_hosts[i][1]);
	refuse("tmp", "1048575", "'tmp' is too small: expected at least 1m");
	refuse("landlock", "0", "'landlock' is out of range: expected 1 to 64");
	refuse("limits.cpu", "4097", "'cpu' is out of range: expected 0 to 4096");
	refuse("limits.files", "1048577", "'files' is out of range: expected 0 to 1048576");
	refuse("trace", "\"all\"", "'trace': expected off or exec, found 'all'");
	refuse("mounts.0.access", "\"exec\"",
		"'access': expected read, write or hide, found 'exec'");
	refuse("network.ports", "[\"65536\"]",
		"'ports': 65536 is out of range: expected 0 to 65535");
	refuse("network.ports", "[\"http\"]", "'ports': 'http' is not a whole number");
	refuse("command", "[]", "plan: 'command' is empty");
	refuse("mount", "1", "unknown key 'mount' in plan: did you mean 'mounts'?");
}

static void test_paths(void **state)
{
	static const char *const keys[] = { "cwd", "user.home", "mounts.0.source",
		"mounts.0.target", "workspace.path", "workspace.upper", "workspace.work" };
	static const char *const lists[] = { "workspace.lower", "workspace.expose", "decoys" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *name = strrchr(keys[i], '.') ? strrchr(keys[i], '.') + 1 : keys[i];
		auto_free char *said = xasprintf("'%s': 'a/b' is not an absolute path", name);

		refuse(keys[i], "\"a/b\"", said);
	}
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const char *name = strrchr(lists[i], '.') ? strrchr(lists[i], '.') + 1 : lists[i];
		auto_free char *said = xasprintf("'%s': '/a/../b' is not a plain path: expected no "
						 "'.', '..', double or last slash",
			name);

		refuse(lists[i], "[\"/a\", \"/a/../b\"]", said);
	}
	refuse("cwd", "{\"base64\":\"L2EAYg==\"}", "'cwd': expected text, found a map");
	refuse("env", "{\"A=B\":\"\"}", "'env': 'A=B' is not the name of an environment variable");
	refuse("env", "{\"\":\"\"}", "'env': '' is not the name of an environment variable");
}

static void test_workspace(void **state)
{
	(void)state;
	refuse("workspace.path", NULL, "plan: 'workspace' needs 'path' and 'upper'");
	refuse("workspace.upper", NULL, "plan: 'workspace' needs 'path' and 'upper'");
	refuse("workspace.work", NULL, "plan: an overlay needs 'work' and 'lower'");
	refuse("workspace.lower", "[]", "plan: an overlay needs 'work' and 'lower'");
	takes("workspace", "{\"mode\":\"copy\",\"path\":\"/w\",\"upper\":\"/u\"}");
	takes("workspace", "{\"mode\":\"none\"}");
	takes("workspace", NULL);
}

static void test_places(void **state)
{
	(void)state;
	refuse("network.allow", "[{\"host\":\"1.2.3.4\"}]",
		"'host': '1.2.3.4' is an address: use 'cidr'");
	refuse("network.allow", "[{\"cidr\":\"10.0.0.0/8\"}]", "'allow': 'cidr' needs 'ports'");
	refuse("tripwires", "[\"x\"]", "'tripwires': expected budget, found 'x'");
	refuse("cgroup", "\"/x\"", "plan: 'cgroup' can't be used by this version");
}

static void test_not_a_plan(void **state)
{
	static const char *const texts[] = { "", "null", "[]", "{", "1", "\"plan\"", "{}{}",
		"{\"version\":1,\"version\":1}" };
	struct plan plan;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		ok(plan_decode(texts[i], strlen(texts[i]), &plan, &err) < 0 && err.text[0],
			"refused");
}

static void test_init(void **state)
{
	struct plan plan;
	struct err err = { "" };
	auto_free char *text = NULL;

	(void)state;
	plan_init(&plan);
	text = plan_encode(&plan);
	ok(plan_decode(text, strlen(text), &plan, &err) < 0,
		"a plan that nobody filled in is none");
	plan_done(&plan);
}

static const struct CMUnitTest tests[] = {
	TEST("a plan is read", test_read),
	TEST("what is written is read back the same", test_round),
	TEST("argv, paths and environment may be any bytes but NUL", test_bytes),
	TEST("what a cage can't do without is required", test_missing),
	TEST("nothing is not a value", test_null),
	TEST("numbers and words have bounds", test_bounds),
	TEST("paths are absolute and plain, names are names", test_paths),
	TEST("a workspace has what its mode needs", test_workspace),
	TEST("what is kept for later must be empty, and rules must make sense", test_places),
	TEST("what is not one JSON object is no plan", test_not_a_plan),
	TEST("an empty plan does not pass", test_init),
};

int main(void)
{
	return cmocka_run_group_tests_name("base/plan", tests, NULL, NULL);
}
