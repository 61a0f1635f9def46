#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "runner/command.h"
#include "runner/jobspec.h"
#include "runner/planner.h"
#include "runner/profile.h"

struct options {
	bool json;
};

static const struct opt opts[] = {
	{ "json", 0, OPT_FLAG, offsetof(struct options, json), NULL, "print JSON" },
};
static const struct opt_set set = { opts, ARRAY_SIZE(opts), false };

/* A file that no name leads to, as one with a dot in it, is not listed. */
static int only_profiles(const struct dirent *e)
{
	size_t n = strlen(e->d_name) - strlen(".yaml");
	auto_free char *name = text_ends(e->d_name, ".yaml") ? xstrndup(e->d_name, n) : NULL;

	return name && !strchr(name, '.') && jobspec_check_name(name, NULL) == 0;
}

static json_t *describe(const struct ctx *ctx, const char *name, const char *dir)
{
	struct profile p;
	struct err err = { "" };
	json_t *o = json_object();
	int r = profile_load(ctx, name, NULL, &p, &err);

	json_put_str(o, "name", name);
	json_put_str(o, "from", dir);
	json_put_str(o, "help", r == 0 ? p.help : NULL);
	json_put_str(o, "error", r == 0 ? NULL : err.text);
	if (r == 0)
		profile_done(&p);
	return o;
}

static bool has_name(const json_t *list, const char *name)
{
	size_t i;
	json_t *o;

	json_array_foreach (list, i, o)
		if (!strcmp(json_string_value(json_object_get(o, "name")), name))
			return true;
	return false;
}

/* The first place that has a name is where it is taken from. */
static void add_dir(const struct ctx *ctx, const char *config, json_t *list)
{
	auto_free char *dir = path_join(config, "profiles");
	struct dirent **names = NULL;
	int n = scandir(dir, &names, only_profiles, alphasort);

	for (int i = 0; i < n; i++) {
		names[i]->d_name[strlen(names[i]->d_name) - strlen(".yaml")] = '\0';
		if (!has_name(list, names[i]->d_name))
			json_push(list, describe(ctx, names[i]->d_name, dir));
		free(names[i]);
	}
	free(names);
}

static void print_line(const json_t *o)
{
	const char *error = json_string_value(json_object_get(o, "error"));
	const char *help = json_string_value(json_object_get(o, "help"));
	auto_buf struct buf bytes = BUF_INIT, name = BUF_INIT;

	if (json_get_bytes(json_object_get(o, "name"), &bytes) == 0)
		text_add_safe(&name, buf_str(&bytes), bytes.len);
	printf("%-12s %s", buf_str(&name), error ? "malformed: " : "");
	command_print_safe(error ? error : help ? help : "");
	putchar('\n');
}

static int run_list(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	struct options o = { 0 };
	auto_args struct args args;
	auto_json json_t *list = json_array();
	int r = command_parse(ctx, self, argc, argv, &o, &args);
	size_t i;
	json_t *one;

	if (r)
		return r < 0 ? EXIT_DONE : r;
	for (int c = 0; c < CTX_CONFIGS; c++)
		add_dir(ctx, ctx_config(ctx, c), list);
	if (o.json)
		command_print_json(list);
	else
		json_array_foreach (list, i, one)
			print_line(one);
	return EXIT_DONE;
}

static int load_one(
	const struct ctx *ctx, const struct args *args, struct profile *ret, struct err *err)
{
	if (args->n != 1)
		return err_say(err, -EINVAL, "expected one profile: a name or a file");
	return profile_load(ctx, args->rest[0], NULL, ret, err);
}

static json_t *spell_number(enum bind_type type, uint64_t n)
{
	auto_buf struct buf text = BUF_INIT;

	if (type == BIND_SIZE)
		text_add_size(&text, n);
	else
		text_add_duration(&text, n);
	return json_string(buf_str(&text));
}

