#include "runner/command.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* What is escaped at once. */
enum { PART = 64 << 10 };

void args_done(struct args *args)
{
	free(args->rest);
	*args = (struct args){ 0 };
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

static void print_help(const struct command *c)
{
	auto_buf struct buf lines = BUF_INIT;

	opt_help(c->opts, &lines);
	printf("usage: remit %s%s%s\n\n%s\n", c->name,
		*c->operands ? " [OPTION]... " : " [OPTION]...", c->operands, c->help);
	if (lines.len)
		printf("\n%s", buf_str(&lines));
	if (c->details)
		printf("\n%s", c->details);
}

/* Help is given when it is asked for before the first operand of somebody else's command line. */
static bool is_ours(const struct command *c, int argc, char **argv)
{
	if (!c->opts->stop_at_operand)
		return wants_help(argc, argv);
	return argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"));
}

static int parse(const struct command *c, int argc, char **argv, void *opts, struct args *ret,
	struct err *err)
{
	int r = opt_parse(c->opts, argc, argv, opts, &ret->rest, &ret->dashes, err);

	while (r == 0 && ret->rest[ret->n])
		ret->n++;
	if (r == 0 && ret->n && !*c->operands)
		return err_say(err, -EINVAL, "unexpected '%s': 'remit %s' takes options alone",
			ret->rest[0], c->name);
	return r;
}

int command_parse(const struct ctx *ctx, const struct command *self, int argc, char **argv,
	void *opts, struct args *ret)
{
	struct err err = { "" };

	*ret = (struct args){ 0 };
	if (is_ours(self, argc, argv)) {
		print_help(self);
		return -1;
	}
	if (parse(self, argc, argv, opts, ret, &err) == 0)
		return 0;
	command_fail(ctx, EXIT_USAGE, &err);
	fprintf(stderr, "`remit %s --help` lists the options.\n", self->name);
	return EXIT_USAGE;
}

int command_fail(const struct ctx *ctx, int status, const struct err *err)
{
	fprintf(stderr, "remit: %s\n", err->text);
	if (ctx->json) {
		auto_json json_t *o = json_object();

		json_put_str(o, "error", err->text);
		json_put_int(o, "status", (uint64_t)status);
		command_print_json(o);
	}
	return status;
}

int command_status(int error)
{
	static const int input[] = { -EINVAL, -ERANGE, -ENOTSUP, -EFBIG, -ELOOP, -ENOTDIR };

	for (size_t i = 0; i < ARRAY_SIZE(input); i++)
		if (error == input[i])
			return EXIT_USAGE;
	return EXIT_FAILED;
}

void command_print_json(const json_t *json)
{
	auto_free char *text = json_dumps(json, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	auto_buf struct buf safe = BUF_INIT;

	text_add_safe_json(&safe, text ? text : "null", text ? strlen(text) : 4);
	puts(buf_str(&safe));
}

/* Where a part of the text that is at most max bytes ends: not within a character. */
static size_t end_of_part(const char *text, size_t len, size_t max)
{
	size_t end = max;

	if (len <= max)
		return len;
	while (end > max - 3 && (text[end] & 0xc0) == 0x80)
		end--;
	return end;
}

void command_print_bytes(const struct ctx *ctx, const char *bytes, size_t len)
{
	auto_buf struct buf safe = BUF_INIT;

	if (!ctx->screen)
		fwrite(bytes, 1, len, stdout);
	while (ctx->screen && len) {
		size_t n = end_of_part(bytes, len, PART);

		buf_truncate(&safe, 0);
		text_add_safe_lines(&safe, bytes, n);
		fputs(buf_str(&safe), stdout);
		bytes += n;
		len -= n;
	}
}

void command_print_safe(const char *text)
{
	auto_buf struct buf safe = BUF_INIT;

	text_add_safe(&safe, text, strlen(text));
	fputs(buf_str(&safe), stdout);
}
