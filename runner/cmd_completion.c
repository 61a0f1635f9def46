/*
 * remit completion: the table of commands as each shell wants to be told. A name of one word is a command or the
 * first word of a group; after a whole name come its options.
 */
#include <stdio.h>
#include <string.h>

#include "runner/command.h"

static const struct opt_set set = { NULL, 0, false };

/* Length of a name's first word, and what follows it, or NULL. */
static int first_word(const struct command *c, const char **ret_second)
{
	const char *space = strchr(c->name, ' ');

	*ret_second = space ? space + 1 : NULL;
	return (int)strcspn(c->name, " ");
}

/* Whether the command at i begins another first word than the one before it; members of a group stand together. */
static bool is_first(size_t i)
{
	const char *second;
	int n = first_word(commands[i], &second);

	return !i || strncmp(commands[i]->name, commands[i - 1]->name, (size_t)n) != 0 ||
	       (commands[i - 1]->name[n] && commands[i - 1]->name[n] != ' ');
}

static bool is_member(size_t i, const char *group, int n)
{
	return !strncmp(commands[i]->name, group, (size_t)n) && commands[i]->name[n] == ' ';
}

/* Within single quotes. Names and help are ours, and end up in somebody's shell. */
static void print_quoted(const char *text, char escaped)
{
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (*text == escaped)
			printf("\\%c", *text);
		else
			putchar(*text);
}

static void bash_options(const struct command *c)
{
	printf("\t'%s') words='", c->name);
	for (size_t i = 0; i < c->opts->n; i++)
		if (opt_is_taken(&c->opts->opts[i]))
			printf("--%s ", c->opts->opts[i].name);
	puts("--help' ;;");
}

static void bash_group(size_t first)
{
	const char *second;
	int n = first_word(commands[first], &second);

	if (!second || !is_first(first))
		return;
	printf("\t'%.*s') words='", n, commands[first]->name);
	for (size_t i = first; i < n_commands; i++)
		if (is_member(i, commands[first]->name, n))
			printf("%s ", commands[i]->name + n + 1);
	puts("' ;;");
}

static void print_bash(void)
{
	puts("_remit() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} words= name=${COMP_WORDS[1]}\n"
	     "\tcase \" $name \" in");
	for (size_t i = 0; i < n_commands; i++) {
		const char *second;
		int n = first_word(commands[i], &second);

		if (second && is_first(i))
			printf("\t' %.*s ') [ \"$COMP_CWORD\" -lt 3 ] || name+=\" ${COMP_WORDS[2]}\" ;;\n",
				n, commands[i]->name);
	}
	puts("\tesac\n\tif [ \"$COMP_CWORD\" -lt 2 ]; then words='");
	for (size_t i = 0; i < n_commands; i++) {
		const char *second;
		int n = first_word(commands[i], &second);

		if (is_first(i))
			printf("%.*s ", n, commands[i]->name);
	}
	puts("'; else case $name in");
	for (size_t i = 0; i < n_commands; i++) {
		bash_group(i);
		bash_options(commands[i]);
	}
	puts("\tesac; fi\n\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	     "\t[ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n}\n"
	     "complete -F _remit remit");
}

static void zsh_item(const char *before, const char *word, int n, const char *help)
{
	printf("\t\t'%s%.*s:", before, n, word);
	print_quoted(help, ':');
	puts("'");
}

static void zsh_options(const struct command *c)
{
	printf("\t'%s') list=(\n", c->name);
	for (size_t i = 0; i < c->opts->n; i++)
		if (opt_is_taken(&c->opts->opts[i]))
			zsh_item("--", c->opts->opts[i].name, (int)strlen(c->opts->opts[i].name),
				c->opts->opts[i].help);
	puts("\t\t'--help:explain this command'\n\t) ;;");
}

static void zsh_group(size_t first)
{
	const char *second;
	int n = first_word(commands[first], &second);

	if (!second || !is_first(first))
		return;
	printf("\t'%.*s') list=(\n", n, commands[first]->name);
	for (size_t i = first; i < n_commands; i++)
		if (is_member(i, commands[first]->name, n))
			zsh_item("", commands[i]->name + n + 1,
				(int)strlen(commands[i]->name + n + 1), commands[i]->help);
	puts("\t) ;;");
}

