#include "tests/unit/check.h"

#include <string.h>

#include "base/opt.h"

struct args {
	bool verbose, zero;
	const char *profile;
	struct strs checks;
	uint64_t count;
};

#define AT(member) .at = offsetof(struct args, member)

static const struct opt opts[] = {
	{ "verbose", 'v', OPT_FLAG, AT(verbose), NULL, "Say more" },
	{ "zero", 'z', OPT_FLAG, AT(zero), NULL, "End with NUL" },
	{ "profile", 'p', OPT_STR, AT(profile), "P", "Which profile" },
	{ "check", 0, OPT_STRS, AT(checks), "NAME=COMMAND", "A check" },
	{ "count", 'n', OPT_UINT, AT(count), "N", "How many" },
	{ "never", 0, OPT_REFUSED, 0, NULL, "there is no more than this" },
};
static const struct opt_set mixed = { opts, ARRAY_SIZE(opts), false };
static const struct opt_set stopping = { opts, ARRAY_SIZE(opts), true };

struct parsed {
	struct args args;
	struct err err;
	char **rest;
	size_t dashes;
	int r;
};

/* Words are split at blanks. */
static void parse(struct parsed *p, const struct opt_set *set, const char *line)
{
	static char words[512];
	char *argv[32] = { words };
	int argc = 1;

	*p = (struct parsed){ .dashes = 99 };
	strcpy(words, "prog ");
	strcat(words, line);
	strtok(words, " ");
	while ((argv[argc] = strtok(NULL, " ")))
		argc++;
	p->r = opt_parse(set, argc, argv, &p->args, &p->rest, &p->dashes, &p->err);
}

static void done(struct parsed *p)
{
	strs_done(&p->args.checks);
	free(p->rest);
}
#define auto_parsed CLEANUP(done)

static void check_rest(const struct parsed *p, const char *wanted, size_t dashes)
{
	auto_buf struct buf joined = BUF_INIT;

	if (p->r < 0)
		fail_msg("%s", p->err.text);
	for (size_t i = 0; p->rest[i]; i++)
		buf_addf(&joined, "%s%s", i ? " " : "", p->rest[i]);
	assert_string_equal(buf_str(&joined), wanted);
	assert_int_equal(p->dashes, dashes);
}

static void refuse(const char *line, const char *sentence)
{
	auto_parsed struct parsed p;

	parse(&p, &mixed, line);
	ok(p.r == -EINVAL && !p.rest && p.dashes == 99, "refused, and nothing is handed out");
	assert_string_equal(p.err.text, sentence);
}

static void test_mixed(void **state)
{
	auto_parsed struct parsed p;

	(void)state;
	parse(&p, &mixed, "a -v b --profile x c - --count=3");
	check_rest(&p, "a b c -", 4);
	ok(p.args.verbose && !p.args.zero && p.args.count == 3, "options between operands count");
	assert_string_equal(p.args.profile, "x");
}

static void test_dashes(void **state)
{
	auto_parsed struct parsed p, q, none;

	(void)state;
	parse(&p, &mixed, "a b -- -v --profile --");
	check_rest(&p, "a b -v --profile --", 2);
	ok(!p.args.verbose, "nothing behind -- is an option");
	parse(&q, &mixed, "-- x");
	check_rest(&q, "x", 0);
	parse(&none, &mixed, "");
	check_rest(&none, "", 0);
}

static void test_stop(void **state)
{
	auto_parsed struct parsed p, q;

	(void)state;
	parse(&p, &stopping, "-v make -z --profile -- y");
	check_rest(&p, "make -z --profile -- y", 5);
	ok(p.args.verbose && !p.args.zero, "options behind the first operand are its own");
	parse(&q, &stopping, "-z -- make -v");
	check_rest(&q, "make -v", 0);
	ok(q.args.zero && !q.args.verbose, "and those behind -- too");
}

static void test_long(void **state)
{
	auto_parsed struct parsed p;

	(void)state;
	parse(&p, &mixed, "--profile=a=b --check x=1 --check=y=2 --profile= --verbose");
	check_rest(&p, "", 0);
	assert_string_equal(p.args.profile, "");
	ok(p.args.checks.n == 2 && !strcmp(p.args.checks.v[0], "x=1") &&
			!strcmp(p.args.checks.v[1], "y=2"),
		"each of a repeated option is kept, with what is behind the first =");
}

static void test_short(void **state)
{
	auto_parsed struct parsed p, q, s;

	(void)state;
	parse(&p, &mixed, "-vz -pname -n 7");
	ok(p.r == 0 && p.args.verbose && p.args.zero && p.args.count == 7, "together and apart");
	assert_string_equal(p.args.profile, "name");
	parse(&q, &mixed, "-vp name x");
	check_rest(&q, "x", 1);
	assert_string_equal(q.args.profile, "name");
	parse(&s, &mixed, "-p -v");
	ok(s.r == 0 && !s.args.verbose && !strcmp(s.args.profile, "-v"), "an argument may look so");
}

static void test_refused(void **state)
{
	(void)state;
	refuse("--profil x", "unknown option '--profil': did you mean '--profile'?");
	refuse("--qqqqqqqq", "unknown option '--qqqqqqqq'");
	refuse("--verbos=1", "unknown option '--verbos': did you mean '--verbose'?");
	refuse("--verbose=1", "option '--verbose' takes no argument");
	refuse("--profile", "option '--profile' needs an argument: P");
	refuse("-vp", "option '--profile' needs an argument: P");
	refuse("-vq", "unknown option '-q'");
	refuse("-v-", "unknown option '--'");
	refuse("--count 1x", "option '--count': '1x' is not a whole number");
	refuse("--count=-1", "option '--count': '-1' is not a whole number");
	refuse("--never", "unknown option '--never': there is no more than this");
	refuse("--never=1", "unknown option '--never': there is no more than this");
	refuse("--nevers", "unknown option '--nevers'");
	refuse("--profil\033", "unknown option '--profil\\x1b': did you mean '--profile'?");
}

static void test_help(void **state)
{
	auto_buf struct buf out = BUF_INIT;

	(void)state;
	opt_help(&mixed, &out);
	ok(strstr(out.data, "  -p, --profile P                Which profile\n"), "with a letter");
	ok(strstr(out.data, "      --check NAME=COMMAND       A check\n"),
		"without, in its column");
	ok(!strstr(out.data, "never"), "nor what is refused");
}

static const struct CMUnitTest tests[] = {
	TEST("options and operands may be mixed", test_mixed),
	TEST("-- ends the options and is remembered", test_dashes),
	TEST("the first operand ends the options where it is a command", test_stop),
	TEST("a long option takes its argument either way", test_long),
	TEST("letters may be joined, the last with its argument", test_short),
	TEST("a wrong option is refused with what was meant", test_refused),
	TEST("help has one line an option", test_help),
};

int main(void)
{
	return cmocka_run_group_tests_name("base/opt", tests, NULL, NULL);
}
