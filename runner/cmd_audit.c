#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "audit/read.h"
#include "base/io.h"
#include "base/text.h"
#include "runner/command.h"

struct options {
	const char *log, *key, *job, *type;
	bool json, quiet;
	bool screen; /* not of the command line: see struct ctx */
};

#define AT(member) .at = offsetof(struct options, member)
#define LOG_OPTION                                                              \
	{                                                                       \
		"log", 0, OPT_STR, AT(log), "DIR",                              \
			"the log's directory, not the one of this installation" \
	}

static const struct opt verify_opts[] = {
	LOG_OPTION,
	{ "key", 0, OPT_STR, AT(key), "VKEY", "the log's public key, or a file that holds it" },
	{ "quiet", 'q', OPT_FLAG, AT(quiet), NULL, "say nothing, only exit" },
	{ "json", 0, OPT_FLAG, AT(json), NULL, "print JSON" },
};
static const struct opt_set verify_set = { verify_opts, ARRAY_SIZE(verify_opts), false };

static const struct opt list_opts[] = {
	LOG_OPTION,
	{ "job", 0, OPT_STR, AT(job), "JOB", "only entries of jobs whose name has this in it" },
	{ "type", 0, OPT_STR, AT(type), "TYPE",
		"only entries of this type, such as policy.decided" },
	{ "json", 0, OPT_FLAG, AT(json), NULL, "print each entry as it is, one a line" },
};
static const struct opt_set list_set = { list_opts, ARRAY_SIZE(list_opts), false };

static const struct opt show_opts[] = {
	LOG_OPTION,
	{ "json", 0, OPT_FLAG, AT(json), NULL, "print the entry as it is" },
};
static const struct opt_set show_set = { show_opts, ARRAY_SIZE(show_opts), false };

static char *log_dir(const struct ctx *ctx, const struct options *o)
{
	return o->log ? xstrdup(o->log) : ctx_state(ctx, "log");
}

/* A key that is given as text is handed over as a file that has no name. */
static char *key_file(const struct ctx *ctx, const char *key)
{
	int fd;

	if (!key)
		return ctx_state(ctx, "log.vkey");
	if (access(key, F_OK) == 0 || !strchr(key, '+'))
		return xstrdup(key);
	fd = memfd_create("vkey", 0);
	if (fd < 0 || io_write_all(fd, key, strlen(key)) < 0 || io_write_all(fd, "\n", 1) < 0)
		return xstrdup(key);
	return xasprintf("/proc/self/fd/%d", fd);
}

static int run_verify(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	struct options o = { 0 };
	auto_args struct args args;
	auto_free char *log = NULL, *key = NULL;
	struct err err = { "" };
	int r = command_parse(ctx, self, argc, argv, &o, &args);

	if (r)
		return r < 0 ? EXIT_DONE : r;
	log = log_dir(ctx, &o);
	key = key_file(ctx, o.key);
	if (access(log, F_OK) < 0) {
		err_say(&err, -ENOENT,
			"there is no log in '%s' yet: `remit run` or `remit init` makes one", log);
		return command_fail(ctx, EXIT_FAILED, &err);
	}
	execl(ctx->log, ctx->log, "verify", "--log", log, "--vkey", key,
		o.quiet	 ? "--quiet"
		: o.json ? "--json"
			 : NULL,
		NULL);
	err_set(&err, -errno, "run '%s'", ctx->log);
	return command_fail(ctx, EXIT_FAILED, &err);
}

static const char *text_of(const json_t *entry, const char *key)
{
	const char *s = json_string_value(json_object_get(entry, key));

	return s ? s : "";
}

static bool is_wanted(const struct options *o, const json_t *entry)
{
	return (!o->job || strstr(text_of(entry, "job"), o->job)) &&
	       (!o->type || !strcmp(text_of(entry, "type"), o->type));
}

static void print_line(uint64_t index, const json_t *entry)
{
	const char *verdict = text_of(json_object_get(entry, "body"), "verdict");
	auto_buf struct buf line = BUF_INIT;

	buf_addf(&line, "%6llu  %s  %-16s  %s%s%s", (unsigned long long)index,
		text_of(entry, "time"), text_of(entry, "type"), text_of(entry, "job"),
		*verdict ? "  " : "", verdict);
	command_print_safe(buf_str(&line));
	putchar('\n');
}

