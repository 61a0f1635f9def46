/*
 * remit policy match: a filter that prints those of the paths on standard input which patterns match,
 * as `git check-ignore --no-index --stdin` prints them with the same patterns in the .gitignore at the top of
 * a work tree in which none of the paths exists.
 *
 * As in git: a path is known to be a directory only where something lies beneath it in the same path;
 * with -v negated patterns are printed, too; a line that begins with a double quote is quoted the C way.
 * Unlike git: the exit status is 0 also when nothing matches.
 *
 * Input that git dies of (an empty line, bad quoting, a path out of the tree, pathspec magic) ends the
 * run with status 2: what came before it has been printed, nothing is printed for it or for what follows. So do
 * an absolute path and, without -z, a line with a NUL in it, of which git would look at the first part alone.
 */
#include "runner/command.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/pattern.h"
#include "policy/pattern_path.h"

enum {
	KEEP_BYTES = 32 << 20,
	READ_BYTES = 128 << 10,
	FLUSH_BYTES = 256 << 10,
	PATTERN_FILE_MAX = 4 << 20
};

/* Beside exit statuses: there is more to read. */
enum { GO_ON = -1 };

struct match {
	bool verbose, nul, json;
	bool screen; /* standard output is a terminal */
	struct strs patterns, files;
	struct pattern_set *set;
	struct buf out, unquoted, scratch;
	size_t nth; /* the path that is being decided, from 1 */
};

static void match_done(struct match *m)
{
	strs_done(&m->patterns);
	strs_done(&m->files);
	pattern_set_free(m->set);
	buf_done(&m->out);
	buf_done(&m->unquoted);
	buf_done(&m->scratch);
}

#define AT(field) offsetof(struct match, field)
static const struct opt options[] = {
	{ "pattern", 0, OPT_STRS, AT(patterns), "P",
		"a pattern, as in .gitignore; may be repeated" },
	{ "file", 0, OPT_STRS, AT(files), "F", "a file of patterns; may be repeated" },
	{ "verbose", 'v', OPT_FLAG, AT(verbose), NULL, "also print the pattern that decides" },
	{ "null", 'z', OPT_FLAG, AT(nul), NULL,
		"paths end with NUL and are never quoted, both ways" },
	{ "json", 0, OPT_FLAG, AT(json), NULL, "one JSON object a line" },
};
#undef AT
static const struct opt_set option_set = { options, ARRAY_SIZE(options), false };

static int add_file(struct match *m, const char *name, struct err *err)
{
	auto_buf struct buf text = BUF_INIT;
	int r = file_read(AT_FDCWD, name, PATTERN_FILE_MAX, &text, err);

	if (r == 0)
		pattern_set_add_file(m->set, buf_str(&text), text.len, name);
	return r;
}

static int add_pattern(struct match *m, const char *text, unsigned int nth, struct err *err)
{
	if (strchr(text, '\n'))
		return err_say(err, -EINVAL, "a pattern is one line: '%s'", text);
	pattern_set_add(m->set, text, strlen(text), "<command line>", nth);
	return 0;
}

/* "--name" or "--name=..." */
static bool is_option(const char *word, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(word, "--", 2) && !strncmp(word + 2, name, len) &&
	       (word[2 + len] == '\0' || word[2 + len] == '=');
}

/*
 * Options that parsed well are gone through once more, because files and patterns count in the order in
 * which they were given. No other option takes an argument.
 */
static int add_sources(struct match *m, int argc, char **argv, struct err *err)
{
	unsigned int patterns = 0, files = 0;
	int r = 0;

	for (int i = 1; r == 0 && i < argc && strcmp(argv[i], "--") != 0; i++) {
		bool pattern = is_option(argv[i], "pattern"), file = is_option(argv[i], "file");

		if ((pattern || file) && !strchr(argv[i], '='))
			i++;
		if (pattern) {
			const char *text = m->patterns.v[patterns++];

			r = add_pattern(m, text, patterns, err);
		} else if (file) {
			r = add_file(m, m->files.v[files++], err);
		}
	}
	return r;
}

/* Makes the set of what the options ask for. */
static int load(struct match *m, int argc, char **argv, const struct args *args, struct err *err)
{
	int r;

	if (args->n)
		return err_say(err, -EINVAL,
			"unexpected argument '%s': paths are read from standard input",
			args->rest[0]);
	if (!m->patterns.n && !m->files.n)
		return err_say(err, -EINVAL, "no patterns: give --pattern or --file");
	m->set = pattern_set_new();
	pattern_set_keep(m->set, KEEP_BYTES);
	r = add_sources(m, argc, argv, err);
	if (r == 0)
		pattern_set_compile(m->set);
	return r;
}

static void print_json(
	struct match *m, const char *path, size_t len, const struct pattern_info *info)
{
	auto_json json_t *line = json_object();
	auto_free char *text = NULL;

	json_put(line, "path", json_bytes(path, len));
	json_put_str(line, "pattern", info->text);
	json_put_str(line, "source", info->source);
	json_put_int(line, "line", info->line);
	json_put(line, "matched", json_boolean(!info->negated));
	text = json_canonical(line);
	buf_adds(&m->out, text);
	buf_addc(&m->out, '\n');
}

static void add_number(struct buf *out, unsigned int n)
{
	char digits[16];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	buf_add(out, digits + at, sizeof(digits) - at);
}

static void print_pattern(struct match *m, const struct pattern_info *info)
{
	if (m->nul)
		buf_add(&m->out, info->source, strlen(info->source) + 1);
	else
		pattern_path_add_quoted(&m->out, info->source, strlen(info->source));
	if (!m->nul)
		buf_addc(&m->out, ':');
	add_number(&m->out, info->line);
	buf_addc(&m->out, m->nul ? '\0' : ':');
	buf_adds(&m->out, info->text);
	buf_addc(&m->out, m->nul ? '\0' : '\t');
}

