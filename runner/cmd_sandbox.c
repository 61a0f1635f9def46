#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/path.h"
#include "runner/command.h"
#include "runner/planner.h"
#include "runner/secrets.h"
#include "sandbox/launch.h"

struct options {
	const char *profile, *workspace, *save, *events;
	struct strs env;
	bool print;
};

static void options_done(struct options *o)
{
	strs_done(&o->env);
}

#define AT(member) .at = offsetof(struct options, member)

static const struct opt opts[] = {
	{ "profile", 'p', OPT_STR, AT(profile), "P",
		"a profile's name or file; base if none is given" },
	{ "workspace", 'w', OPT_STR, AT(workspace), "DIR",
		"show DIR as workspace; changes to it are thrown away" },
	{ "save", 0, OPT_STR, AT(save), "UPPER",
		"keep the changes in this new directory, as an overlay has them" },
	{ "events", 0, OPT_STR, AT(events), "FILE",
		"write what happens to FILE, one JSON object a line" },
	{ "env", 'e', OPT_STRS, AT(env), "NAME=VALUE", "set a variable in the cage" },
	{ "plan", 0, OPT_FLAG, AT(print), NULL, "print the plan, JSON, and run nothing" },
	{ "json", 0, OPT_REFUSED, 0, NULL,
		"standard output is the command's own; '--events FILE' writes what happens as JSON" },
};

static const struct opt_set set = { opts, ARRAY_SIZE(opts), true };

/* What is made before the cage, and what becomes of it afterwards. */
struct scratch {
	char *dir; /* holds upper and work; NULL: there is no workspace */
	char *upper;
	char *keep_as; /* NULL: the changes are thrown away */
	int events;
	struct secrets secrets;
};

static void scratch_done(struct scratch *s)
{
	free(s->dir);
	free(s->upper);
	free(s->keep_as);
	if (s->events >= 0)
		close(s->events);
	secrets_done(&s->secrets);
}

static int not_dots(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

static bool is_empty(const char *dir)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, not_dots, NULL);

	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return n == 0;
}

/* Nothing, or an empty directory that a rename can replace: a mount point can't be. */
static bool is_free(const char *path, const char *parent)
{
	struct stat st, above;

	if (lstat(path, &st) < 0)
		return errno == ENOENT;
	return S_ISDIR(st.st_mode) && stat(parent, &above) == 0 && above.st_dev == st.st_dev &&
	       is_empty(path);
}

/* Splits a path at its last slash: the directory, as it really is, and the name in it. */
static int split(const char *path, char **ret_dir, char **ret_name, struct err *err)
{
	size_t n = strlen(path);
	auto_free char *plain = NULL, *dir = NULL;
	char *slash;

	while (n > 1 && path[n - 1] == '/')
		n--;
	plain = xstrndup(path, n);
	slash = strrchr(plain, '/');
	*ret_name = xstrdup(slash ? slash + 1 : plain);
	dir = slash ? xstrndup(plain, (size_t)(slash - plain) + 1) : xstrdup(".");
	if (!**ret_name || !strcmp(*ret_name, ".") || !strcmp(*ret_name, ".."))
		return err_say(
			err, -EINVAL, "option '--save': '%s' is no name for a new directory", path);
	*ret_dir = realpath(dir, NULL);
	return *ret_dir ? 0 : err_set(err, -errno, "find the directory of '%s'", path);
}

/* Changes that are to be kept are made beside the place where they will lie. */
static int choose_parent(
	const struct ctx *ctx, const char *save, struct scratch *s, char **ret, struct err *err)
{
	auto_free char *name = NULL;
	int r;

	if (!save) {
		*ret = ctx_state(ctx, "tmp");
		return dir_make(AT_FDCWD, *ret, 0700, err);
	}
	r = split(save, ret, &name, err);
	if (r < 0)
		return r;
	s->keep_as = path_join(*ret, name);
	if (!is_free(s->keep_as, *ret))
		return err_say(err, -EINVAL,
			"'%s' is there already: '--save' wants a new or empty directory", save);
	return 0;
}