static void print_zsh(void)
{
	puts("#compdef remit\n_remit() {\n\tlocal -a list\n\tlocal name=${words[2]}\n"
	     "\tif (( CURRENT > 3 )); then case $name in");
	for (size_t i = 0; i < n_commands; i++) {
		const char *second;
		int n = first_word(commands[i], &second);

		if (second && is_first(i))
			printf("\t'%.*s') name=\"$name ${words[3]}\" ;;\n", n, commands[i]->name);
	}
	puts("\tesac; fi\n\tif (( CURRENT == 2 )); then list=(");
	for (size_t i = 0; i < n_commands; i++) {
		const char *second;
		int n = first_word(commands[i], &second);

		if (is_first(i))
			zsh_item("", commands[i]->name, n,
				second ? "several commands" : commands[i]->help);
	}
	puts("\t); else case $name in");
	for (size_t i = 0; i < n_commands; i++) {
		zsh_group(i);
		zsh_options(commands[i]);
	}
	puts("\tesac; fi\n\t_describe remit list || _files\n}\ncompdef _remit remit");
}

static void fish_options(const struct command *c)
{
	for (size_t i = 0; i < c->opts->n; i++) {
		const struct opt *o = &c->opts->opts[i];

		if (!opt_is_taken(o))
			continue;
		printf("complete -c remit -n '__remit_is %s' -l %s%s -d '", c->name, o->name,
			o->arg ? " -r" : "");
		print_quoted(o->help, '\\');
		puts("'");
	}
}

static void fish_word(const char *condition, const char *word, int n, const char *help)
{
	printf("complete -c remit -f -n '%s' -a %.*s -d '", condition, n, word);
	print_quoted(help, '\\');
	puts("'");
}

static void print_fish(void)
{
	puts("function __remit_is\n\tset -l words (commandline -opc)\n"
	     "\ttest (count $words) -gt (count $argv); or return 1\n"
	     "\tfor i in (seq (count $argv))\n\t\ttest $words[(math $i + 1)] = $argv[$i]; or return 1\n\tend\nend\n"
	     "function __remit_at\n\t__remit_is $argv; and test (count (commandline -opc)) -eq "
	     "(math (count $argv) + 1)\nend");
	for (size_t i = 0; i < n_commands; i++) {
		const char *second;
		int n = first_word(commands[i], &second);
		auto_free char *group = xasprintf("__remit_at %.*s", n, commands[i]->name);

		if (is_first(i))
			fish_word("__remit_at", commands[i]->name, n,
				second ? "several commands" : commands[i]->help);
		if (second)
			fish_word(group, second, (int)strlen(second), commands[i]->help);
		fish_options(commands[i]);
	}
}

static const struct {
	const char *name;
	void (*print)(void);
} shells[] = {
	{ "bash", print_bash },
	{ "zsh", print_zsh },
	{ "fish", print_fish },
};

static int run(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	auto_args struct args args;
	struct err err = { "" };
	int r = command_parse(ctx, self, argc, argv, NULL, &args);

	if (r)
		return r < 0 ? EXIT_DONE : r;
	for (size_t i = 0; args.n == 1 && i < ARRAY_SIZE(shells); i++)
		if (!strcmp(shells[i].name, args.rest[0])) {
			shells[i].print();
			return EXIT_DONE;
		}
	err_say(&err, -EINVAL, "expected the name of a shell: bash, zsh or fish");
	return command_fail(ctx, EXIT_USAGE, &err);
}

const struct command cmd_completion = { "completion", "bash|zsh|fish",
	"prints what a shell needs to complete remit's words", &set, run,
	"bash: source <(remit completion bash), in ~/.bashrc\n"
	"zsh:  source <(remit completion zsh), in ~/.zshrc behind compinit\n"
	"fish: remit completion fish | source, in ~/.config/fish/config.fish\n" };
