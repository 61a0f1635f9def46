#include <stdio.h>
#include <string.h>

#include "runner/command.h"

static const struct opt_set set = { NULL, 0, false };

/* The words that can follow the first ones of a command's name, and its options. */
static void print_case(const struct command *c)
{
	printf("\t'%s') words='", c->name);
	for (size_t i = 0; i < c->opts->n; i++)
		printf("--%s ", c->opts->opts[i].name);
	puts("--help' ;;");
}

static void print_first_words(void)
{
	for (size_t i = 0; i < n_commands; i++) {
		int n = (int)strcspn(commands[i]->name, " ");

		if (i && !strncmp(commands[i]->name, commands[i - 1]->name, (size_t)n + 1) &&
			commands[i]->name[n] == ' ')
			continue;
		printf("%.*s ", n, commands[i]->name);
	}
}

/* policy, audit, profile: "check match schema". */
static void print_groups(void)
{
	for (size_t i = 0; i < n_commands; i++) {
		const char *space = strchr(commands[i]->name, ' ');
		size_t n = space ? (size_t)(space - commands[i]->name) : 0;

		if (!space || (i && !strncmp(commands[i]->name, commands[i - 1]->name, n + 1)))
			continue;
		printf("\t'%.*s') words='", (int)n, commands[i]->name);
		for (size_t k = i; k < n_commands; k++)
			if (!strncmp(commands[k]->name, commands[i]->name, n + 1))
				printf("%s ", commands[k]->name + n + 1);
		puts("' ;;");
	}
}

static int run(struct ctx *ctx, const struct command *self, int argc, char **argv)
{
	auto_args struct args args;
	int r = command_parse(ctx, self, argc, argv, NULL, &args);

	(void)ctx;
	if (r)
		return r < 0 ? EXIT_DONE : r;
	puts("_remit() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} words= name=${COMP_WORDS[1]}");
	puts("\t[ \"$COMP_CWORD\" -gt 2 ] && name=\"${COMP_WORDS[1]} ${COMP_WORDS[2]}\"");
	fputs("\tif [ \"$COMP_CWORD\" = 1 ]; then words='", stdout);
	print_first_words();
	puts("'; else case $name in");
	print_groups();
	for (size_t i = 0; i < n_commands; i++)
		print_case(commands[i]);
	puts("\tesac; fi\n\t[ -n \"$words\" ] || { name=${COMP_WORDS[1]}; case $name in");
	for (size_t i = 0; i < n_commands; i++)
		if (!strchr(commands[i]->name, ' '))
			print_case(commands[i]);
	puts("\tesac; }\n\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")");
	puts("\t[ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n}");
	puts("complete -F _remit remit");
	return EXIT_DONE;
}

const struct command cmd_completion = { "completion", "",
	"prints completion for bash: source <(remit completion)", &set, run, NULL };