static int make_scratch(const struct ctx *ctx, const char *save, struct scratch *s,
	struct plan_workspace *w, struct err *err)
{
	auto_free char *parent = NULL, *made = NULL;
	int r = choose_parent(ctx, save, s, &parent, err);

	if (r < 0)
		return r;
	made = path_join(parent, ".remit-sandbox-XXXXXX");
	if (!mkdtemp(made))
		return err_set(err, -errno, "create a directory in '%s'", parent);
	s->dir = steal_pointer(&made);
	s->upper = path_join(s->dir, "upper");
	w->upper = xstrdup(s->upper);
	w->work = path_join(s->dir, "work");
	if (mkdir(w->upper, 0755) < 0 || mkdir(w->work, 0755) < 0)
		return err_set(err, -errno, "create '%s'", w->upper);
	return 0;
}

static int add_workspace(const struct ctx *ctx, const struct options *o, const struct profile *p,
	struct plan *plan, struct scratch *s, struct err *err)
{
	struct plan_workspace *w = &plan->workspace;
	auto_free char *real = o->workspace ? realpath(o->workspace, NULL) : NULL;
	struct stat st;
	int r;

	if (!o->workspace)
		return o->save ? err_say(err, -EINVAL, "option '--save' needs '--workspace'") : 0;
	if (!real)
		return err_set(err, -errno, "find the workspace '%s'", o->workspace);
	if (stat(real, &st) < 0 || !S_ISDIR(st.st_mode))
		return err_say(err, -EINVAL, "the workspace '%s' is no directory", o->workspace);
	r = make_scratch(ctx, o->save, s, w, err);
	if (r < 0)
		return r;
	if (path_is_beneath(w->upper, real))
		return err_say(err, -EINVAL,
			"the changes would be kept inside of the workspace '%s': set "
			"REMIT_STATE, or '--save', to a directory elsewhere",
			real);
	w->mode = PLAN_OVERLAY;
	w->path = xstrdup(p->workspace.path);
	strs_add(&w->lower, real);
	free(plan->cwd);
	plan->cwd = xstrdup(p->workspace.path);
	return 0;
}

