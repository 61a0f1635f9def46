#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/path.h"
#include "base/proc.h"
#include "base/text.h"
#include "base/version.h"
#include "runner/command.h"

extern char **environ;

static uint64_t milliseconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint64_t now_ms(void)
{
	return milliseconds(CLOCK_REALTIME);
}

static uint64_t tick_ms(void)
{
	return milliseconds(CLOCK_MONOTONIC);
}

static bool is_set(const char *value)
{
	return value && *value;
}

static char *without_last_slashes(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return xstrndup(path, n);
}

static char *find_home(void)
{
	const char *home = getenv("HOME");

	return without_last_slashes(is_set(home) ? home : "/nonexistent");
}

/* Whether it is a path that can be used is said when a command needs it. */
static char *find_state(const char *home)
{
	const char *own = getenv("REMIT_STATE"), *xdg = getenv("XDG_STATE_HOME");

	if (is_set(own))
		return without_last_slashes(own);
	if (is_set(xdg) && xdg[0] == '/')
		return path_join(xdg, "remit");
	if (geteuid() == 0)
		return xstrdup("/var/lib/remit");
	return path_join(home, ".local/state/remit");
}

static char *find_config(const char *home)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");

	if (is_set(xdg) && xdg[0] == '/')
		return path_join(xdg, "remit");
	return path_join(home, ".config/remit");
}

/* The directory that our own program lies in. */
static char *find_self(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return xstrdup("/usr/bin");
	path[n] = '\0';
	*strrchr(path, '/') = '\0';
	return xstrdup(path);
}

/* Installed: PREFIX/bin, PREFIX/libexec/remit, PREFIX/share/remit. In the source tree: build/MODE, profiles. */
static void find_programs(struct ctx *ctx)
{
	auto_free char *self = find_self();
	auto_free char *beside = path_join(self, "remit-sandbox");
	const char *libexec = access(beside, X_OK) == 0 ? "" : "/../libexec/remit";
	const char *share = *libexec ? "/../share/remit" : "/../..";

	ctx->sandbox = xasprintf("%s%s/remit-sandbox", self, libexec);
	ctx->log = xasprintf("%s%s/remit-log", self, libexec);
	ctx->gate = xasprintf("%s%s/remit-gate", self, libexec);
	ctx->share = xasprintf("%s%s", self, share);
}

static bool is_capable(const char *term)
{
	return is_set(term) && strcmp(term, "dumb") != 0;
}

/* Few enough that a line is still read at a glance, enough for a name. */
static unsigned int find_columns(void)
{
	enum { MIN = 60, MAX = 140, PRESET = 100 };
	struct winsize size;

	if (isatty(STDOUT_FILENO) != 1 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 ||
		!size.ws_col)
		return PRESET;
	return size.ws_col < MIN ? MIN : size.ws_col > MAX ? MAX : size.ws_col;
}

static void find_out(struct ctx *ctx)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

	ctx->env = environ;
	ctx->now_ms = now_ms;
	ctx->tick_ms = tick_ms;
	ctx->home = find_home();
	ctx->state = find_state(ctx->home);
	ctx->config = find_config(ctx->home);
	ctx->terminal = isatty(STDERR_FILENO) == 1 && is_capable(term);
	ctx->screen = isatty(STDOUT_FILENO) == 1;
	ctx->colour = ctx->screen && is_capable(term) && !is_set(no_colour);
	ctx->columns = find_columns();
	find_programs(ctx);
}

static void forget(struct ctx *ctx)
{
	free(ctx->home);
	free(ctx->state);
	free(ctx->config);
	free(ctx->share);
	free(ctx->sandbox);
	free(ctx->log);
	free(ctx->gate);
}

static int help(FILE *out)
{
	fprintf(out,
		"remit runs untrusted agent jobs: each is held to a declared allowlist by the kernel, what may be\n"
		"done with its change is decided by policy, and a signed log says what happened.\n\n"
		"usage: remit COMMAND [OPTION]... [ARGUMENT]...\n\n");
	for (size_t i = 0; i < n_commands; i++)
		fprintf(out, "  %-16s %s\n", commands[i]->name, commands[i]->help);
	fprintf(out, "\n`remit COMMAND --help` says more about each.\n");
	return out == stdout ? EXIT_DONE : EXIT_USAGE;
}