static void print_entry(const struct entry *e)
{
	fwrite(e->data, 1, e->len, stdout);
	putchar('\n');
}

/* For a terminal, where nobody adds bytes up: JSON that means the same. */
static void print_safe_entry(const json_t *entry)
{
	auto_free char *text = json_canonical(entry);
	auto_buf struct buf safe = BUF_INIT;

	text_add_safe_json(&safe, text, strlen(text));
	puts(buf_str(&safe));
}

/* Entries are ours, but a log can be anybody's: what is no JSON is said to be that. */
static int list_one(const struct options *o, uint64_t index, const struct entry *e, struct err *err)
{
	auto_json json_t *entry = NULL;
	int r = json_parse((const char *)e->data, e->len, "entry", &entry, err);

	if (r < 0)
		return err_prefix(err, r, "entry %llu", (unsigned long long)index);
	if (!is_wanted(o, entry))
		return 0;
	if (o->json && o->screen)
		print_safe_entry(entry);
	else if (o->json)
		print_entry(e);
	else
		print_line(index, entry);
	return 0;
}

static int list(const char *dir, const struct options *o, struct err *err)
{
	auto_reader struct reader *reader = NULL;
	int r = reader_open(dir, &reader, err);

	for (uint64_t i = 0; r == 0 && i < reader_head(reader)->size; i++) {
		struct entry e;

		r = reader_get(reader, i, &e, err);
		if (r == 0)
			r = list_one(o, i, &e, err);
	}
	return r;
}

static int run_list(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	struct options o = { .screen = ctx->screen };
	auto_args struct args args;
	auto_free char *dir = NULL;
	struct err err = { "" };
	int r = command_parse(ctx, self, argc, argv, &o, &args);

	if (r)
		return r < 0 ? EXIT_DONE : r;
	dir = log_dir(ctx, &o);
	r = list(dir, &o, &err);
	return r < 0 ? command_fail(ctx, command_status(r), &err) : EXIT_DONE;
}

static int show(const char *dir, const char *which, const struct options *o, struct err *err)
{
	auto_reader struct reader *reader = NULL;
	auto_json json_t *entry = NULL;
	struct entry e;
	uint64_t index;
	int r = text_uint(which, 0, UINT64_MAX, &index, err);

	if (r < 0)
		return err_prefix(err, -EINVAL, "number of an entry");
	r = reader_open(dir, &reader, err);
	if (r == 0)
		r = reader_get(reader, index, &e, err);
	if (r < 0)
		return r;
	if (o->json && !o->screen) {
		print_entry(&e);
		return 0;
	}
	r = json_parse((const char *)e.data, e.len, "entry", &entry, err);
	if (r < 0)
		return r;
	if (o->json)
		print_safe_entry(entry);
	else
		command_print_json(entry);
	return 0;
}

static int run_show(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	struct options o = { .screen = ctx->screen };
	auto_args struct args args;
	auto_free char *dir = NULL;
	struct err err = { "" };
	int r = command_parse(ctx, self, argc, argv, &o, &args);

	if (r)
		return r < 0 ? EXIT_DONE : r;
	dir = log_dir(ctx, &o);
	r = args.n == 1 ? show(dir, args.rest[0], &o, &err)
			: err_say(&err, -EINVAL,
				  "expected the number of one entry: `remit audit list` has them");
	return r < 0 ? command_fail(ctx, command_status(r), &err) : EXIT_DONE;
}

const struct command cmd_audit_verify = { "audit verify", "",
	"checks every byte of the log against its public key", &verify_set, run_verify,
	"Exit status: 0 when everything holds, 1 when something does not, 2 for wrong usage.\n" };
const struct command cmd_audit_list = { "audit list", "", "lists the entries of the log", &list_set,
	run_list, NULL };
const struct command cmd_audit_show = { "audit show", "N", "shows one entry of the log", &show_set,
	run_show, NULL };