static int open_events(const struct options *o, struct scratch *s, struct err *err)
{
	if (!o->events)
		return 0;
	s->events = open(o->events, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	return s->events < 0 ? err_set(err, -errno, "write events to '%s'", o->events) : 0;
}

static void env_done(struct list *env)
{
	struct plan_env *e = env->v;

	for (size_t i = 0; i < env->n; i++) {
		free(e[i].name);
		free(e[i].value);
	}
	free(env->v);
}

static int read_env(const struct strs *words, struct list *ret, struct err *err)
{
	for (size_t i = 0; i < words->n; i++) {
		const char *equals = strchr(words->v[i], '=');
		struct plan_env *e;

		if (!equals || equals == words->v[i])
			return err_say(err, -EINVAL,
				"option '--env': expected NAME=VALUE, found '%s'", words->v[i]);
		ret->v = xrealloc(ret->v, ret->n + 1, sizeof(*e));
		e = (struct plan_env *)ret->v + ret->n++;
		e->name = xstrndup(words->v[i], (size_t)(equals - words->v[i]));
		e->value = xstrdup(equals + 1);
	}
	return 0;
}

static int make_plan(const struct ctx *ctx, const struct options *o, const struct args *args,
	struct plan *plan, struct scratch *s, struct err *err)
{
	auto_profile struct profile profile;
	CLEANUP(env_done) struct list env = { 0 };
	struct strs command = { args->rest, args->n };
	struct plan_request request = { "", &command, &env, false, o->events || o->print };
	int r = profile_load(ctx, o->profile ? o->profile : "base", NULL, &profile, err);

	if (r < 0) {
		bind_init(&profile_table, &profile);
		return r;
	}
	r = read_env(&o->env, &env, err);
	if (r == 0 && !o->print)
		r = secrets_read(ctx, &profile, &s->secrets, err);
	if (r == 0)
		r = planner_make(ctx, &profile, &request, plan, err);
	return r < 0 ? r : add_workspace(ctx, o, &profile, plan, s, err);
}

static int print_plan(const struct plan *plan)
{
	auto_free char *text = plan_encode(plan);

	return puts(text) == EOF ? EXIT_FAILED : EXIT_DONE;
}

static int check_kept(const struct scratch *s, struct err *err)
{
	struct stat st;

	if (!s->keep_as || lstat(s->keep_as, &st) == 0 || errno != ENOENT)
		return 0;
	return err_say(
		err, -EIO, "the changes could not be kept as '%s': they are lost", s->keep_as);
}

static int launch(const struct ctx *ctx, struct plan *plan, struct scratch *s)
{
	struct launch l = { .events = s->events,
		.transcript = -1,
		.lifeline = -1,
		.start = -1,
		.gate = ctx->gate,
		.secrets = -1,
		.files = { s->keep_as ? s->upper : NULL, s->keep_as, s->dir } };
	struct outcome outcome = { .status = EXIT_NO_CAGE };
	struct err err = { "" };
	int r = secrets_hand_over(&s->secrets, &l.secrets, &err);

	if (r == 0)
		r = launch_close_others(&l, -1, &err);
	if (r == 0)
		r = launch_cage(plan, &l, &outcome, &err);
	if (r == 0)
		r = check_kept(s, &err);
	if (r < 0)
		return command_fail(ctx, EXIT_NO_CAGE, &err);
	return *outcome.why.text ? command_fail(ctx, outcome.status, &outcome.why) : outcome.status;
}

/* Malformed input is 2, and so is what is not there; what this host can't do is a cage that could not be built. */
static int status_of(int error)
{
	if (error == -ENOENT)
		return EXIT_USAGE;
	return error == -ENOTSUP || command_status(error) != EXIT_USAGE ? EXIT_NO_CAGE : EXIT_USAGE;
}

static int start(const struct ctx *ctx, const struct options *o, const struct args *args)
{
	CLEANUP(scratch_done) struct scratch s = { .events = -1 };
	auto_plan struct plan plan;
	struct err err = { "" };
	int r, status;

	plan_init(&plan);
	/* What a cage changes is kept in the state directory for a while. */
	r = o->workspace && !o->save ? ctx_check_state(ctx, &err) : 0;
	if (r == 0)
		r = make_plan(ctx, o, args, &plan, &s, &err);
	if (r == 0 && !o->print)
		r = open_events(o, &s, &err);
	if (r < 0 || o->print) {
		status = r < 0 ? command_fail(ctx, status_of(r), &err) : print_plan(&plan);

		if (s.dir && tree_remove(AT_FDCWD, s.dir, &err) < 0)
			return command_fail(ctx, EXIT_FAILED, &err);
		return status;
	}
	status = launch(ctx, &plan, &s);
	/* Where the cage got as far as to have a guard, that has done this. */
	if (s.dir)
		(void)!tree_remove(AT_FDCWD, s.dir, NULL);
	return status;
}

static int run(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	CLEANUP(options_done) struct options o = { 0 };
	auto_args struct args args;
	struct err err = { "" };
	int r = command_parse(ctx, self, argc, argv, &o, &args);

	if (r)
		return r < 0 ? EXIT_DONE : r;
	if (!args.n) {
		err_say(&err, -EINVAL,
			"there is no command to run: `remit sandbox [OPTION]... -- COMMAND`");
		return command_fail(ctx, EXIT_USAGE, &err);
	}
	return start(ctx, &o, &args);
}

const struct command cmd_sandbox = {
	"sandbox",
	"[--] COMMAND [ARGUMENT]...",
	"runs a command in a bare cage: no repository, policy or log",
	&set,
	run,
	"Exit status: the command's own, 128 + N after signal N, 126 or 127 as a shell has them, 125 when the\n"
	"cage could not be built, 2 for wrong usage.\n"
	"SIGTERM, SIGHUP and SIGQUIT ask the command to end; two seconds later the cage is killed. SIGINT goes\n"
	"to the command's first process alone, as it does from env(1); a second one is taken as SIGTERM.\n",
};
