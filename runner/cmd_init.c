#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "runner/command.h"
#include "runner/logclient.h"

struct options {
	bool json;
};

static const struct opt opts[] = {
	{ "json", 0, OPT_FLAG, offsetof(struct options, json), NULL, "print JSON" },
};
static const struct opt_set set = { opts, ARRAY_SIZE(opts), false };

static int report(const struct ctx *ctx, bool made, struct err *err)
{
	auto_free char *path = ctx_state(ctx, "log.vkey");
	auto_json json_t *o = json_object();
	auto_buf struct buf vkey = BUF_INIT;
	int r = file_read(AT_FDCWD, path, 4096, &vkey, err);

	if (r < 0)
		return r;
	buf_truncate(&vkey, strcspn(buf_str(&vkey), "\n"));
	json_put_str(o, "state", ctx->state);
	json_put_str(o, "vkey", buf_str(&vkey));
	json_put(o, "made", json_boolean(made));
	if (ctx->json) {
		command_print_json(o);
		return 0;
	}
	printf("%s the log in ", made ? "made" : "there is already");
	command_print_safe(ctx->state);
	fputs("\nits public key, by which anybody can check it:\n  ", stdout);
	command_print_safe(buf_str(&vkey));
	putchar('\n');
	return 0;
}

static int run(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	struct options o = { 0 };
	auto_args struct args args;
	struct err err = { "" };
	bool made = false;
	int r = command_parse(ctx, self, argc, argv, &o, &args);

	if (r)
		return r < 0 ? EXIT_DONE : r;
	r = ctx_check_state(ctx, &err);
	if (r == 0)
		r = logclient_init(ctx, &made, &err);
	if (r == 0)
		r = report(ctx, made, &err);
	return r < 0 ? command_fail(ctx, command_status(r), &err) : EXIT_DONE;
}

const struct command cmd_init = { "init", "",
	"makes the key and the log; the first job does it, too", &set, run, NULL };