/* Whether a command's name of one or two words stands at the start; *ret_words says how many. */
static bool is_named(const struct command *c, int argc, char **argv, int *ret_words)
{
	const char *space = strchr(c->name, ' ');
	size_t n = space ? (size_t)(space - c->name) : strlen(c->name);

	if (argc < 2 || strlen(argv[1]) != n || memcmp(argv[1], c->name, n) != 0)
		return false;
	*ret_words = space ? 2 : 1;
	return !space || (argc > 2 && !strcmp(argv[2], space + 1));
}

static const char *const *all_names(void)
{
	const char **names = xcalloc(n_commands, sizeof(*names));

	for (size_t i = 0; i < n_commands; i++)
		names[i] = commands[i]->name;
	return names;
}

/* "policy", where there are "policy check" and others. */
static bool is_group(const char *word, const struct command *c)
{
	size_t n = strlen(word);

	return n && !strncmp(c->name, word, n) && c->name[n] == ' ';
}

static bool has_group(const char *word)
{
	for (size_t i = 0; i < n_commands; i++)
		if (is_group(word, commands[i]))
			return true;
	return false;
}

static bool list_group(const char *word, FILE *out)
{
	bool any = false;

	for (size_t i = 0; i < n_commands; i++)
		if (is_group(word, commands[i])) {
			fprintf(out, "  %-16s %s\n", commands[i]->name, commands[i]->help);
			any = true;
		}
	return any;
}

static int unknown(struct ctx *ctx, int argc, char **argv)
{
	auto_free const char *const *names = all_names();
	auto_free char *two = argc > 2 ? xasprintf("%s %s", argv[1], argv[2]) : xstrdup(argv[1]);
	struct err err = { "" };
	const char *near = text_nearest(two, names, n_commands);

	near = near ? near : text_nearest(argv[1], names, n_commands);
	if (argc == 2 && has_group(argv[1]))
		err_say(&err, -EINVAL, "'%s' needs one more word:", argv[1]);
	else
		err_say(&err, -EINVAL, "unknown command '%s'%s%s%s", two,
			near ? ": did you mean '" : "", near ? near : "", near ? "'?" : "");
	command_fail(ctx, EXIT_USAGE, &err);
	if (!list_group(argv[1], stderr))
		fprintf(stderr, "`remit --help` lists the commands.\n");
	return EXIT_USAGE;
}

/* Before its options are read, since what is wrong with them is said as JSON, too. */
static bool asks_json(const struct command *c, int argc, char **argv)
{
	bool known = false;

	for (size_t i = 0; i < c->opts->n; i++)
		known = known ||
			(opt_is_taken(&c->opts->opts[i]) && !strcmp(c->opts->opts[i].name, "json"));
	for (int i = 1; known && i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!strcmp(argv[i], "--json"))
			return true;
	return false;
}

static int run(struct ctx *ctx, const struct command *c, int argc, char **argv)
{
	struct err err = { "" };

	ctx->json = asks_json(c, argc, argv);
	if (path_check_absolute(ctx->state, &err) == 0)
		return c->run(ctx, c, argc, argv);
	err_prefix(&err, -EINVAL, "state directory");
	return command_fail(ctx, EXIT_USAGE, &err);
}

static bool is_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "help") || !strcmp(word, "-h");
}

static int dispatch(struct ctx *ctx, int argc, char **argv)
{
	int words;

	for (size_t i = 0; i < n_commands; i++)
		if (is_named(commands[i], argc, argv, &words))
			return run(ctx, commands[i], argc - words, argv + words);
	if (argc < 2)
		return help(stderr);
	if (is_help(argv[1]))
		return help(stdout);
	if (!strcmp(argv[1], "--version"))
		return printf("remit %s\n", REMIT_VERSION) < 0;
	if (argc == 3 && is_help(argv[2]) && list_group(argv[1], stdout))
		return EXIT_DONE;
	return unknown(ctx, argc, argv);
}

/* The number of a descriptor that is closed goes to the next file that is opened, and messages would go there. */
static int open_standard(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return -1;
	return 0;
}

/* Whatever a command printed has not been said before it is out. */
static int finish(int status)
{
	bool failed = ferror(stdout) != 0;

	if (fflush(stdout) == 0 && !failed)
		return status;
	fprintf(stderr, "remit: write to standard output: %s\n",
		failed ? "not all of it could be written" : strerror(errno));
	return EXIT_FAILED;
}

int main(int argc, char **argv)
{
	struct ctx ctx = { 0 };
	int status;

	proc_reset_signals();
	if (open_standard() < 0)
		return EXIT_FAILED;
	find_out(&ctx);
	status = finish(dispatch(&ctx, argc, argv));
	forget(&ctx);
	return status;
}