/* Sizes and durations as a profile has them, so that what is shown can be written to a file and loaded. */
static void spell(const struct bind_table *t, json_t *object)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct bind_field *f = &t->fields[i];
		json_t *value = json_object_get(object, f->key);

		if (f->type == BIND_STRUCT && json_is_object(value))
			spell(f->sub, value);
		else if (json_is_integer(value) &&
			 (f->type == BIND_SIZE || f->type == BIND_DURATION))
			json_put(object, f->key,
				spell_number(f->type, (uint64_t)json_integer_value(value)));
	}
}

static int run_show(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	struct options o = { 0 };
	auto_args struct args args;
	auto_json json_t *json = NULL;
	struct err err = { "" };
	struct profile p;
	int r = command_parse(ctx, self, argc, argv, &o, &args);

	if (r)
		return r < 0 ? EXIT_DONE : r;
	if (load_one(ctx, &args, &p, &err) < 0)
		return command_fail(ctx, EXIT_USAGE, &err);
	json = bind_encode(&profile_table, &p);
	spell(&profile_table, json);
	/* All of its parents is in it. */
	json_object_del(json, "extends");
	profile_done(&p);
	command_print_json(json);
	return EXIT_DONE;
}

static json_t *missing_paths(const struct plan *plan)
{
	const struct plan_mount *m = plan->mounts.v;
	json_t *list = json_array();

	for (size_t i = 0; i < plan->mounts.n; i++)
		if (m[i].access != PLAN_HIDE && access(m[i].source, F_OK) < 0)
			json_push(list, json_bytes(m[i].source, strlen(m[i].source)));
	return list;
}

/* Resolves it as a job would, so that what this host can't enforce shows now. */
static int check(const struct ctx *ctx, const struct profile *p, json_t **ret, struct err *err)
{
	char *word = "true";
	struct strs command = { &word, 1 };
	struct plan_request request = { "", &command, NULL, false, true };
	auto_plan struct plan plan;
	int r;

	plan_init(&plan);
	r = planner_make(ctx, p, &request, &plan, err);
	if (r < 0)
		return r;
	*ret = json_object();
	json_put_str(*ret, "profile", p->name);
	json_put(*ret, "missing", missing_paths(&plan));
	return 0;
}

static void report(const json_t *result)
{
	size_t i;
	json_t *path;
	const char *name = json_string_value(json_object_get(result, "profile"));

	fputs("profile ", stdout);
	command_print_safe(name ? name : "?");
	puts(" is sound: a job can start with it here");
	json_array_foreach (json_object_get(result, "missing"), i, path) {
		fputs("  not on this host, so not in the cage: ", stdout);
		command_print_safe(json_string_value(path) ? json_string_value(path) : "?");
		putchar('\n');
	}
}

static int run_check(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	struct options o = { 0 };
	auto_args struct args args;
	auto_json json_t *result = NULL;
	struct err err = { "" };
	struct profile p;
	int r = command_parse(ctx, self, argc, argv, &o, &args);

	if (r)
		return r < 0 ? EXIT_DONE : r;
	if (load_one(ctx, &args, &p, &err) < 0)
		return command_fail(ctx, EXIT_USAGE, &err);
	r = check(ctx, &p, &result, &err);
	profile_done(&p);
	if (r < 0)
		return command_fail(ctx, r == -ENOTSUP ? EXIT_NO_CAGE : EXIT_USAGE, &err);
	if (o.json)
		command_print_json(result);
	else
		report(result);
	return EXIT_DONE;
}

const struct command cmd_profile_list = { "profile list", "", "lists the profiles that there are",
	&set, run_list, NULL };
const struct command cmd_profile_show = { "profile show", "P",
	"shows a profile with all that it extends", &set, run_show, NULL };
const struct command cmd_profile_check = { "profile check", "P",
	"checks a profile, and whether this host can enforce it", &set, run_check, NULL };