static void print_path(struct match *m, const char *path, size_t len)
{
	if (m->nul)
		buf_add(&m->out, path, len);
	else
		pattern_path_add_quoted(&m->out, path, len);
	buf_addc(&m->out, m->nul ? '\0' : '\n');
}

static void print_match(struct match *m, const char *path, size_t len, long found)
{
	struct pattern_info info;

	if (found < 0)
		return;
	pattern_set_info(m->set, found, &info);
	if (info.negated && !m->verbose)
		return;
	if (m->json) {
		print_json(m, path, len, &info);
		return;
	}
	if (m->verbose)
		print_pattern(m, &info);
	print_path(m, path, len);
}

/* Decides for one line, its end left out. */
static int match_line(struct match *m, const char *line, size_t len, struct err *err)
{
	const char *clean;
	size_t clean_len;
	int r;

	if (!m->nul && len && line[0] == '"') {
		buf_truncate(&m->unquoted, 0);
		r = pattern_path_unquote(line, len, &m->unquoted, err);
		if (r < 0)
			return r;
		line = buf_str(&m->unquoted);
		len = m->unquoted.len;
	}
	if (!m->nul && memchr(line, '\0', len))
		return err_say(err, -EINVAL, "holds a NUL: -z reads paths that end with one");
	r = pattern_path_clean(line, len, &m->scratch, &clean, &clean_len, err);
	if (r == 0)
		print_match(m, line, len, pattern_set_find(m->set, clean, clean_len, false));
	return r;
}

/* Whoever wrote the patterns and the paths does not control the terminal that shows them. */
static void make_safe(struct match *m)
{
	struct buf safe = BUF_INIT;

	if (m->json)
		text_add_safe_json(&safe, buf_str(&m->out), m->out.len);
	else
		text_add_safe_lines(&safe, buf_str(&m->out), m->out.len);
	buf_done(&m->out);
	m->out = safe;
}

static int flush(struct match *m)
{
	int r;

	if (m->screen)
		make_safe(m);
	r = io_write_all(STDOUT_FILENO, m->out.data, m->out.len);
	buf_truncate(&m->out, 0);
	if (r < 0)
		fprintf(stderr, "remit policy match: write: %s\n", strerror(-r));
	return r;
}

/* Whole lines, each with its end but for the last line of all. Exit status, or GO_ON. */
static int match_lines(struct match *m, const char *text, size_t len)
{
	const char *end = text + len;
	char terminator = m->nul ? '\0' : '\n';

	while (text < end) {
		const char *stop = memchr(text, terminator, (size_t)(end - text));
		size_t n = (size_t)((stop ? stop : end) - text);
		struct err err;

		m->nth++;
		if (match_line(m, text, n, &err) < 0) {
			if (flush(m) < 0)
				return EXIT_FAILED;
			fprintf(stderr, "remit policy match: path %zu: %s\n", m->nth, err.text);
			return EXIT_USAGE;
		}
		if (m->out.len >= FLUSH_BYTES && flush(m) < 0)
			return EXIT_FAILED;
		text = stop ? stop + 1 : end;
	}
	return flush(m) < 0 ? EXIT_FAILED : GO_ON;
}

static int read_failed(int error)
{
	fprintf(stderr, "remit policy match: read: %s\n", strerror(error));
	return EXIT_FAILED;
}

/* Takes in one read, and what was left of the one before, and leaves what is no whole line. */
static int match_block(struct match *m, struct buf *in)
{
	ssize_t got;
	const char *last;
	size_t whole;
	int status;

	buf_reserve(in, READ_BYTES);
	do
		got = read(STDIN_FILENO, in->data + in->len, READ_BYTES);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return read_failed(errno);
	if (got == 0) {
		status = match_lines(m, buf_str(in), in->len);
		return status == GO_ON ? EXIT_DONE : status;
	}
	last = memrchr(in->data + in->len, m->nul ? '\0' : '\n', (size_t)got);
	whole = last ? (size_t)(last - in->data) + 1 : 0;
	in->len += (size_t)got;
	status = match_lines(m, in->data, whole);
	memmove(in->data, in->data + whole, in->len - whole);
	in->len -= whole;
	return status;
}

/* Exit status. What was read is answered before more is: others may wait for it before they write. */
static int match_input(struct match *m)
{
	auto_buf struct buf in = BUF_INIT;
	int status = GO_ON;

	while (status == GO_ON)
		status = match_block(m, &in);
	return status;
}

static int run(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	CLEANUP(match_done) struct match m = { .screen = ctx->screen };
	auto_args struct args args;
	struct err err = { "" };
	int r = command_parse(ctx, self, argc, argv, &m, &args);

	if (r)
		return r < 0 ? EXIT_DONE : r;
	if (load(&m, argc, argv, &args, &err) < 0) {
		fprintf(stderr, "remit policy match: %s\n", err.text);
		return EXIT_USAGE;
	}
	return match_input(&m);
}

const struct command cmd_policy_match = {
	"policy match",
	"< PATHS",
	"prints those of the paths on standard input that patterns match",
	&option_set,
	run,
	"Patterns are those of gitignore(5); the last one that matches decides, in the order of the options.\n"
	"What is printed is what `git check-ignore --no-index --stdin` prints with these patterns in .gitignore.\n"
	"Exit status: 0, also when nothing matches; 2 for wrong usage and for input that is no path.\n",
};
